using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>Reads the sockets again and again: without owners as a rule, with owners when there is somebody to name.</summary>
/// <param name="read">Reads the sockets once. Called on the thread pool, never twice at a time.</param>
/// <param name="time">The clock.</param>
internal sealed class SocketWatch(Func<SocketQuery, CancellationToken, Table<SocketRow>> read, TimeProvider time)
{
    /// <summary>The shortest and the longest time between two readings.</summary>
    public static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(10), LongestInterval = TimeSpan.FromDays(1);

    // A socket that is passed on or inherited looks the same without its owners.
    private static readonly TimeSpan s_ownersAge = TimeSpan.FromSeconds(2);

    // The search for owners takes at most this share of the time, unless something appears.
    private const int OwnersShare = 10;

    /// <summary>Refuses an interval that no watch can keep.</summary>
    public static void ThrowIfOutOfRange(TimeSpan interval, string name)
    {
        if (interval < ShortestInterval || interval > LongestInterval)
            throw new ArgumentOutOfRangeException(name, interval, "The interval between two readings is from 10 milliseconds to 1 day.");
    }

    /// <summary>What changes, as it is seen. Only what the last reading showed is kept.</summary>
    public async IAsyncEnumerable<SocketChange> ChangesAsync(
        SocketQuery query, TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Which sockets a process has is known from their owners alone.
        bool alwaysOwners = query.ProcessId is not null;
        KnownSockets? known = null;
        DateTimeOffset? ownersDue = null;
        while (true)
        {
            long began = time.GetTimestamp();
            bool withOwners = alwaysOwners || (WantsOwners(query) && (ownersDue is null || time.GetUtcNow() >= ownersDue));
            Table<SocketRow> table = await ReadAsync(withOwners ? query : WithoutOwners(query), cancellationToken).ConfigureAwait(false);
            if (withOwners)
                ownersDue = time.GetUtcNow() + Longer(s_ownersAge, time.GetElapsedTime(began) * OwnersShare);
            SocketDifference difference = SocketDifference.Between(known, table);
            if (WantsOwners(query) && difference.PortsWithoutOwners is var (first, last))
                difference.AddOwners(await ReadAsync(query with { FirstPort = first, LastPort = last }, cancellationToken).ConfigureAwait(false));
            foreach (SocketChange change in difference.Changes(time.GetUtcNow()))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return change;
            }

            known = difference.After;
            TimeSpan rest = Longer(interval - time.GetElapsedTime(began), ShortestInterval);
            await Task.Delay(rest, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until a reading that saw everything shows no socket that answers the query.</summary>
    public async Task WaitUntilFreeAsync(SocketQuery query, TimeSpan interval, CancellationToken cancellationToken)
    {
        while (true)
        {
            Table<SocketRow> table = await ReadAsync(WithoutOwners(query), cancellationToken).ConfigureAwait(false);
            if (table.Count == 0 && !SocketGaps.Of(table).MayHide(query))
                return;
            await Task.Delay(interval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool WantsOwners(SocketQuery query) => query.Owners != OwnerSearch.None;

    private static SocketQuery WithoutOwners(SocketQuery query) => query with { Owners = OwnerSearch.None };

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    // Off the caller's thread, which may be one that must not wait; and always on the same kind of thread, because Linux
    // reads the network namespace of the thread.
    private Task<Table<SocketRow>> ReadAsync(SocketQuery query, CancellationToken cancellationToken) =>
        Task.Run(() => read(query, cancellationToken), cancellationToken);
}
