using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import;

/// <summary>Who holds a socket, as far as its line tells.</summary>
internal readonly struct DraftOwner
{
    /// <summary>The process ids; default for none.</summary>
    public ImmutableArray<int> ProcessIds { get; init; }

    /// <summary>The image's name, where the line tells no id.</summary>
    public string? Name { get; init; }

    /// <summary>A service that the process hosts.</summary>
    public string? Service { get; init; }

    /// <summary>Why there is none.</summary>
    public OwnerGap Gap { get; init; }
}

/// <summary>Sockets as several commands show them, each socket once, and what they say of owners.</summary>
internal sealed class SocketDraft
{
    private const int MostSockets = 300_000, MostOwners = 1000;

    private readonly List<SocketRow> _rows = [];
    private readonly List<ImportedPlace> _places = [];
    private readonly List<DraftOwner> _owners = [];
    private readonly Dictionary<Key, Shown> _shown = [];
    private readonly SortedSet<string> _sources = new(StringComparer.Ordinal);
    private readonly List<TableGap> _gaps = [];
    private readonly SortedSet<string> _hostNames = new(StringComparer.OrdinalIgnoreCase);
    private int _block, _fullBlock;
    private bool _hasTcp, _hasUdp, _hasListener;
    private SocketExtent _tcp, _udp;
    private SocketListing _listing;
    private string? _doubt;

    /// <summary>Whether a command showed sockets, be it none.</summary>
    public bool IsThere => _sources.Count > 0;

    public IReadOnlyList<ImportedPlace> Places => _places;

    /// <summary>Why an absent row does not mean that there is none.</summary>
    public void Lacks(string part, string reason)
    {
        if (!_gaps.Exists(gap => gap.Part == part))
            _gaps.Add(new TableGap { Part = part, Reason = reason });
    }

    /// <summary>Another command begins: what it shows again is the same socket.</summary>
    /// <param name="command">What it is called.</param>
    /// <param name="shown">What was asked for, as far as the text tells.</param>
    /// <param name="hasHeading">Whether the list has its heading.</param>
    public void Begin(string command, ShownSockets shown, bool hasHeading)
    {
        Close();
        _sources.Add(command);
        _block++;
        _listing = new SocketListing { Shown = shown, HasHeading = hasHeading };
    }

    /// <summary>The name of a host in place of an address.</summary>
    public void NameHost(ReadOnlySpan<char> name)
    {
        if (_hostNames.Count < 5)
            _hostNames.Add(name.ToString());
    }

    /// <summary>Whether this listing has filled the table: the rest of it is only counted.</summary>
    public bool IsFull => _fullBlock == _block && _block > 0;

    /// <summary>Adds a socket; answers its place for <see cref="Own"/>, -1 when there are too many.</summary>
    /// <param name="row">The socket.</param>
    /// <param name="owner">What the line tells of its owner.</param>
    /// <param name="place">The line.</param>
    /// <param name="isShared">Whether the command has a line for each owner of one socket.</param>
    public int Add(in SocketRow row, in DraftOwner owner, ImportedPlace place, bool isShared = false)
    {
        // The rest of the listing that filled the table is new; another listing may tell more of what is there.
        if (IsFull)
            return -1;
        Note(row);
        var key = new Key(row.Protocol, row.Local, row.Remote, row.State);
        if (_rows.Count == MostSockets && !_shown.ContainsKey(key))
            return TooMany();

        // A listing shows equal sockets as often as there are; another listing shows the same ones again.
        ref Shown shown = ref CollectionsMarshal.GetValueRefOrAddDefault(_shown, key, out _);
        if (shown.Block != _block)
            shown = shown with { Block = _block, Times = 0 };
        shown = shown with { Times = shown.Times + (isShared && shown.Times > 0 ? 0 : 1) };
        if (isShared && shown.Times <= shown.Count)
        {
            ImmutableArray<int> known = _owners[shown.Last].ProcessIds;
            if (known.IsDefault || known.Length < MostOwners)
                _owners[shown.Last] = _owners[shown.Last] with { ProcessIds = known.IsDefault ? owner.ProcessIds : [.. known.Union(owner.ProcessIds)], Gap = OwnerGap.None };
            return shown.Last;
        }

        if (shown.Times <= shown.Count)
        {
            // Of several equal ones nobody can tell which is which, unless there is one.
            if (shown.Count == 1)
                Own(shown.Last, owner);
            return shown.Count == 1 ? shown.Last : -1;
        }

        if (_rows.Count == MostSockets)
            return TooMany();

        shown = shown with { Count = shown.Times, Last = _rows.Count };
        _rows.Add(row);
        _owners.Add(owner);
        _places.Add(place);
        return _rows.Count - 1;
    }

    /// <summary>Adds what is told of the owner of a socket.</summary>
    public void Own(int socket, in DraftOwner owner)
    {
        if (socket < 0)
            return;
        DraftOwner known = _owners[socket];
        _owners[socket] = new DraftOwner
        {
            ProcessIds = known.ProcessIds.IsDefaultOrEmpty ? owner.ProcessIds : known.ProcessIds,
            Name = known.Name ?? owner.Name,
            Service = known.Service ?? owner.Service,
            Gap = owner.ProcessIds.IsDefaultOrEmpty ? known.Gap : owner.Gap,
        };
        if (owner.Name is null && owner.Service is null && !known.ProcessIds.IsDefaultOrEmpty)
            return;
        foreach (int processId in _owners[socket].ProcessIds.IsDefault ? [] : _owners[socket].ProcessIds)
            NameProcess?.Invoke(processId, _owners[socket].Name, _owners[socket].Service);
    }

    /// <summary>Hears the names of processes.</summary>
    public Action<int, string?, string?>? NameProcess { get; init; }

    /// <summary>The table.</summary>
    /// <param name="processes">The processes that are known, by id.</param>
    public Table<SocketRow> ToTable(IReadOnlyDictionary<int, ProcessRow> processes)
    {
        if (!IsThere)
            return Table<SocketRow>.NotRequested;
        ILookup<string, ProcessRow>? byName = null;
        var strangers = new Dictionary<int, ProcessRow>();
        var rows = ImmutableArray.CreateBuilder<SocketRow>(_rows.Count);
        for (int i = 0; i < _rows.Count; i++)
        {
            DraftOwner owner = _owners[i];
            ImmutableArray<ProcessRow> owners = [];
            if (!owner.ProcessIds.IsDefaultOrEmpty)
                owners = [.. owner.ProcessIds.Select(id => processes.GetValueOrDefault(id) ?? Stranger(strangers, id))];
            else if (owner.Name is { } name)
                owners = OnlyOne((byName ??= processes.Values.ToLookup(row => row.Name ?? "", StringComparer.OrdinalIgnoreCase))[name], owner.Service);
            rows.Add(_rows[i] with { Owners = owners, OwnerMissingBecause = owners.IsEmpty ? owner.Gap == OwnerGap.None ? OwnerGap.NotFound : owner.Gap : owner.Gap });
        }

        LackUnshown();
        string? note = _hostNames.Count == 0 ? null
            : string.Create(CultureInfo.InvariantCulture, $"names stand for addresses ({string.Join(", ", _hostNames)}): on the left every address is assumed; netstat -ano tells");
        string source = string.Join(", ", _sources);
        return _gaps.Count == 0 ? Table<SocketRow>.Complete(rows.DrainToImmutable(), source, note) : Table<SocketRow>.Partial(rows.DrainToImmutable(), source, [.. _gaps], note);
    }

    private void Close()
    {
        SocketExtent tcp = _listing.OfTcp(), udp = _listing.OfUdp();
        _tcp = tcp > _tcp ? tcp : _tcp;
        _udp = udp > _udp ? udp : _udp;
        _doubt ??= _listing.Shown.Gap;
        _listing = new SocketListing();
    }

    private void LackUnshown()
    {
        Close();
        Lack("tcp", _tcp, _hasTcp);
        Lack("udp", _udp, _hasUdp);
        if (_rows.Count > 0 && !_hasListener)
            Lacks("sockets", "no socket that listens is shown, so all were not asked for");
    }

    // The engines take a protocol alone as unseen, and one with more words as seen in part.
    private void Lack(string protocol, SocketExtent extent, bool hasRows)
    {
        if (extent == SocketExtent.Listening)
            Lacks($"{protocol} connected", "only listening sockets are shown");
        else if (extent == SocketExtent.Some)
            Lacks(hasRows ? $"{protocol} others" : protocol, _doubt ?? (hasRows ? "neither a command nor a heading shows that all are listed" : "the texts show no such socket"));
    }

    private static ImmutableArray<ProcessRow> OnlyOne(IEnumerable<ProcessRow> named, string? service)
    {
        ProcessRow[] some = [.. named.Where(row => service is null || row.Services.IsEmpty || row.Services.Contains(service, StringComparer.OrdinalIgnoreCase)).Take(2)];
        return some.Length == 1 ? [some[0]] : [];
    }

    private static ProcessRow Stranger(Dictionary<int, ProcessRow> strangers, int processId)
    {
        if (!strangers.TryGetValue(processId, out ProcessRow? row))
            strangers[processId] = row = new ProcessRow { ProcessId = processId };
        return row;
    }

    private int TooMany()
    {
        if (_fullBlock == 0)
        {
            _fullBlock = _block;
            Lacks("sockets", "more than 300,000");
        }

        return -1;
    }

    private void Note(in SocketRow row)
    {
        _hasTcp |= row.Protocol == TransportProtocol.Tcp;
        _hasUdp |= row.Protocol == TransportProtocol.Udp;
        _hasListener |= row.IsListening;
        _listing.HasListener |= row is { IsListening: true, Protocol: TransportProtocol.Tcp };
        _listing.HasUdp |= row.Protocol == TransportProtocol.Udp && (_listing.Shown.IsOfWindows || row.Remote is null);
        _listing.HasConnected |= row.Remote is not null;
    }

    private readonly record struct Key(TransportProtocol Protocol, NetEndpoint Local, NetEndpoint? Remote, TcpState? State);

    private readonly record struct Shown(int Count, int Last, int Block, int Times);
}
