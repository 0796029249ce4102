using System;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.Versioning;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.Nftables;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// The rule set of nftables, and so of iptables-nft, of this thread's network namespace, by nfnetlink. Needs CAP_NET_ADMIN.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxNftables(CaptureRun run)
{
    private const string Source = "nfnetlink";
    private const int Attempts = 3;

    // ENOENT, EPROTONOSUPPORT, EOPNOTSUPP: this kernel has no nf_tables.
    private const int NoProtocol = 93, NotSupported = 95;

    private int? _generation;
    private bool _hasChanged;

    /// <summary>All four tables of one moment; each says why when they could not be read.</summary>
    public (Table<NftablesTableRow> Tables, Table<NftablesChainRow> Chains, Table<NftablesRuleRow> Rules, Table<NftablesSetRow> Sets) Read()
    {
        string? failure = null;
        NftablesRuleSet? rules = null;
        using var netlink = new NetlinkReader(NetlinkReader.Netfilter);
        SourceClock clock = run.StartSource();
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            _generation = null;
            _hasChanged = false;
            rules = ReadOnce(netlink, clock, out failure);
            if (failure is not null || !_hasChanged)
                break;
            rules = null;
            failure = "changed while it was read";
        }

        string? legacy = LegacyTables();
        return (
            ToTable("NftablesTables", rules?.Tables, failure, legacy),
            ToTable("NftablesChains", rules?.Chains, failure, null),
            ToTable("NftablesRules", rules?.Rules, failure, legacy),
            ToTable("NftablesSets", rules?.Sets, failure, null));
    }

    private NftablesRuleSet? ReadOnce(NetlinkReader netlink, SourceClock clock, out string? failure)
    {
        RowBuilder<KernelSet>? sets = null;
        RowBuilder<KernelRule>? rules = null;
        RowBuilder<NftablesChainRow>? chains = null;
        RowBuilder<NftablesTableRow>? tables = Dump<NftablesTableRow>(netlink, clock, NftablesProtocol.GetTable, NftablesDump.DecodeTable, out failure);
        if (failure is null)
            chains = Dump<NftablesChainRow>(netlink, clock, NftablesProtocol.GetChain, NftablesDump.DecodeChain, out failure);
        if (failure is null)
            rules = Dump<KernelRule>(netlink, clock, NftablesProtocol.GetRule, NftablesDump.DecodeRule, out failure);
        if (failure is null)
            sets = Dump<KernelSet>(netlink, clock, NftablesProtocol.GetSet, NftablesDump.DecodeSet, out failure);
        if (failure is not null)
            return null;
        var elements = new RowBuilder<KernelElement>();
        foreach (KernelSet set in sets!)
        {
            elements.AddRange(Dump<KernelElement>(netlink, clock, NftablesProtocol.GetSetElement, NftablesDump.DecodeElements, out failure, set));
            if (failure is not null)
                return null;
        }

        return NftablesAssembly.Join(
            NativeNumbers.OrderOf(BitConverter.IsLittleEndian),
            tables!.ToImmutable(),
            chains!.ToImmutable(),
            rules!.ToImmutable(),
            sets.ToImmutable(),
            elements.ToImmutable());
    }

    private RowBuilder<TRow> Dump<TRow>(
        NetlinkReader netlink, SourceClock clock, ushort request, NetlinkRowDecoder<TRow> decode, out string? failure, KernelSet? set = null)
    {
        NetlinkReading<TRow> reading = netlink.Dump<TRow>(
            (destination, order, sequence) => NftablesProtocol.WriteDump(destination, order, sequence, request, set?.Family ?? NftablesFamily.Unknown, set?.Table, set?.Name),
            (in NetlinkMessage message, RowBuilder<TRow> rows) =>
            {
                Note(message);
                return decode(message, rows);
            },
            clock);
        bool isAbsent = reading.Error is NoProtocol or NotSupported || (reading.Error == LinuxError.NoEntry && set is null);
        failure = isAbsent ? null : reading.Failure;
        _hasChanged |= reading.Error == LinuxError.NoEntry && set is not null;
        return reading.Rows;
    }

    // struct nfgenmsg carries the lower half of the rule set's generation: dumps of different ones do not fit together.
    private void Note(in NetlinkMessage message)
    {
        if (message.Payload.Length < NftablesProtocol.HeaderLength)
            return;
        int generation = BinaryPrimitives.ReadUInt16BigEndian(message.Payload[2..]);
        _hasChanged |= _generation is { } seen && seen != generation;
        _generation = generation;
    }

    // What iptables-legacy filters by is no part of nf_tables. The kernel names its tables, to root alone.
    private static string? LegacyTables()
    {
        var buffer = new byte[4096];
        foreach (string file in (ReadOnlySpan<string>)["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"])
        {
            int length = LinuxFile.ReadAll(file, buffer);
            if (length > 0)
                return $"{file} names {MachineText.Read(buffer.AsSpan(0, length).TrimEnd("\n"u8)).Replace('\n', ' ')}: tables of iptables-legacy, which are not read";
        }

        return null;
    }

    private Table<TRow> ToTable<TRow>(string name, ImmutableArray<TRow>? rows, string? failure, string? legacy)
    {
        var table = new TableReading<TRow>(run, name, Source);
        if (rows is { } read)
        {
            table.Rows.AddRange(read);
            table.Succeeded();
        }
        else
        {
            table.Missing("rule set", failure ?? "it was not read");
        }

        if (legacy is not null)
            table.Missing("iptables-legacy", legacy);
        return table.ToTable();
    }
}
