using System;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Cli;

/// <summary>A host to ask about routes, and the same host after the changes of <c>--what-if</c>.</summary>
internal sealed class RouteQuestion
{
    private static readonly string[] s_flowWords = ["from", "iif", "oif", "dev", "mark", "tos", "dsfield", "uid", "ipproto", "sport", "dport"];

    private readonly bool _isConnect;
    private readonly string[] _changes;
    private readonly string _otherWords;
    private readonly RouteSelector? _after;

    /// <exception cref="UsageException">A change cannot be read.</exception>
    public RouteQuestion(HostSnapshot host, HostModel model, bool isConnect, string[] changes)
    {
        Host = host;
        Selector = new RouteSelector(host, model);
        _isConnect = isConnect;
        _changes = changes;
        _otherWords = string.Join(' ', changes.Where(IsOfTheFlow));
        HostSnapshot after = host;
        foreach (string change in changes.Where(change => !IsOfTheFlow(change)))
        {
            if (!SnapshotChange.TryParse(change, after, out SnapshotChange? read, out string? error, out int position))
                throw new UsageException(FormattableString.Invariant($"--what-if '{change}' at position {position + 1}: {error}"));
            after = after.With(read);
        }

        _after = changes.Length == 0 ? null : new RouteSelector(after, model);
    }

    public HostSnapshot Host { get; }

    public RouteSelector Selector { get; }

    public RouteDecision Decide(Flow flow) => Decide(Selector, flow);

    /// <summary>The answer after the changes; null when none were asked for.</summary>
    /// <exception cref="UsageException">What was changed in the flow cannot be read.</exception>
    public WhatIf? AfterChanges(Flow flow)
    {
        if (_after is null)
            return null;
        string text = $"{flow} {_otherWords}";
        if (!Flow.TryParse(text, Host, out Flow? other, out string? error, out int position))
            throw new UsageException(FormattableString.Invariant($"--what-if '{text}' at position {position + 1}: {error}"));
        return new WhatIf { Changes = [.. _changes], Decision = Decide(_after, other) };
    }

    private static bool IsOfTheFlow(string change) => Array.Exists(s_flowWords, word => change.TrimStart().StartsWith(word + " ", StringComparison.Ordinal));

    private RouteDecision Decide(RouteSelector selector, Flow flow) => _isConnect ? selector.SelectForConnect(flow) : selector.Select(flow);
}
