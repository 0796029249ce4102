using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Snapshots;

/// <summary>A part of a table that could not be read, and why.</summary>
public sealed record TableGap
{
    /// <summary>What is missing, for example <c>udp6</c>.</summary>
    public required string Part { get; init; }

    /// <summary>Why, with the native error where there is one.</summary>
    public required string Reason { get; init; }
}

/// <summary>A table of whatever rows.</summary>
internal interface ITable
{
    /// <summary>Whether nobody asked for the table, and nothing at all is said about it.</summary>
    bool IsUntouched { get; }
}

/// <summary>
/// The rows of one table of a host, together with how much of the table was seen and where it came from.
/// An empty <see cref="Coverage.Complete"/> table means none; an <see cref="Coverage.Unavailable"/> one means
/// unknown; a filtered one speaks for its filter alone.
/// </summary>
/// <remarks>Deeply immutable and safe to share between threads. Equality compares coverage and rows.</remarks>
/// <typeparam name="T">The row type.</typeparam>
public sealed class Table<T> : IReadOnlyList<T>, IEquatable<Table<T>>, ITable
{
    private readonly T[] _rows;

    internal Table(
        Coverage coverage,
        ImmutableArray<T> rows,
        string? source = null,
        string? note = null,
        ImmutableArray<TableGap> gaps = default,
        TableFilter? filter = null)
        : this(ImmutableCollectionsMarshal.AsArray(rows) ?? [], coverage, source, note, gaps, filter)
    {
    }

    private Table(T[] rows, Coverage coverage, string? source, string? note, ImmutableArray<TableGap> gaps, TableFilter? filter)
    {
        Coverage = coverage;
        _rows = rows;
        Source = source;
        Note = note;
        Gaps = gaps.IsDefault ? [] : gaps;
        Filter = filter;
    }

    /// <summary>A table that nobody asked for.</summary>
    internal static Table<T> NotRequested { get; } = new(Coverage.NotRequested, []);

    /// <summary>How much of the table was seen.</summary>
    public Coverage Coverage { get; }

    /// <summary>Where the rows came from, for example <c>sock_diag</c>; null when nothing was read.</summary>
    public string? Source { get; }

    /// <summary>What a reader should know about the rows, for example the native error of a failed source.</summary>
    public string? Note { get; }

    /// <summary>The parts that are missing.</summary>
    public ImmutableArray<TableGap> Gaps { get; }

    /// <summary>What was asked for; null when the whole table was.</summary>
    public TableFilter? Filter { get; }

    /// <summary>True when rows were read, all or some.</summary>
    public bool IsKnown => Coverage is Coverage.Complete or Coverage.Partial;

    bool ITable.IsUntouched => Coverage == Coverage.NotRequested && Source is null && Note is null && Gaps.IsEmpty && Filter is null;

    /// <inheritdoc/>
    public int Count => _rows.Length;

    /// <inheritdoc/>
    public T this[int index] => _rows[index];

    /// <summary>The rows as a span, without copying.</summary>
    public ReadOnlySpan<T> AsSpan() => new(_rows);

    /// <summary>
    /// Whether an absent row means that there is none: the table is complete and its filter, if any, lets
    /// <paramref name="protocol"/> and <paramref name="localPort"/> through.
    /// </summary>
    public bool Covers(TransportProtocol protocol, int localPort) =>
        Coverage == Coverage.Complete && (Filter is null || Filter.Covers(protocol, localPort));

    /// <summary>The same coverage, source, note, gaps and filter with other rows.</summary>
    public Table<T> WithRows(ImmutableArray<T> rows) => new(Coverage, rows, Source, Note, Gaps, Filter);

    /// <summary>Rows that nobody else has: the table keeps the array.</summary>
    internal static Table<T> Own(
        T[] rows, Coverage coverage, string source, string? note, ImmutableArray<TableGap> gaps, TableFilter? filter) =>
        new(rows, coverage, source, note, gaps, filter);

    /// <summary>Every row was read.</summary>
    internal static Table<T> Complete(ImmutableArray<T> rows, string source, string? note = null, TableFilter? filter = null) =>
        new(Coverage.Complete, rows, source, note, filter: filter);

    /// <summary>Some rows were read.</summary>
    internal static Table<T> Partial(
        ImmutableArray<T> rows, string source, ImmutableArray<TableGap> gaps, string? note = null, TableFilter? filter = null) =>
        new(Coverage.Partial, rows, source, note, gaps, filter);

    /// <summary>Nothing could be read.</summary>
    internal static Table<T> Unavailable(string source, string note) =>
        new(Coverage.Unavailable, [], source, note);

    /// <summary>Enumerates the rows without allocating.</summary>
    public ImmutableArray<T>.Enumerator GetEnumerator() => ImmutableCollectionsMarshal.AsImmutableArray(_rows).GetEnumerator();

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => ((IEnumerable<T>)_rows).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _rows.GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(Table<T>? other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (other is null || Coverage != other.Coverage || Source != other.Source || Note != other.Note || Filter != other.Filter)
            return false;
        return _rows.AsSpan().SequenceEqual(other._rows.AsSpan(), EqualityComparer<T>.Default)
            && Gaps.AsSpan().SequenceEqual(other.Gaps.AsSpan(), EqualityComparer<TableGap>.Default);
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Table<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Coverage, Source, _rows.Length);
}

/// <summary>Makes tables. For libraries and tests that build a snapshot from facts of their own.</summary>
public static class Table
{
    /// <summary>A table that nobody asked for.</summary>
    public static Table<T> NotRequested<T>() => Table<T>.NotRequested;

    /// <summary>A table of which every row is given: an absent row means that there is none.</summary>
    public static Table<T> Complete<T>(IEnumerable<T> rows, string source) => Table<T>.Complete([.. rows], source);

    /// <summary>A table of which some rows are given.</summary>
    public static Table<T> Partial<T>(IEnumerable<T> rows, string source, params ReadOnlySpan<TableGap> gaps) =>
        Table<T>.Partial([.. rows], source, [.. gaps]);

    /// <summary>A table that could not be read; <paramref name="note"/> says why.</summary>
    public static Table<T> Unavailable<T>(string source, string note) => Table<T>.Unavailable(source, note);
}

/// <summary>What a filtered socket table was asked for. A null member did not filter.</summary>
public sealed record TableFilter
{
    /// <summary>The protocol that was asked for.</summary>
    public TransportProtocol? Protocol { get; init; }

    /// <summary>The lowest local port that was asked for, host order.</summary>
    public int? FirstPort { get; init; }

    /// <summary>The highest local port that was asked for, host order.</summary>
    public int? LastPort { get; init; }

    /// <summary>The prefix of the local addresses that were asked for.</summary>
    public NetPrefix? LocalPrefix { get; init; }

    /// <summary>True when only listening TCP and bound, unconnected datagram sockets were asked for.</summary>
    public bool ListeningOnly { get; init; }

    /// <summary>The states of TCP sockets that were asked for; empty for all. Never default.</summary>
    public ImmutableArray<TcpState> States
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The process whose sockets were asked for.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Linux: the network namespace that was asked for, by name or process id; null for the host's own.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>True when the search for owners was to end at the first one of each socket: others may hold it too.</summary>
    public bool FirstOwnerOnly { get; init; }

    /// <summary>Whether every socket of this protocol and local port would have passed the filter.</summary>
    public bool Covers(TransportProtocol protocol, int localPort) =>
        !ListeningOnly
        && States.IsEmpty
        && LocalPrefix is null
        && ProcessId is null
        && NetworkNamespace is null
        && (Protocol is null || Protocol == protocol)
        && (FirstPort is null || localPort >= FirstPort)
        && (LastPort is null || localPort <= LastPort);

    /// <inheritdoc/>
    public bool Equals(TableFilter? other) =>
        other is not null && Protocol == other.Protocol && FirstPort == other.FirstPort && LastPort == other.LastPort
        && LocalPrefix == other.LocalPrefix && ListeningOnly == other.ListeningOnly && States.AsSpan().SequenceEqual(other.States.AsSpan())
        && ProcessId == other.ProcessId && NetworkNamespace == other.NetworkNamespace && FirstOwnerOnly == other.FirstOwnerOnly;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Protocol, FirstPort, LastPort, LocalPrefix, ListeningOnly, ProcessId, FirstOwnerOnly);
}
