using System;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Formats.ProcNet;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Formats.ProcNet;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Netlink;

/// <summary>Damages captured bytes at random, from fixed seeds: no decoder throws, and each says where the damage is or keeps going.</summary>
public sealed class DecoderMutationTests
{
    private static readonly int Iterations = Extent.Of(plain: 25_000, ci: 100_000, longRun: 1_000_000);

    [Theory]
    [Trait("Long", "Yes")]
    [InlineData(1)]
    [InlineData(2)]
    public void Netlink_DamagedDumps_NeverThrow(int seed)
    {
        (byte[] Bytes, Func<byte[], ByteOrder, NetlinkStep> Decode)[] subjects =
        [
            (CapturedDumps.Tcp4, (bytes, order) => Feed(bytes, order, InetDiagMessage.For(TransportProtocol.Tcp))),
            (CapturedDumps.Tcp6, (bytes, order) => Feed(bytes, order, InetDiagMessage.For(TransportProtocol.Udp))),
            (CapturedDumps.Tcp4BigEndian, (bytes, order) => Feed(bytes, order, InetDiagMessage.For(TransportProtocol.Raw))),
            (CapturedDumps.Link, (bytes, order) => Feed<Serva.Diagnostics.Snapshots.InterfaceRow>(bytes, order, RtNetlinkLink.Decode)),
            (CapturedDumps.Addresses, (bytes, order) => Feed<Serva.Diagnostics.Snapshots.AddressRow>(bytes, order, RtNetlinkAddress.Decode)),
            (CapturedDumps.Routes4, (bytes, order) => Feed<DecodedRoute>(bytes, order, RtNetlinkRoute.Decode)),
            (CapturedDumps.Routes6, (bytes, order) => Feed<DecodedRoute>(bytes, order, RtNetlinkRoute.Decode)),
            (CapturedDumps.Rules4, (bytes, order) => Feed<DecodedRule>(bytes, order, RtNetlinkRule.Decode)),
            (CapturedDumps.Neighbors6, (bytes, order) => Feed<Serva.Diagnostics.Snapshots.NeighborRow>(bytes, order, RtNetlinkNeighbor.Decode)),
            (CapturedDumps.AddressLabels, (bytes, order) => Feed<Serva.Diagnostics.Snapshots.AddressLabelRow>(bytes, order, RtNetlinkAddressLabel.Decode)),
            (CapturedDumps.Routes4, (bytes, order) => Feed<NextHopObject>(Retyped(bytes, RtNetlink.NewNextHop), order, RtNetlinkNextHop.Decode)),
        ];
        Random random = new(Extent.Seed(seed));
        int bad = 0, done = 0;
        for (int i = 0; i < Iterations * 2; i++)
        {
            (byte[] bytes, Func<byte[], ByteOrder, NetlinkStep> decode) = subjects[random.Next(subjects.Length)];
            byte[] damaged = Damage(random, bytes);
            NetlinkStep step = decode(damaged, random.Next(8) == 0 ? ByteOrder.BigEndian : ByteOrder.LittleEndian);
            Assert.InRange(step.Offset, 0, damaged.Length);
            Assert.True(step.Error >= 0, $"seed {seed}, iteration {i}: error {step.Error}");
            bad += step.Progress == NetlinkProgress.Bad ? 1 : 0;
            done += step.Progress == NetlinkProgress.Done ? 1 : 0;
        }

        // Neither side is left out.
        Assert.True(bad > Iterations / 10 && done > Iterations / 10, $"{bad} bad, {done} done");
    }

    /// <summary>
    /// Ten million damaged messages on a long run: whatever the bytes, the rows of the messages before the first bad one stand,
    /// as they were, and the offset names that message or a place in it.
    /// </summary>
    [Theory]
    [Trait("Long", "Yes")]
    [InlineData(5)]
    [InlineData(6)]
    public void SocketDump_OneDamagedMessage_KeepsTheRowsBeforeItAndNamesIt(int seed)
    {
        byte[] message = CapturedDumps.Tcp4[..124];
        Random random = new(Extent.Seed(seed));
        int found = 0;
        var rows = new RowBuilder<SocketRow>();
        var groups = new NumberMap<ulong>();
        NetlinkRowDecoder<SocketRow> decode = InetDiagMessage.For(TransportProtocol.Tcp, groups);
        _ = new NetlinkDump<SocketRow>(ByteOrder.LittleEndian, 1, decode, rows).Feed(message);
        SocketRow sound = Assert.Single(rows);
        for (int i = 0; i < Iterations * 5; i++)
        {
            int before = random.Next(4);
            byte[] damaged = Damage(random, message);
            byte[] dump = [.. Enumerable.Repeat(message, before).SelectMany(one => one), .. damaged];
            rows.Clear();

            NetlinkStep step = new NetlinkDump<SocketRow>(ByteOrder.LittleEndian, 1, decode, rows).Feed(dump);

            Assert.True(rows.Count >= before, $"seed {seed}, iteration {i}: {rows.Count} of {before} rows");
            for (int row = 0; row < before; row++)
                Assert.Equal(sound, rows[row]);
            if (step.Progress != NetlinkProgress.Bad)
                continue;
            found++;
            Assert.InRange(step.Offset, before * message.Length, dump.Length);
        }

        Assert.True(found > Iterations / 2, $"{found} bad ones");
    }

    [Theory]
    [Trait("Long", "Yes")]
    [InlineData(3)]
    [InlineData(4)]
    public void ProcText_DamagedFiles_NeverThrow(int seed)
    {
        byte[][] texts =
        [
            Encoding.UTF8.GetBytes(ProcNetSocketsTests.Tcp), Encoding.UTF8.GetBytes(ProcNetSocketsTests.Tcp6),
            "1234 (a (b) c) S 1 1234 1234 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 8812345 1 2 3\n"u8.ToArray(),
            "Name:\tx\nUid:\t0\t33\t0\t0\nCapEff:\t000001ffffffffff\n"u8.ToArray(),
            "12:memory:/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n0::/system.slice/a\\x2db.service\n"u8.ToArray(),
            "8080,9000-9010\n"u8.ToArray(), "32768\t60999\n"u8.ToArray(), "PRETTY_NAME=\"Debian\"\nbtime 1700000000\n"u8.ToArray(),
            "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/:/bin/false\n"u8.ToArray(), "socket:[12345]"u8.ToArray(), "6.18.44-generic"u8.ToArray(),
        ];
        Random random = new(Extent.Seed(seed));
        int bad = 0;
        for (int i = 0; i < Iterations * 2; i++)
        {
            byte[] text = Damage(random, texts[random.Next(texts.Length)]);
            var sockets = new ProcNetSockets(TransportProtocol.Tcp, isIPv6: random.Next(2) == 0, ByteOrder.LittleEndian);
            for (int at = 0; at < text.Length;)
            {
                int piece = Math.Min(random.Next(1, 200), text.Length - at);
                if (!sockets.Feed(text.AsSpan(at, piece)))
                    break;
                at += piece;
            }

            sockets.End();
            bad += sockets.BadOffset is null ? 0 : 1;
            Assert.InRange(sockets.BadOffset ?? 0, 0, text.Length);
            _ = ProcStat.TryRead(text);
            _ = ProcStatus.Read(text);
            _ = ProcCgroup.Read(text);
            _ = ProcText.BootTime(text);
            _ = ProcText.DynamicPorts(text);
            _ = ProcText.ReservedPorts(text);
            _ = ProcText.PrettyName(text);
            _ = ProcText.UserNames(text);
            _ = ProcText.KernelVersion(text);
            _ = ProcText.NamespaceInode(text);
            _ = ProcText.TryReadSocketLink(text, out _);
            var entries = new DirectoryEntries(text, ByteOrder.LittleEndian);
            while (entries.MoveNext())
                _ = entries.TryNumber(out _);
        }

        Assert.InRange(bad, Iterations / 10, Iterations * 2);
    }

    private static NetlinkStep Feed<T>(byte[] bytes, ByteOrder order, NetlinkRowDecoder<T> decoder) =>
        new NetlinkDump<T>(order, 1, decoder).Feed(bytes);

    private static byte[] Retyped(byte[] bytes, ushort type)
    {
        byte[] copy = [.. bytes];
        if (copy.Length > 6)
            ByteOrder.LittleEndian.Write(copy.AsSpan(4), type);
        return copy;
    }

    private static byte[] Damage(Random random, byte[] bytes)
    {
        byte[] damaged = [.. bytes];
        for (int changes = random.Next(4); changes > 0; changes--)
        {
            if (damaged.Length == 0)
                break;
            switch (random.Next(5))
            {
                case 0: damaged[random.Next(damaged.Length)] = (byte)random.Next(256); break;
                case 1: damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8)); break;
                case 2: damaged = damaged[..random.Next(damaged.Length)]; break;
                case 3: damaged[random.Next(damaged.Length) & ~3] = (byte)random.Next(40); break;   // a length, a type
                default:
                    int from = random.Next(damaged.Length);
                    damaged = [.. damaged[..from], .. damaged[Math.Min(damaged.Length, from + random.Next(1, 9))..]];
                    break;
            }
        }

        return damaged;
    }
}
