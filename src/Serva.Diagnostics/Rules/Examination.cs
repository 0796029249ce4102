using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>A question with what the engines answer to it. Computed once, shared by all rules.</summary>
public sealed class ExaminedQuestion
{
    /// <summary>The position of the question in the case.</summary>
    public required int Position { get; init; }

    /// <summary>The question.</summary>
    public required Question Question { get; init; }

    /// <summary>What the bind is predicted to do; null when the question is not about a bind.</summary>
    public BindPrediction? Prediction { get; init; }

    /// <summary>
    /// How the bind ends, as far as is known: the prediction, or what really happened where the bind was tried and the
    /// prediction said something else or nothing.
    /// </summary>
    public BindOutcome Outcome { get; init; }

    /// <summary>Whether <see cref="Outcome"/> is what a trial found, and not what was predicted.</summary>
    public bool FollowsProbe { get; init; }

    /// <summary>The conflicts whose holders are not the server itself.</summary>
    public ImmutableArray<BindConflict> ForeignConflicts
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The conflicts whose holders are the server itself: it runs and serves already.</summary>
    public ImmutableArray<BindConflict> OwnConflicts
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The server's own sockets that wait for peers on this protocol and port, at an address that overlaps the endpoint.</summary>
    public ImmutableArray<SocketRow> OwnSockets
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>
    /// Where the bind succeeds: sockets of others that wait for peers, or may, at an overlapping endpoint. Both sides
    /// live side by side, and only one of them gets a packet.
    /// </summary>
    public ImmutableArray<SocketRow> SharedWith
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>Whether the server itself holds the whole endpoint: whoever else is in the way of a new bind does not matter.</summary>
    public bool IsServed { get; init; }

    /// <summary>Whether the bind fails and the server does not hold the endpoint already.</summary>
    public bool IsBlocked => Prediction is not null && !IsServed && Outcome is not (BindOutcome.Undetermined or BindOutcome.Success);
}

/// <summary>What a rule looks at: the case and the engines' answers.</summary>
public sealed class Examination
{
    /// <summary>The case.</summary>
    public required DiagnosticCase Case { get; init; }

    /// <summary>The host.</summary>
    public HostSnapshot Host => Case.Host;

    /// <summary>The product whose services are asked about; null when nobody said.</summary>
    public ServerIdentity? Server => Case.Profile?.Server;

    /// <summary>The questions with their answers, in the case's order.</summary>
    public required ImmutableArray<ExaminedQuestion> Questions { get; init; }

    /// <summary>Predicts binds on this host: a rule asks it whether what it proposes would work.</summary>
    public required BindPredictor Binds { get; init; }

    /// <summary>Finds ways on this host; built when it is asked for.</summary>
    public RouteSelector Routes => field ??= new RouteSelector(Host);

    /// <summary>Judges packets by the firewall of this host; built when it is asked for.</summary>
    public FirewallEvaluator Firewall => field ??= new FirewallEvaluator(Host);

    /// <summary>The ids of the rules that judge this case, so that a general rule leaves to a special one what it explains better.</summary>
    internal IReadOnlySet<string> Applied { get; init; } = ImmutableHashSet<string>.Empty;

    private readonly ConcurrentDictionary<BindRequest, ImmutableArray<ServiceReply>> _replies = [];

    /// <summary>Which way the replies of a service leave; empty when it asks for no bind, or when the tables were not captured.</summary>
    internal ImmutableArray<ServiceReply> RepliesOf(ExaminedQuestion question) =>
        question.Question.Bind is { } bind ? _replies.GetOrAdd(bind, static (request, self) => ServiceReply.Of(request, self.Host, self.Routes), this) : [];

    private readonly ConcurrentDictionary<BindRequest, ImmutableArray<ClientVerdict>> _verdicts = [];

    /// <summary>What the firewall does with the first packet of each kind of client of a service; empty as for <see cref="RepliesOf"/>.</summary>
    internal ImmutableArray<ClientVerdict> FirewallOf(ExaminedQuestion question) =>
        question.Question.Bind is { } bind ? _verdicts.GetOrAdd(bind, static (_, self) => ClientVerdict.Of(self.Replies, self.Examination.Firewall), (Replies: RepliesOf(question), Examination: this)) : [];

    private readonly ConcurrentDictionary<TransportProtocol, int[]> _wantedPorts = [];

    /// <summary>How many questions and pools of the profile want each port of a protocol.</summary>
    internal ReadOnlySpan<int> WantedPorts(TransportProtocol protocol) => _wantedPorts.GetOrAdd(protocol, static (wanted, self) => self.CountWanted(wanted), this);

    private int[] CountWanted(TransportProtocol protocol)
    {
        const int ports = 65536;
        int[] count = new int[ports + 1];
        foreach (ProfileService service in Case.Profile?.Services ?? [])
        {
            if (service.DataPorts is not { IsAutomatic: false } pool || pool.Protocol != protocol)
                continue;
            count[pool.First]++;
            count[pool.Last + 1]--;
        }

        for (int port = 1; port < ports; port++)
            count[port] += count[port - 1];
        foreach (ExaminedQuestion question in Questions)
        {
            if (question.Question.Bind is { } bind && bind.Protocol == protocol)
                count[bind.Endpoint.Port]++;
        }

        return count;
    }

    /// <summary>The security labels of the server's processes, each once; empty when they are not known.</summary>
    internal ImmutableArray<string> ServerLabels => _serverLabels.IsDefault
        ? _serverLabels = [.. ServerGroups.SelectMany(group => group.Processes).Select(process => process.SecurityLabel).OfType<string>().Distinct().Take(16)]
        : _serverLabels;

    private ImmutableArray<string> _serverLabels;

    /// <summary>Whether a process of the table is the server's; false as well when nobody said which process the server is.</summary>
    internal bool ServerRuns => _serverRuns ??= Server is { } server && Host.Processes.Any(server.Matches);

    private bool? _serverRuns;

    /// <summary>The server's independent copies. Empty when nobody said which process the server is.</summary>
    internal ImmutableArray<ServerGroup> ServerGroups { get; init; } = [];
}
