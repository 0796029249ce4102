using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics.Cli;

/// <summary><c>rules [ID]</c>: the known issues.</summary>
internal static class RulesCommand
{
    public static Command Create(CommandStreams streams)
    {
        var id = new Argument<string?>("ID") { Description = "One rule, for example SD1001.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> json = SharedOptions.Json();
        var command = new ExampledCommand("rules", "The known issues that doctor and explain find, with their sources.")
        {
            Examples =
            [
                ("", "every rule, one line each"),
                ("SD1001", "what this one is about, what it needs, and where to read on"),
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
        IReadOnlyList<KnownIssue> rules = KnownIssues.All;
        if (id is not null)
        {
            rules = [.. rules.Where(rule => rule.Info.Id.Equals(id, StringComparison.OrdinalIgnoreCase))];
            if (rules.Count == 0)
                throw new UsageException($"'{id}' is no rule; see '{CommandStreams.CommandName} rules'");
        }

        streams.Print(json ? RuleReport.ToJson(rules) : RuleReport.ToText(rules));
        return ExitStatus.Success;
    }
}
