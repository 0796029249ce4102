using System;
using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Rules;
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
        var model = new Option<HostModel>("--host-model")
        {
            Description = "Whose rules to follow: linux, windows (Vista and later, strong host), windowsWeak (weak sends and receives on), windowsXP; without it the host's own.",
            HelpName = "MODEL",
            CustomParser = ParseModel,
        };
        var whatIf = new Option<string[]>("--what-if")
        {
            Description = "Also answer for the host after a change, in words like those of ip: 'route add 10.0.0.0/8 via 10.1.0.1 dev eth1', 'rule del priority 100', "
                + "'link eth1 down', 'metric Ethernet 5', 'weakhost Ethernet on', 'set net.ipv4.conf.all.rp_filter=2', or of the flow: 'from 10.1.0.5'. Several are made in order.",
            HelpName = "CHANGE",
            Arity = ArgumentArity.OneOrMore,
        };
        var reply = new Option<bool>("--reply") { Description = "The question is a request that arrives ('10.0.0.5 from 192.0.2.1 iif eth1'): is it received, and which way does the reply leave?" };
        var unbound = new Option<bool>("--unbound") { Description = "With --reply: the server is a UDP server on the wildcard address, so that the system chooses the source." };
        var svg = new Option<string>("--svg") { Description = "Also draw the host and the way as a picture (SVG), into this file.", HelpName = "FILE" };
        Option<bool> json = SharedOptions.Json();
        Option<bool> verbose = SharedOptions.Verbose();
        Option<string> file = SharedOptions.Case();
        var command = new ExampledCommand("route", "Which way does a packet leave, with which source, and what decided? Nothing is sent.")
        {
            Examples =
            [
                ("192.0.2.1", "the way to a host, and the source address that it gets"),
                ("192.0.2.1 from 10.0.0.5 --verbose", "a bound socket's way, with every rule and route that was considered"),
                ("192.0.2.1 from 10.0.0.5 --what-if 'link eth0 down'", "the same after a change"),
                ("10.0.0.5 from 192.0.2.1 iif eth1 --reply", "a request from a client, and the way of its reply"),
            ],
            Statuses = "0 there is a way (a batch: every line was understood), 1 there is none, or the reply goes another way, 3 undetermined",
        };
        command.Add(words);
        foreach (Option option in (Option[])[connect, model, whatIf, reply, unbound, batch, svg, json, verbose, file])
            command.Add(option);
        command.SetAction(parsed =>
        {
            string text = Join(parsed.GetValue(words) ?? []);
            string? path = parsed.GetValue(file);
            string? lines = parsed.GetValue(batch);
            string[] changes = parsed.GetValue(whatIf) ?? [];
            if (lines is not null && text.Length > 0)
                throw new UsageException("with --batch the questions stand on the lines of the batch");
            if (lines == "-" && path == "-")
                throw new UsageException("the batch and the case cannot both come from standard input");
            if (lines is null && text.Length == 0)
                throw new UsageException("expected DESTINATION, for example 192.0.2.1; see 'serva-diag route --help'");
            if (parsed.GetValue(reply) && (lines is not null || changes.Length > 0))
                throw new UsageException("--reply does not go with --batch and --what-if");
            string? picture = parsed.GetValue(svg);
            if (picture is not null && (lines is not null || parsed.GetValue(reply)))
                throw new UsageException("--svg draws one question: it does not go with --batch and --reply");
            if (parsed.GetValue(unbound) && !parsed.GetValue(reply))
                throw new UsageException("--unbound goes with --reply");
            HostSnapshot host = path is not null
                ? CaseFile.Read(path, streams).Host
                : HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = SnapshotTables.ForRoutes });
            var question = new RouteQuestion(host, parsed.GetValue(model), parsed.GetValue(connect), changes);
            if (lines is not null)
            {
                return BatchLines.Run(lines, streams, (string line, out string? fault, out int position) => Flow.TryParse(line, host, out Flow? asked, out fault, out position)
                    ? RouteReport.ToJsonLine(question.Decide(asked), question.AfterChanges(asked))
                    : null);
            }


            if (!Flow.TryParse(text, host, out Flow? flow, out string? error, out int position))
                throw new UsageException(FormattableString.Invariant($"'{text}' at position {position + 1}: {error}"));
            if (parsed.GetValue(reply))
                return Reply(question, flow, parsed.GetValue(unbound), parsed.GetValue(json), parsed.GetValue(verbose), streams);
            RouteDecision decision = question.Decide(flow);
            if (picture is not null)
                PrivateFile.Write(picture, stream => stream.Write(Encoding.UTF8.GetBytes(RouteReport.ToSvg(decision, host))));
            WhatIf? then = question.AfterChanges(flow);
            // Whoever asks about a change has a remedy of his own.
            ImmutableArray<Remedy> remedies = then is null ? RouteRemedies.For(host, decision) : [];
            streams.Print(parsed.GetValue(json) ? RouteReport.ToJson(decision, then, remedies) : RouteReport.ToText(decision, parsed.GetValue(verbose), streams.Width, then, remedies));
            return StatusOf(then?.Decision ?? decision);
        });
        return command;
    }

    private static int Reply(RouteQuestion question, Flow request, bool isUnbound, bool isJson, bool isVerbose, CommandStreams streams)
    {
        if (request.Source is null || request.InputInterface is null)
            throw new UsageException("a request needs from ADDR and iif NAME, for example '10.0.0.5 from 192.0.2.1 iif eth1'");
        if (question.Host.Interfaces.IsKnown && !question.Host.Interfaces.Any(row => IsNamed(row, request.InputInterface)))
            throw new UsageException($"this host has no interface '{request.InputInterface}'");
        ReplyPath path = question.Selector.SelectReply(request, isUnbound);
        ImmutableArray<Remedy> remedies = path.Reply is { } reply ? RouteRemedies.For(question.Host, reply) : [];
        streams.Print(isJson ? ReplyReport.ToJson(path, remedies) : ReplyReport.ToText(path, isVerbose, streams.Width, remedies));
        return path.Outcome switch
        {
            ReplyOutcome.Undetermined => ExitStatus.Undetermined,
            ReplyOutcome.SameWay => ExitStatus.Success,
            _ => ExitStatus.Problem,
        };
    }

    // The shell took the quotes of a name with blanks; an argument may also be several words of the question.
    private static string Join(string[] words) =>
        string.Join(' ', words.Select((word, i) => i > 0 && words[i - 1] is ("iif" or "oif" or "dev") && word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word));

    private static bool IsNamed(InterfaceRow row, string name) =>
        string.Equals(row.Name, name, StringComparison.OrdinalIgnoreCase) || row.Index.ToString(CultureInfo.InvariantCulture) == name;

    private static int StatusOf(RouteDecision decision) => decision.Outcome == RouteOutcome.Undetermined ? ExitStatus.Undetermined
        : decision.Choices.IsEmpty ? ExitStatus.Problem : ExitStatus.Success;

    private static HostModel ParseModel(ArgumentResult result)
    {
        string word = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
        if (Enum.TryParse(word, ignoreCase: true, out HostModel model) && model != HostModel.Native && Enum.IsDefined(model) && !char.IsAsciiDigit(word[0]))
            return model;
        result.AddError($"--host-model is linux, windows, windowsWeak or windowsXP, not '{word}'");
        return default;
    }
}
