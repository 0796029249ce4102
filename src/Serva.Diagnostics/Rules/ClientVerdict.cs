using System.Collections.Immutable;
using System.Linq;

namespace Serva.Diagnostics.Rules;

/// <summary>A client of a service, as one may be, and what the firewall does with its first packet.</summary>
internal sealed class ClientVerdict
{
    /// <summary>The client.</summary>
    public required ServiceReply Client { get; init; }

    /// <summary>What becomes of its first packet.</summary>
    public required FirewallVerdict Verdict { get; init; }

    /// <summary>Whether it is kept out.</summary>
    public bool IsKeptOut => Verdict.Outcome is FirewallOutcome.Drop or FirewallOutcome.Reject;

    /// <summary>The verdicts for the clients of a service.</summary>
    public static ImmutableArray<ClientVerdict> Of(ImmutableArray<ServiceReply> clients, FirewallEvaluator firewall) =>
        [.. clients.Select(client => new ClientVerdict { Client = client, Verdict = firewall.Evaluate(client.Path.Request) })];
}
