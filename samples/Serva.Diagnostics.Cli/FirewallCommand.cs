using System;
using System.CommandLine;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Cli;

/// <summary><c>firewall PROTO/ENDPOINT ...</c>: would a new inbound packet be let in, and which rule says so?</summary>
internal static class FirewallCommand
{
    public static Command Create(CommandStreams streams)
    {
        var words = new Argument<string[]>("PROTO/ENDPOINT")
        {
            Description = "Where the packet goes, for example udp/10.0.0.5:69, tcp/22 (an address of this host) or icmp/10.0.0.5; then in any order: from ADDR, sport N, iif NAME, type N.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var batch = new Option<string?>("--batch")
        {
            Description = "One question per line, as it would stand after 'firewall'; one JSON answer per line; - reads standard input.",
            HelpName = "FILE",
        };
        Option<bool> json = SharedOptions.Json();
        Option<bool> verbose = SharedOptions.Verbose();
        Option<string> file = SharedOptions.Case();
        var command = new ExampledCommand("firewall", "Would a new inbound packet be let in, and which rule says so? Nothing is sent.")
        {
            Examples =
            [
                ("udp/10.0.0.5:69", "a packet of a client that no rule names"),
                ("tcp/22 from 192.0.2.1 iif eth1", "of this client, by this interface"),
                ("tcp/80 --verbose", "with every rule that matched, or nearly did"),
            ],
            Statuses = "0 it is let in (a batch: every line was understood), 1 it is not, 3 undetermined",
        };
        command.Add(words);
        foreach (Option option in (Option[])[batch, json, verbose, file])
            command.Add(option);
        command.SetAction(parsed =>
        {
            string text = string.Join(' ', parsed.GetValue(words) ?? []);
            string? path = parsed.GetValue(file);
            string? lines = parsed.GetValue(batch);
            if (lines is not null && text.Length > 0)
                throw new UsageException("with --batch the questions stand on the lines of the batch");
            if (lines == "-" && path == "-")
                throw new UsageException("the batch and the case cannot both come from standard input");
            if (lines is null && text.Length == 0)
                throw new UsageException("expected PROTO/ENDPOINT, for example udp/10.0.0.5:69; see 'serva-diag firewall --help'");
            HostSnapshot host = path is not null
                ? CaseFile.Read(path, streams).Host
                : HostDiagnostics.ForThisMachine().Capture(new CaptureScope
                {
                    Tables = SnapshotTables.ForFirewall,
                    // Rules of Windows name programs; those of Linux do not.
                    Sockets = SocketQuery.Listening() with { Owners = OperatingSystem.IsWindows() ? OwnerSearch.First : OwnerSearch.None },
                });
            var evaluator = new FirewallEvaluator(host);
            if (lines is not null)
            {
                return BatchLines.Run(lines, streams, (string line, out string? fault, out int position) =>
                {
                    position = 0;
                    return evaluator.TryParse(line, out Flow? asked, out fault) ? FirewallReport.ToJsonLine(evaluator.Evaluate(asked)) : null;
                });
            }


            if (!evaluator.TryParse(text, out Flow? flow, out string? error))
                throw new UsageException($"'{text}': {error}");
            FirewallVerdict verdict = evaluator.Evaluate(flow);
            streams.Print(parsed.GetValue(json) ? FirewallReport.ToJson(verdict) : FirewallReport.ToText(verdict, parsed.GetValue(verbose), streams.Width));
            return verdict.Outcome switch
            {
                FirewallOutcome.Undetermined => ExitStatus.Undetermined,
                FirewallOutcome.Accept => ExitStatus.Success,
                _ => ExitStatus.Problem,
            };
        });
        return command;
    }
}
