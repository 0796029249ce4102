using System;
using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.IO;
using System.Reflection;

namespace Serva.Diagnostics.Cli;

/// <summary>A command that shows in its help how it is used.</summary>
internal sealed class ExampledCommand(string name, string description) : Command(name, description)
{
    /// <summary>What can be typed after the command's name, with what it does.</summary>
    public required ImmutableArray<(string Arguments, string Meaning)> Examples { get; init; }

    /// <summary>What the exit statuses 0, 1 and 3 mean here.</summary>
    public required string Statuses { get; init; }
}

/// <summary>The parser's own help, followed by examples and exit statuses.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        help.MaxWidth = 100;
        help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is not ExampledCommand command)
        {
            output.WriteLine("Exit status: 0 nothing wrong, 1 a problem, 2 wrong usage or unreadable input, 3 undetermined, 70 internal error.");
            output.WriteLine($"Each command shows examples: {CommandStreams.CommandName} doctor --help");
            return ExitStatus.Success;
        }

        output.WriteLine("Examples:");
        foreach ((string arguments, string meaning) in command.Examples)
        {
            output.WriteLine($"  {CommandStreams.CommandName} {command.Name} {arguments}".TrimEnd());
            output.WriteLine($"      {meaning}");
        }

        output.WriteLine();
        output.WriteLine($"Exit status: {command.Statuses}; 2 wrong usage or unreadable input, 70 internal error.");
        return ExitStatus.Success;
    }
}

/// <summary>Prints name and version.</summary>
internal sealed class PrintVersion : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        string? version = typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        parseResult.InvocationConfiguration.Output.WriteLine($"{CommandStreams.CommandName} {version}");
        return ExitStatus.Success;
    }
}
