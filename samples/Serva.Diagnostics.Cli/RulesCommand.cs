using System.CommandLine;

namespace Serva.Diagnostics.Cli;

/// <summary><c>rules [ID]</c>: the known issues.</summary>
internal static class RulesCommand
{
    public static Command Create(CommandStreams streams)
    {
        var id = new Argument<string?>("ID") { Description = "One rule, for example SD1003.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> json = SharedOptions.Json();
        var command = new ExampledCommand("rules", "The known issues that doctor and explain find, with their sources.")
        {
            Examples =
            [
                ("", "every rule, one line each"),
                ("SD1003", "what this one is about, what it needs, and where to read on"),
            ],
            Statuses = "0 printed",
        };
        command.Add(id);
        command.Add(json);
        command.SetAction(parsed => Run(parsed.GetValue(id), parsed.GetValue(json), streams));
        return command;
    }

    private static int Run(string? id, bool json, CommandStreams streams)
    {
        if (id is null)
        {
            streams.Print(json ? RuleReport.ToJson() : RuleReport.ToText());
            return ExitStatus.Success;
        }
        return ExitStatus.Success;
    }
}
