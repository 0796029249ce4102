using System;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Linq;

namespace Serva.Diagnostics.Snapshots;

/// <summary>
/// One change to a host, as data. A remedy carries the change that its commands make, so that a simulation can prove
/// that the remedy would help.
/// </summary>
public abstract record SnapshotChange
{
    private protected SnapshotChange()
    {
    }

    internal abstract HostSnapshot ApplyTo(HostSnapshot host);

    /// <summary>Reads a change of routes, rules, interfaces or settings in the words of <c>ip</c>, or says what is wrong and where.</summary>
    /// <param name="text">
    /// For example <c>route add 10.0.0.0/8 via 10.1.0.1 dev eth1</c>, <c>rule del from 10.1.0.5 lookup 100</c>, <c>link eth1 down</c>,
    /// <c>set net.ipv4.conf.all.rp_filter=2</c>; Windows too: <c>metric "Ethernet 2" 5</c>, <c>weakhost Ethernet on</c>.
    /// </param>
    /// <param name="host">The host whose interfaces, routes and rules are meant.</param>
    /// <param name="change">The change.</param>
    /// <param name="error">What is wrong, for people; null on success.</param>
    /// <param name="position">Where it is wrong, counted from 0.</param>
    public static bool TryParse(string? text, HostSnapshot host, [NotNullWhen(true)] out SnapshotChange? change, [NotNullWhen(false)] out string? error, out int position)
    {
        ArgumentNullException.ThrowIfNull(host);
        return ChangeText.TryParse(text, host, out change, out error, out position);
    }

    /// <summary>The sockets left, with the owners left, when the processes that satisfy <paramref name="ends"/> are gone.</summary>
    private protected static Table<SocketRow> Close(Table<SocketRow> sockets, Func<ProcessRow, bool> ends) => sockets.WithRows(
    [
        .. sockets.Where(row => row.Owners.IsEmpty || !row.Owners.All(ends)).Select(row => row.Owners.Any(ends) ? row with { Owners = [.. row.Owners.Where(owner => !ends(owner))] } : row),
    ]);
}

/// <summary>A service of the system stops, and with it its sockets and what depends on it.</summary>
public sealed record StopService : SnapshotChange
{
    /// <summary>The service or unit, for example <c>W32Time</c> or <c>nginx.service</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Linux: the user whose own manager runs the unit; null for a service of the system.</summary>
    public uint? UnitUserId { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host)
    {
        string[] names = UnitUserId is null ? [Name, .. host.FindDependents(Name).Select(row => row.Name)] : [Name];
        return host with
        {
            Sockets = host.Sockets.WithRows([.. Close(host.Sockets, process => names.Any(name => Hosts(process, name))).Where(row => !IsOfSocketUnit(row, host))]),
            Processes = host.Processes.WithRows([.. host.Processes.Where(row => !names.Any(name => Hosts(row, name)))]),
            Services = host.Services.WithRows(
            [
                .. host.Services.Select(row => UnitUserId is null && names.Contains(row.Name, StringComparer.OrdinalIgnoreCase)
                    ? row with { State = ServiceState.Stopped, ProcessId = null }
                    : row),
            ]),
        };
    }

    /// <summary>Whether systemd alone holds a socket, for the unit that is stopped.</summary>
    private bool IsOfSocketUnit(in SocketRow socket, HostSnapshot host) =>
        UnitUserId is null && socket.Owners is [{ ProcessId: 1 }] && host.FindService(Name)?.HasBound(socket) == true;

    private bool Hosts(ProcessRow process, string name) =>
        (string.Equals(process.Unit, name, StringComparison.Ordinal) && process.UnitUserId == UnitUserId && process.ContainerId is null)
        || process.Services.Contains(name, StringComparer.OrdinalIgnoreCase);
}

/// <summary>A process ends, and its sockets with it.</summary>
public sealed record EndProcess : SnapshotChange
{
    /// <summary>The process that ends.</summary>
    public required int ProcessId { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        Sockets = Close(host.Sockets, owner => owner.ProcessId == ProcessId),
        Processes = host.Processes.WithRows([.. host.Processes.Where(row => row.ProcessId != ProcessId)]),
    };
}

/// <summary>Linux: a process that a signal holds goes on (SIGCONT).</summary>
public sealed record ContinueProcess : SnapshotChange
{
    /// <summary>The process.</summary>
    public required int ProcessId { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        Sockets = host.Sockets.WithRows([.. host.Sockets.Select(row => row with { Owners = [.. row.Owners.Select(Continued)] })]),
        Processes = host.Processes.WithRows([.. host.Processes.Select(Continued)]),
    };

    private ProcessRow Continued(ProcessRow row) => row.ProcessId == ProcessId ? row with { IsStopped = false } : row;
}

/// <summary>A setting gets another value.</summary>
public sealed record SetSetting : SnapshotChange
{
    /// <summary>The setting's name, as in <see cref="SettingRow.Name"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The new value.</summary>
    public required string Value { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        Settings = host.Settings.WithRows(
        [
            .. host.Settings.Where(row => !string.Equals(row.Name, Name, StringComparison.OrdinalIgnoreCase)),
            new SettingRow { Name = Name, Value = Value },
        ]),
    };
}

/// <summary>A range of ports is no longer held by a component of the system, or becomes an administered one.</summary>
public sealed record ReleasePortRange : SnapshotChange
{
    /// <summary>The range as it stands in the snapshot.</summary>
    public required PortRangeRow Range { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        PortRanges = host.PortRanges.WithRows([.. host.PortRanges.Where(row => row != Range)]),
    };
}

/// <summary>A range of ports is kept for whoever binds it on purpose: the system hands none of it out any more.</summary>
public sealed record ReservePortRange : SnapshotChange
{
    /// <summary>The range: reserved on Linux, excluded and administered on Windows.</summary>
    public required PortRangeRow Range { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        PortRanges = host.PortRanges.WithRows(host.PortRanges.Append(Range).ToImmutableArray()),
    };
}

/// <summary>An address appears on an interface.</summary>
public sealed record AddAddress : SnapshotChange
{
    /// <summary>The address and its interface.</summary>
    public required AddressRow Address { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        Addresses = host.Addresses.WithRows(host.Addresses.Append(Address).ToImmutableArray()),
    };
}

/// <summary>An update is installed.</summary>
public sealed record InstallUpdate : SnapshotChange
{
    /// <summary>The update, for example <c>KB5020435</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The update build revision that the system has afterwards; null when it does not change.</summary>
    public int? Revision { get; init; }

    internal override HostSnapshot ApplyTo(HostSnapshot host) => host with
    {
        Updates = host.Updates.WithRows(host.Updates.Append(new UpdateRow { Id = Id }).ToImmutableArray()),
        Platform = host.Platform with { Revision = Revision ?? host.Platform.Revision },
    };
}
