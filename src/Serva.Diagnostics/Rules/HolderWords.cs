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
            return Describe(owner, family, socket.Owners.Length);
        return socket.OwnerMissingBecause switch
        {
            _ when socket.State == TcpState.TimeWait => "a connection that has just ended (TIME_WAIT)",
            OwnerGap.NeedsElevation when socket.UserId is { } user => $"a process of user {user} (owner not visible without elevation)",
            OwnerGap.NeedsElevation => "a process that is not visible (owner not visible without elevation)",
            OwnerGap.NoProcess => "no process (the system itself, or a socket that nobody has accepted yet)",
            OwnerGap.OtherProcessNamespace => "a process outside the process namespace that was read (a container or the host)",
            OwnerGap.NotFound => "a process that could not be found",
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
    public static string Describe(ProcessRow owner, PlatformFamily family, int processes = 1)
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
        if (family == PlatformFamily.Linux && owner.Unit is { } unit)
            details.Add(SafeText.Of(unit));
        if (owner.ContainerId is { } container)
            details.Add($"container {SafeText.Of(container.Length > 12 ? container[..12] : container)}");
        if (owner.User is { } user)
            details.Add(SafeText.Of(user));
        return $"{head} ({string.Join(", ", details)})";
    }

    /// <summary>The process to name among several that share a socket: the one that the others descend from.</summary>
    public static ProcessRow? Main(ImmutableArray<ProcessRow> owners) =>
        owners.IsEmpty
            ? null
            : owners
                .OrderBy(owner => owners.Any(other => other.ProcessId == owner.ParentProcessId && other.ProcessId != owner.ProcessId) ? 1 : 0)
                .ThenBy(owner => owner.ProcessId)
                .First();

    /// <summary>
    /// The systemd unit that can be stopped to end a process and nothing else: a service of the system. Null for
    /// sessions, scopes and slices, whose end would log people out.
    /// </summary>
    public static string? StoppableUnit(ProcessRow process) =>
        process.Unit is { } unit
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
