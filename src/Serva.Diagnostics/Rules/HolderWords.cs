using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>Says who holds a socket, in words that hold nothing harmful.</summary>
internal static class HolderWords
{
    /// <summary>Who holds the socket, for a sentence: <c>W32Time (svchost.exe, PID 1504, NT AUTHORITY\LOCAL SERVICE)</c>.</summary>
    public static string Describe(in SocketRow socket, PlatformFamily family)
    {
        if (Main(socket.Owners) is { } owner)
            return Describe(owner, family, socket.Owners.Length, MayHaveMoreOwners(socket));
        return socket.OwnerMissingBecause switch
        {
            _ when socket.State == TcpState.TimeWait => "a connection that has just ended (TIME_WAIT)",
            OwnerGap.NeedsElevation when socket.UserId is { } user => $"a process of user {user} (owner not visible without elevation)",
            OwnerGap.NeedsElevation => "a process that is not visible (owner not visible without elevation)",
            OwnerGap.Unreadable => "a process that cannot be read even as root (a container, a security module or another process namespace)",
            OwnerGap.NoProcess => "no process (the system itself, or a socket that nobody has accepted yet)",
            OwnerGap.OtherProcessNamespace => "a process outside the process namespace that was read (a container or the host)",
            OwnerGap.NotFound => "a process that could not be found",
            OwnerGap.TimedOut => "a process that was not found in time",
            OwnerGap.NotSupported => "a process that this system does not name",
            _ => "a process that was not looked up",
        };
    }

    /// <summary>
    /// A process's name, harmless and never blank: a process may call itself nothing (<c>PR_SET_NAME</c>), and then the
    /// file of its image tells more. Null when neither name nor image is known.
    /// </summary>
    public static string? NameOf(ProcessRow process)
    {
        if (!string.IsNullOrWhiteSpace(process.Name))
            return SafeText.Of(process.Name);
        string? file = process.Path is { } path ? path[(path.LastIndexOfAny(['/', '\\']) + 1)..] : null;
        if (!string.IsNullOrWhiteSpace(file))
            return SafeText.Of(file);
        return process.Name is null ? null : "(no name)";
    }

    /// <summary>A process for a sentence, its service or name first.</summary>
    public static string Describe(ProcessRow owner, PlatformFamily family, int processes = 1, bool mayHaveMore = false)
    {
        var details = new List<string>(5);
        string name = NameOf(owner) ?? "";
        string head;
        if (!owner.Services.IsEmpty)
        {
            head = SafeText.Of(string.Join(" or ", owner.Services));
            if (name.Length > 0)
                details.Add(name);
        }
        else
        {
            head = name.Length > 0 ? name : "a process";
        }

        details.Add($"PID {owner.ProcessId}");
        if (processes > 1)
            details.Add($"{processes} processes");
        if (family == PlatformFamily.Linux && UnitWords(owner) is { } unit)
            details.Add(SafeText.Of(unit));
        if (owner.User is { } user)
            details.Add(SafeText.Of(user));
        if (RelayWords(owner) is { } relay)
            details.Add(relay);
        return $"{head} ({string.Join(", ", details)}{(mayHaveMore ? "; other owners may not be visible without elevation" : "")})";
    }

    /// <summary>What a process does that holds a port for somebody else; null for one that serves it itself.</summary>
    public static string? RelayWords(ProcessRow owner) => owner switch
    {
        { RelaysTo: { } target } => $"relays to {target}",
        { Name: "docker-proxy" or "rootlessport" or "com.docker.backend" or "com.docker.backend.exe" } => "a relay: the server is in a container",
        { Name: "wslrelay.exe" or "wslhost.exe" } => "a relay: the server is on the other side, inside WSL",
        _ => null,
    };

    /// <summary>Whether processes that were not seen may hold the socket beside those that were: a root master, say, whose worker alone is visible.</summary>
    public static bool MayHaveMoreOwners(in SocketRow socket) =>
        socket.OwnerMissingBecause is OwnerGap.NeedsElevation or OwnerGap.Unreadable && socket.Owners.Any(owner => owner.Name is not null);

    /// <summary>The unit and container of a process in words: <c>nginx.service in container web1</c>; null for neither.</summary>
    public static string? UnitWords(ProcessRow owner)
    {
        string? manager = owner is { UnitUserId: { } user, ContainerId: null }
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $" of user {user}")
            : null;
        if (owner.ContainerId is not { } id)
            return owner.Unit is null ? null : owner.Unit + manager;
        string container = $"container {ContainerName(id)}";
        // The container's own scope repeats its id.
        return owner.Unit is not { } unit || unit.Contains(ContainerName(id), StringComparison.Ordinal) ? container : $"{unit} in {container}";
    }

    /// <summary>A container as people call it: the first 12 digits of an id, a name as it is.</summary>
    public static string ContainerName(string container) => IsContainerId(container) ? container[..12] : container;

    /// <summary>Whether a container is told by an id, whole or cut, and not by a name.</summary>
    public static bool IsContainerId(string container) =>
        container.Length is 12 or 64 && container.All(char.IsAsciiHexDigitLower);

    /// <summary>The process to name among several that share a socket: the one that the others descend from.</summary>
    public static ProcessRow? Main(ImmutableArray<ProcessRow> owners) => owners.Length switch
    {
        0 => null,
        1 => owners[0],
        _ => MainOfSeveral(owners),
    };

    /// <summary>
    /// The systemd unit that can be stopped to end a process and nothing else: a service of the system. Null for
    /// sessions, scopes and slices, whose end would log people out; for units of a user's own manager, which the system's
    /// does not know; and in a container, whose units are not the host's.
    /// </summary>
    public static string? StoppableUnit(ProcessRow process) => process.UnitUserId is null ? ServiceUnit(process) : null;

    /// <summary>The service of a user's own manager that can be stopped to end a process; null for none.</summary>
    public static string? UserUnit(ProcessRow process) => process.UnitUserId is null ? null : ServiceUnit(process);

    /// <summary>What tells a unit from every other one of the host: its manager and its name; null without a unit of its own.</summary>
    public static string? UnitKey(ProcessRow process) => ServiceUnit(process) is { } unit
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{process.UnitUserId}/{unit}")
        : null;

    private static ProcessRow MainOfSeveral(ImmutableArray<ProcessRow> owners) => owners
        .OrderBy(owner => owners.Any(other => other.ProcessId == owner.ParentProcessId && other.ProcessId != owner.ProcessId) ? 1 : 0)
        .ThenBy(owner => owner.ProcessId)
        .First();

    private static string? ServiceUnit(ProcessRow process) =>
        process is { Unit: { } unit, ContainerId: null }
        && unit.EndsWith(".service", StringComparison.Ordinal)
        && !unit.StartsWith("user@", StringComparison.Ordinal)
            ? unit
            : null;

    /// <summary>Protocol and endpoint as a sentence has them: <c>udp 0.0.0.0:123</c>.</summary>
    public static string Place(TransportProtocol protocol, NetEndpoint endpoint) => $"{BindRequestText.NameOf(protocol)} {endpoint}";

    /// <summary>Protocol and endpoint of a request, as a sentence has them.</summary>
    public static string Place(BindRequest request) => Place(request.Protocol, request.Endpoint);

    /// <summary>The error of a prediction both ways: <c>10013 WSAEACCES</c>.</summary>
    public static string Error(string? name, int? code) => (code, name) switch
    {
        (null, null) => "an error",
        (null, _) => name,
        (_, null) => code.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => $"{code} {name}",
    };
}
