using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using System.Threading.Tasks;
using FsCheck;
using FsCheck.Fluent;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Snapshots;

public sealed class SocketDifferenceTests
{
    private static readonly DateTimeOffset s_now = new(2024, 5, 1, 12, 0, 0, TimeSpan.Zero);

    // Few values for each column, so that sockets that are alike in all but one are the rule.
    private static readonly Gen<SocketRow> s_row =
        from protocol in Gen.Elements(TransportProtocol.Tcp, TransportProtocol.Udp)
        from local in Gen.Elements("0.0.0.0:80", "0.0.0.0:81", "[::]:80")
        from state in Gen.Elements(TcpState.Listen, TcpState.Closed, TcpState.Established)
        from cookie in Gen.Elements(0UL, 0UL, 0UL, 1UL, 2UL, 3UL, 4UL)
        from inode in Gen.Elements(0UL, 0UL, 7UL, 8UL)
        from owner in Gen.Elements<int?>(null, 1, 2)
        from queue in Gen.Elements<uint?>(null, 0, 1)
        from createdAt in Gen.Elements<DateTimeOffset?>(null, null, s_now)
        select new SocketRow
        {
            Protocol = protocol,
            Local = NetEndpoint.Parse(local),
            State = protocol == TransportProtocol.Tcp ? state : null,
            Cookie = cookie,
            Inode = inode,
            Owners = owner is { } id ? [new ProcessRow { ProcessId = id, Name = "p" }] : [],
            OwnerMissingBecause = owner is null ? OwnerGap.NoProcess : OwnerGap.None,
            ReceiveQueue = queue,
            CreatedAt = createdAt,
        };

    private static readonly Gen<SocketRow[]> s_rows = s_row.ListOf().Select(rows => rows.Where(row => row.Cookie == 0)
        .Concat(rows.Where(row => row.Cookie != 0).DistinctBy(row => row.Cookie)).ToArray());

    private static readonly Gen<(Table<SocketRow> Table, bool IsCheap)> s_reading =
        from rows in s_rows
        from gap in Gen.Elements("", "", "tcp", "udp4", "udp6", "everything", "unavailable")
        from isCheap in Gen.Elements(true, false)
        select (WithGap(isCheap ? [.. rows.Select(Cheap)] : rows, gap), isCheap);

    [Fact]
    [Trait("Long", "Yes")]
    public void Changes_OfAnyTwoTables_AppliedToTheFirstGiveTheSecond() => Check(
        from before in s_rows from after in s_rows select (before, after),
        pair =>
        {
            KnownSockets known = Seen(pair.before);
            Follower follower = new(pair.before);
            follower.Apply(SocketDifference.Between(known, Complete(pair.after)).Changes(s_now));
            return follower.Holds(pair.after);
        });

    [Fact]
    [Trait("Long", "Yes")]
    public void Changes_RowsInAnotherOrder_None() => Check(
        from rows in s_rows from shuffled in Gen.Shuffle(rows) select (rows, shuffled),
        pair => !SocketDifference.Between(Seen(pair.rows), Complete([.. pair.shuffled.Select(row => row with { ReceiveQueue = 9, SendQueue = 9 })])).Changes(s_now).Any());

    [Fact]
    [Trait("Long", "Yes")]
    public void Changes_RowsInAnotherOrder_AsManyOfEachKind() => Check(
        from before in s_rows
        from after in s_rows
        from before2 in Gen.Shuffle(before)
        from after2 in Gen.Shuffle(after)
        select (before, after, before2, after2),
        four => Kinds(four.before, four.after).SequenceEqual(Kinds(four.before2, four.after2)));

    [Fact]
    [Trait("Long", "Yes")]
    public void Changes_SameSocketsWithoutOwners_NoneAndOwnersAreKept() => Check(
        from rows in s_rows from shuffled in Gen.Shuffle(rows) select (rows, shuffled),
        pair =>
        {
            SocketDifference difference = SocketDifference.Between(Seen(pair.rows), Complete([.. pair.shuffled.Select(Cheap)]));
            Follower follower = new(pair.rows);
            return !difference.Changes(s_now).Any()
                && difference.PortsWithoutOwners is null
                && follower.Holds(Enumerable.Range(0, difference.After.Count).Select(i => difference.After[i]));
        });

    [Fact]
    [Trait("Long", "Yes")]
    public void Changes_OfManyReadings_NoneIsLostAndNothingUnseenIsGone() => Check(
        s_reading.ListOf(),
        readings =>
        {
            const int MostUnseen = 2;
            var follower = new Follower([]);
            KnownSockets? known = null;
            foreach ((Table<SocketRow> table, bool isCheap) in readings.Append((Complete([]), false)))
            {
                SocketDifference difference = SocketDifference.Between(known, table, MostUnseen);
                if (isCheap)
                    difference.AddOwners(table);
                SocketChange[] changes = [.. difference.Changes(s_now)];
                SocketGaps now = SocketGaps.Of(table), before = known?.Gaps ?? SocketGaps.OfNothing;
                if (changes.Any(change => change.Kind == SocketChangeKind.Gone && now.MayHide(change.Row!.Value)))
                    return false;
                if (changes.Any(change => change.Kind == SocketChangeKind.Appeared && before.MayHide(change.Row!.Value)))
                    return false;
                if (changes.Count(change => change.Kind == SocketChangeKind.NotRead) != (now.Reason is not null && now.Reason != before.Reason ? 1 : 0))
                    return false;
                follower.Apply(changes);
                known = difference.After;
                if (known.Count > table.Count + MostUnseen || !follower.Holds(Enumerable.Range(0, known.Count).Select(i => known[i])))
                    return false;
            }

            return follower.Holds([]);
        });

    [Fact]
    public void Changes_FirstReading_EverySocketIsPresent()
    {
        SocketChange[] changes = [.. SocketDifference.Between(null, Complete([Listener(80), Listener(81)])).Changes(s_now)];

        Assert.Equal([SocketChangeKind.Present, SocketChangeKind.Present], changes.Select(change => change.Kind));
        Assert.Equal([80, 81], changes.Select(change => change.Row!.Value.Local.Port));
        Assert.All(changes, change => Assert.Equal(s_now, change.At));
    }

    [Fact]
    public void Changes_SocketBeginsToListen_ChangedWithBoth()
    {
        SocketRow listening = Listener(80) with { Cookie = 5 };
        SocketRow bound = listening with { State = TcpState.Closed };

        SocketChange change = Assert.Single(SocketDifference.Between(Seen([bound]), Complete([listening])).Changes(s_now));

        Assert.Equal((SocketChangeKind.Changed, TcpState.Listen, TcpState.Closed), (change.Kind, change.Row!.Value.State, change.Previous!.Value.State));
    }

    [Fact]
    public void Changes_OtherCookieAtTheSamePlace_GoneAndAppeared()
    {
        SocketRow row = Listener(80) with { Cookie = 5 };

        Assert.Equal([SocketChangeKind.Appeared, SocketChangeKind.Gone], Kinds([row], [row with { Cookie = 6 }]).Select(pair => pair.Kind));
    }

    [Fact]
    public void Changes_OtherOwnerAtTheSamePlaceWithoutNumbers_GoneAndAppeared()
    {
        SocketRow row = Listener(80) with { Owners = [Process(1)] };

        Assert.Equal([SocketChangeKind.Appeared, SocketChangeKind.Gone], Kinds([row], [row with { Owners = [Process(2)] }]).Select(pair => pair.Kind));
        Assert.Equal([SocketChangeKind.Changed], Kinds([row], [row with { Owners = [], OwnerMissingBecause = OwnerGap.NoProcess }]).Select(pair => pair.Kind));
    }

    [Fact]
    public void Changes_SocketPassedOn_ChangedWhenOwnersAreRead()
    {
        SocketRow before = Listener(80) with { Cookie = 5, Inode = 7, Owners = [Process(1)] };
        SocketRow after = before with { Owners = [Process(1), Process(2)] };

        Assert.Equal([SocketChangeKind.Changed], Kinds([before], [after]).Select(pair => pair.Kind));
        Assert.Empty(Kinds([after], [after with { Owners = [Process(2), Process(1)] }]));
        Assert.Empty(Kinds([before], [Cheap(after)]));
    }

    [Theory]
    [InlineData(OwnerGap.NotFound)]
    [InlineData(OwnerGap.NeedsElevation)]
    [InlineData(OwnerGap.Unreadable)]
    public void Changes_OwnerNotFoundOnce_KnownOneIsKept(OwnerGap gap)
    {
        SocketRow found = Listener(80) with { Cookie = 5, Inode = 7, Owners = [Process(1)] };
        SocketRow missed = found with { Owners = [], OwnerMissingBecause = gap };
        KnownSockets? known = null;
        var story = new List<string>();

        foreach (SocketRow row in (SocketRow[])[found, missed, Cheap(found), found, missed, missed, missed, found, missed with { OwnerMissingBecause = OwnerGap.NoProcess }])
        {
            SocketDifference difference = SocketDifference.Between(known, Complete([row]));
            story.Add(string.Concat(difference.Changes(s_now).Select(change => $"{change.Kind} ")) + known?.Count + difference.After[0].Owners.Length);
            known = difference.After;
        }

        Assert.Equal(["Present 1", "11", "11", "11", "11", "Changed 10", "10", "Changed 11", "Changed 10"], story);
    }

    [Fact]
    public void PortsWithoutOwners_AcceptedConnection_AskedForAgain()
    {
        SocketRow waiting = Listener(80) with { Cookie = 5, State = TcpState.Established, OwnerMissingBecause = OwnerGap.NoProcess };
        SocketRow accepted = waiting with { Inode = 7, Owners = [Process(3)], OwnerMissingBecause = OwnerGap.None };
        SocketRow other = Listener(443) with { Cookie = 6, Inode = 8, OwnerMissingBecause = OwnerGap.NotRequested };

        SocketDifference difference = SocketDifference.Between(Seen([waiting]), Complete([Cheap(accepted), other]));
        (int, int)? ports = difference.PortsWithoutOwners;
        difference.AddOwners(Complete([accepted]));
        SocketChange[] changes = [.. difference.Changes(s_now)];

        Assert.Equal((80, 443), ports);
        Assert.Null(difference.PortsWithoutOwners);
        Assert.Equal([SocketChangeKind.Changed, SocketChangeKind.Appeared], changes.Select(change => change.Kind));
        Assert.Equal(3, Assert.Single(changes[0].Row!.Value.Owners).ProcessId);
        Assert.Equal(OwnerGap.NotFound, changes[1].Row!.Value.OwnerMissingBecause);
    }

    [Fact]
    public void Changes_PartNotRead_SaidOncePerReasonAndNothingIsGone()
    {
        SocketRow tcp = Listener(80), udp = Listener(53) with { Protocol = TransportProtocol.Udp, State = null };
        Table<SocketRow> broken = Table.Partial<SocketRow>([], "test", new TableGap { Part = "udp", Reason = "timed out" });
        Table<SocketRow> otherwise = Table.Partial<SocketRow>([], "test", new TableGap { Part = "udp", Reason = "EIO" });
        KnownSockets? known = null;
        var story = new List<string>();

        foreach (Table<SocketRow> table in (Table<SocketRow>[])[Complete([tcp, udp]), broken, broken, otherwise, Complete([]), broken])
        {
            SocketDifference difference = SocketDifference.Between(known, table);
            story.AddRange(difference.Changes(s_now).Select(change => $"{change.Kind} {change.Row?.Local.Port}{change.Reason}"));
            story.Add("-");
            known = difference.After;
        }

        Assert.Equal(
            ["Present 80", "Present 53", "-", "NotRead udp: timed out", "Gone 80", "-", "-", "NotRead udp: EIO", "-", "Gone 53", "-", "NotRead udp: timed out", "-"],
            story);
    }

    [Fact]
    public void Changes_TooManyUnseen_TheLastAreUndetermined()
    {
        SocketDifference difference = SocketDifference.Between(
            Seen([Listener(1), Listener(2), Listener(3)]), Table.Unavailable<SocketRow>("test", "no right"), mostUnseen: 2);
        SocketChange[] changes = [.. difference.Changes(s_now)];

        Assert.Equal([(SocketChangeKind.NotRead, null), (SocketChangeKind.Undetermined, 3)], changes.Select(change => (change.Kind, change.Row?.Local.Port)));
        Assert.All(changes, change => Assert.Equal("no right", change.Reason));
        Assert.Equal(2, difference.After.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Changes_ManySocketsThatAreAlike_TakeNoLongerThanOthers()
    {
        await Task.Yield();
        SocketRow[] rows = [.. Enumerable.Repeat(Listener(80), 300_000)];

        Assert.Empty(SocketDifference.Between(Seen(rows), Complete(rows)).Changes(s_now));
        Assert.Equal(300_000, SocketDifference.Between(Seen(rows), Complete([])).Changes(s_now).Count());
    }

    [Theory]
    [InlineData("tcp", true, true, false, false)]
    [InlineData("tcp4", true, false, false, false)]
    [InlineData("tcp6", false, true, false, false)]
    [InlineData("tcp connections", true, true, false, false)]
    [InlineData("udp", false, false, true, false)]
    [InlineData("udplite, raw, bound sockets", false, false, false, true)]
    [InlineData("bound sockets", false, false, false, true)]
    [InlineData("owners", false, false, false, false)]
    [InlineData("tcpish", true, true, true, true)]
    [InlineData("relays", true, true, true, true)]
    public void Gaps_PartByItsName_HidesItsSockets(string part, bool tcp, bool tcp6, bool udp, bool bound)
    {
        SocketGaps gaps = SocketGaps.Of(Table.Partial<SocketRow>([], "test", new TableGap { Part = part, Reason = "why" }));

        Assert.Equal(tcp, gaps.MayHide(Listener(80)));
        Assert.Equal(tcp6, gaps.MayHide(Listener(80) with { Local = NetEndpoint.Parse("[::]:80") }));
        Assert.Equal(udp, gaps.MayHide(Listener(80) with { Protocol = TransportProtocol.Udp, State = null }));
        Assert.Equal(bound || tcp, gaps.MayHide(Listener(80) with { State = TcpState.Closed }));
        Assert.Equal(tcp || tcp6, gaps.MayHide(SocketQuery.Listening(80) with { Protocol = TransportProtocol.Tcp }));
        Assert.Equal(udp, gaps.MayHide(SocketQuery.ForPort(80) with { Protocol = TransportProtocol.Udp }));
    }

    [Fact]
    public void Gaps_MissingOwnersOfAQueryForAProcess_HideAnySocket()
    {
        TableGap[] gaps = [new TableGap { Part = "owners", Reason = "some owners are not visible" }];

        Assert.True(SocketGaps.Of(Table<SocketRow>.Partial([], "test", [.. gaps], filter: new TableFilter { ProcessId = 1 })).MayHide(Listener(80)));
        Assert.False(SocketGaps.Of(Table<SocketRow>.Partial([], "test", [.. gaps], filter: new TableFilter { FirstPort = 1 })).MayHide(Listener(80)));
    }

    private static void Check<T>(Gen<T> generator, Func<T, bool> property) => Prop.ForAll(generator.ToArbitrary(), property).Check(
        Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(Extent.Of(500, 2000, 50_000)).WithReplay((ulong)Extent.Seed(17), 1));

    private static IEnumerable<(SocketChangeKind Kind, int Count)> Kinds(SocketRow[] before, SocketRow[] after) =>
        SocketDifference.Between(Seen(before), Complete(after)).Changes(s_now)
            .CountBy(change => change.Kind).Select(pair => (pair.Key, pair.Value)).Order();

    private static KnownSockets Seen(SocketRow[] rows) => SocketDifference.Between(null, Complete(rows)).After;

    private static Table<SocketRow> Complete(SocketRow[] rows) => Table.Complete(rows, "test");

    private static Table<SocketRow> WithGap(SocketRow[] rows, string gap) => gap switch
    {
        "" => Complete(rows),
        "unavailable" => Table.Unavailable<SocketRow>("test", "no right"),
        _ => Table.Partial(rows, "test", new TableGap { Part = gap, Reason = "timed out" }),
    };

    /// <summary>The row as a reading without owners shows it: what has no process is known anyway.</summary>
    private static SocketRow Cheap(SocketRow row) =>
        row.Owners.IsEmpty ? row : row with { Owners = [], OwnerMissingBecause = OwnerGap.NotRequested };

    private static SocketRow Listener(int port) => new()
    {
        Protocol = TransportProtocol.Tcp,
        Local = NetEndpoint.Create(NetAddress.AnyIPv4, port),
        State = TcpState.Listen,
    };

    private static ProcessRow Process(int id) => new() { ProcessId = id };

    /// <summary>Somebody who knows nothing but the changes that were told.</summary>
    private sealed class Follower(IEnumerable<SocketRow> rows)
    {
        private readonly List<SocketRow> _rows = [.. rows.Select(Plain)];

        public void Apply(IEnumerable<SocketChange> changes)
        {
            foreach (SocketChange change in changes)
            {
                switch (change.Kind)
                {
                    case SocketChangeKind.Gone or SocketChangeKind.Undetermined:
                        Remove(change.Row!.Value);
                        break;
                    case SocketChangeKind.Changed:
                        Assert.NotEqual(Plain(change.Previous!.Value), Plain(change.Row!.Value));
                        Remove(change.Previous!.Value);
                        _rows.Add(Plain(change.Row!.Value));
                        break;
                    case SocketChangeKind.Appeared or SocketChangeKind.Present:
                        _rows.Add(Plain(change.Row!.Value));
                        break;
                }
            }
        }

        public bool Holds(IEnumerable<SocketRow> rows)
        {
            List<SocketRow> left = [.. _rows];
            return rows.All(row => left.Remove(Plain(row))) && left.Count == 0;
        }

        private void Remove(SocketRow row) => Assert.True(_rows.Remove(Plain(row)), $"{row} was not there");

        private static SocketRow Plain(SocketRow row) => row with { ReceiveQueue = null, SendQueue = null };
    }
}
