using System;
using System.CommandLine;
using System.IO;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Cli;

/// <summary><c>route DESTINATION ...</c>: which way does a packet leave, and what decided?</summary>
internal static class RouteCommand
{
    public static Command Create(CommandStreams streams)
    {
        var words = new Argument<string[]>("DESTINATION")
        {
            Description = "The destination, then in any order: from ADDR, iif NAME, oif NAME, mark N, tos N, uid N, ipproto P, sport N, dport N: the words of 'ip route get'.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var connect = new Option<bool>("--connect") { Description = "What connect() of a socket does: without a source it looks up twice." };
        var batch = new Option<string?>("--batch")
        {
            Description = "One question per line, as it would stand after 'route'; one JSON answer per line; - reads standard input.",
            HelpName = "FILE",
        };
        Option<bool> json = SharedOptions.Json();
        Option<bool> verbose = SharedOptions.Verbose();
        Option<string> file = SharedOptions.Case();
        var command = new ExampledCommand("route", "Which way does a packet leave, with which source, and what decided? Linux; nothing is sent.")
        {
            Examples =
            [
                ("192.0.2.1", "the way to a host, and the source address that it gets"),
                ("192.0.2.1 from 10.0.0.5 --verbose", "a bound socket's way, with every rule and route that was considered"),
                ("192.0.2.1 oif eth1 mark 0x64 --connect", "what connect() does on a marked socket that is bound to an interface"),
            ],
            Statuses = "0 there is a way (a batch: every line was understood), 1 there is none, 3 undetermined",
        };
        command.Add(words);
        foreach (Option option in (Option[])[connect, batch, json, verbose, file])
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
                throw new UsageException("expected DESTINATION, for example 192.0.2.1; see 'serva-diag route --help'");
            HostSnapshot host = path is not null
                ? CaseFile.Read(path, streams).Host
                : HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = SnapshotTables.ForRoutes });
            var selector = new RouteSelector(host);
            if (lines is not null)
                return RunBatch(lines, host, selector, parsed.GetValue(connect), streams);
            if (!Flow.TryParse(text, host, out Flow? flow, out string? error, out int position))
                throw new UsageException(FormattableString.Invariant($"'{text}' at position {position + 1}: {error}"));
            RouteDecision decision = Decide(selector, flow, parsed.GetValue(connect));
            streams.Print(parsed.GetValue(json) ? RouteReport.ToJson(decision) : RouteReport.ToText(decision, parsed.GetValue(verbose), streams.Width));
            return decision.Outcome == RouteOutcome.Undetermined ? ExitStatus.Undetermined
                : decision.Choices.IsEmpty ? ExitStatus.Problem : ExitStatus.Success;
        });
        return command;
    }

    private static RouteDecision Decide(RouteSelector selector, Flow flow, bool isConnect) =>
        isConnect ? selector.SelectForConnect(flow) : selector.Select(flow);

    private static int RunBatch(string path, HostSnapshot host, RouteSelector selector, bool isConnect, CommandStreams streams)
    {
        Stream input = path == "-" ? streams.Input : CaseFile.Open(path);
        try
        {
            int status = ExitStatus.Success;
            var lines = new BatchLines(input, streams.Output.Flush);
            while (lines.TryRead(out string? text, out string? fault))
            {
                int position = 0;
                Flow? flow = null;
                if (text is null || !Flow.TryParse(text, host, out flow, out fault, out position))
                {
                    streams.Print(BatchLines.Refusal(lines.Number, position + 1, fault!));
                    status = ExitStatus.WrongUsage;
                    continue;
                }

                streams.Print(RouteReport.ToJsonLine(Decide(selector, flow, isConnect)));
            }

            return status;
        }
        catch (IOException error)
        {
            throw UsageException.FromFile("read", path == "-" ? "standard input" : path, error);
        }
        finally
        {
            if (path != "-")
                input.Dispose();
        }
    }
}
