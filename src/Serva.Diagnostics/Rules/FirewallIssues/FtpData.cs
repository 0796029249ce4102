using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>
/// Clients on a link whose control connection to an FTP server is let in, and what becomes of the data connection that they open
/// next (RFC 959: PASV): it is a new one, to a port of the pool.
/// </summary>
internal sealed class FtpData
{
    public const int ControlPort = 21;

    // A rule set that looks at more ports of one pool than this is asked about the first of them.
    private const int MostAsked = 256;

    /// <summary>The question about the control port.</summary>
    public required ExaminedQuestion Question { get; init; }

    /// <summary>The service, with its data ports.</summary>
    public required ProfileService Service { get; init; }

    /// <summary>The data ports; where they are automatic, the system's range.</summary>
    public required PortSpan Ports { get; init; }

    /// <summary>Whether the range is known and not the system's default.</summary>
    public required bool IsKnown { get; init; }

    /// <summary>The host with a server that listens on the ports that were asked about, as it does during a transfer.</summary>
    public required HostSnapshot Host { get; init; }

    /// <summary>
    /// The client with the verdict on its data connection to each of the ports that were asked about: the first, the last, and the
    /// next to each port that a rule looks at, so that those between fare alike.
    /// </summary>
    public required ImmutableArray<ClientVerdict> Verdicts { get; init; }

    /// <summary>Those that are kept out. Never empty.</summary>
    public IEnumerable<ClientVerdict> KeptOut => Verdicts.Where(verdict => verdict.IsKeptOut);

    /// <summary>The interface of the client, for a sentence.</summary>
    public string Link => SafeText.Of(Verdicts[0].Client.Interface.Name);

    /// <summary>The ports for a sentence.</summary>
    public string Words => ExaminedPool.Words(TransportProtocol.Tcp, Ports);

    /// <summary>The name of the service, for a sentence.</summary>
    public string Name => SafeText.Of(Service.Name);

    /// <summary>
    /// The clients whose data connections are kept out, the nearest of each link. A service without data ports in the profile is
    /// left out: nobody knows which ports would have to be open.
    /// </summary>
    public static IEnumerable<FtpData> Of(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.Question.Bind is not { Protocol: TransportProtocol.Tcp } bind || ServiceOf(question, bind, examination) is not { DataPorts: { } pool } service)
                continue;
            BindRequest data = bind with { Endpoint = bind.Endpoint.WithPort(Math.Max(1, pool.First)) };
            bool isKnown = true;
            PortSpan ports = pool.IsAutomatic ? examination.Binds.AutomaticRange(data, out isKnown) : new PortSpan(pool.First, pool.Last);
            ImmutableArray<int> asked = Asked(ports, examination.Host);
            HostSnapshot host = Listening(examination.Host, bind, asked);
            var firewall = new FirewallEvaluator(host);
            foreach (var link in examination.FirewallOf(question).GroupBy(client => (client.Client.Interface.Index, client.Client.Address.IsIPv4)))
            {
                // Of clients that cannot even log in another rule tells.
                if (link.FirstOrDefault(client => client.Verdict.Outcome == FirewallOutcome.Accept && client.Verdict.TranslatedTo is null) is not { } client)
                    continue;
                ImmutableArray<ClientVerdict> verdicts = [.. asked.Select(port => new ClientVerdict { Client = client.Client, Verdict = firewall.Evaluate(client.Verdict.Flow with { DestinationPort = port }) })];
                if (verdicts.Any(verdict => verdict.IsKeptOut))
                    yield return new FtpData { Question = question, Service = service, Ports = ports, IsKnown = isKnown, Host = host, Verdicts = verdicts };
            }
        }
    }

    /// <summary>What is found on all links together.</summary>
    public static Finding Find(KnownIssueInfo issue, IReadOnlyList<FtpData> links, string who, IEnumerable<Evidence> evidence, IEnumerable<Remedy> remedies, Certainty most = Certainty.Certain)
    {
        FtpData first = links[0];
        FirewallVerdict verdict = first.KeptOut.First().Verdict;
        bool isAll = links.All(link => link.KeptOut.Count() == link.Verdicts.Length);
        string names = string.Join(" and ", links.Select(link => link.Link).Distinct());
        return new Finding
        {
            Issue = issue,
            Subject = $"data ports {first.Words} of {first.Name}",
            Summary = $"{who} lets clients on {names} in to {HolderWords.Place(first.Question.Question.Bind!)}, and {(verdict.Outcome == FirewallOutcome.Reject ? "rejects" : "drops")} their data connections to {(isAll ? "" : "some of ")}{first.Words}: they log in, and listings and transfers in passive mode hang.",
            Certainty = verdict.Certainty == Certainty.Certain && most == Certainty.Certain && first.IsKnown ? Certainty.Certain : Certainty.Likely,
            Questions = [first.Question.Position],
            Evidence =
            [
                .. links.SelectMany(link => link.KeptOut.Take(1)).Select(client => new Evidence
                {
                    Table = verdict.DecidedBy?.Store is null && verdict.DecidedBy?.Table != "Windows Firewall" ? "nftablesRules" : "windowsFirewallRules",
                    Text = $"{FirewallEvaluator.TextOf(client.Verdict.Flow)} is {(client.Verdict.Outcome == FirewallOutcome.Reject ? "rejected" : "dropped")} by {SafeText.Of(client.Verdict.DecidedBy?.Text ?? "nothing that was seen")}",
                }),
                .. evidence,
            ],
            Remedies = [.. remedies],
        };
    }

    private static ImmutableArray<int> Asked(PortSpan ports, HostSnapshot host)
    {
        IEnumerable<(ulong First, ulong Last)> seen = host.NftablesRules.SelectMany(rule => rule.Statements).Where(LooksAtPorts).SelectMany(statement => statement.Elements)
            .Concat(host.NftablesSets.SelectMany(set => set.Elements))
            .SelectMany(element => element.Key)
            .Where(value => value.First is <= ushort.MaxValue)
            .Select(value => (value.First!.Value, value.Last ?? value.First.Value))
            .Concat(host.WindowsFirewallRules.SelectMany(row => row.Rule is { } rule ? rule.LocalPorts : []).Select(range => ((ulong)range.First, (ulong)range.Last)));
        return
        [
            .. seen.SelectMany(range => (ulong[])[range.First - 1, range.First, range.Last, range.Last + 1])
                .Select(port => (int)Math.Min(port, ushort.MaxValue))
                .Where(ports.Contains)
                .Concat([ports.First, ports.Last])
                .Distinct()
                .Order()
                .Take(MostAsked),
        ];
    }

    private static bool LooksAtPorts(NftablesStatement statement) => statement.Fields.Any(field => field.Name.EndsWith(" dport", StringComparison.Ordinal));

    private static ProfileService? ServiceOf(ExaminedQuestion question, BindRequest bind, Examination examination) => examination.Case.Profile?.Services.FirstOrDefault(service =>
        service.Name == question.Question.Service
        && !service.Binds.IsDefault
        && service.Binds.Contains(bind)
        && service.DataPorts is { Protocol: TransportProtocol.Tcp }
        && (bind.Endpoint.Port == ControlPort || string.Equals(service.Name, "FTP", StringComparison.OrdinalIgnoreCase)));

    // Rules for programs are held against whoever listens: during a transfer the server does, and nobody else can.
    private static HostSnapshot Listening(HostSnapshot host, BindRequest bind, ImmutableArray<int> ports)
    {
        if (!host.Sockets.IsKnown)
            return host;
        SocketRow[] control = [.. host.Sockets.Where(socket => socket.State == TcpState.Listen && Overlap.Meets(socket, bind, host.Platform.Family))];
        return host with
        {
            Sockets = host.Sockets.WithRows(
            [
                .. host.Sockets.Where(socket => socket.Protocol != TransportProtocol.Tcp || !ports.Contains(socket.Local.Port)),
                .. control.SelectMany(socket => ports.Select(port => socket with { Local = socket.Local.WithPort(port) })),
            ]),
        };
    }
}
