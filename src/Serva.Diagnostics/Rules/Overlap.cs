using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>Whether a socket serves the same traffic as a wanted endpoint, apart from any system's bind rules.</summary>
internal static class Overlap
{
    /// <summary>Whether some packet could belong to both.</summary>
    public static bool Meets(in SocketRow socket, BindRequest request, PlatformFamily family)
    {
        if (socket.Protocol != request.Protocol || socket.Local.Port != request.Endpoint.Port)
            return false;
        NetAddress held = socket.Local.Address.UnmapIPv4();
        NetAddress wanted = request.Endpoint.Address.UnmapIPv4();
        return SameAddress(held, wanted)
            || (held.IsUnspecified && Includes(held, IsDual(socket, family), wanted))
            || (wanted.IsUnspecified && Includes(wanted, request.DualMode, held));
    }

    /// <summary>Whether some packet could belong to both, interfaces and VRFs considered: a socket bound to one gets nothing of another.</summary>
    public static bool Meets(in SocketRow socket, BindRequest request, HostSnapshot host)
    {
        if (!Meets(socket, request, host.Platform.Family))
            return false;
        uint holders = socket.Interface;
        InterfaceRow? asked = request.Device is { } device ? host.Interfaces.FirstOrDefault(row => row.Name == device) : null;
        if (holders != 0 && asked is not null && holders != asked.Index)
            return false;
        return DomainOf(host.Interfaces.FirstOrDefault(row => row.Index == holders), host) == DomainOf(asked, host);
    }

    private static uint DomainOf(InterfaceRow? row, HostSnapshot host) =>
        row is null ? 0
        : row.Kind == "vrf" ? row.Index
        : host.Interfaces.FirstOrDefault(other => other.Index == row.Master) is { Kind: "vrf" } master ? master.Index : 0;

    /// <summary>Whether the socket gets everything that the wanted endpoint would get.</summary>
    public static bool Covers(in SocketRow socket, BindRequest request, PlatformFamily family)
    {
        if (!Meets(socket, request, family))
            return false;
        NetAddress held = socket.Local.Address.UnmapIPv4();
        NetAddress wanted = request.Endpoint.Address.UnmapIPv4();
        bool wantsBoth = wanted.IsUnspecified && wanted.IsIPv6 && request.DualMode;
        if (SameAddress(held, wanted))
            return !wantsBoth || IsDual(socket, family);
        return held.IsUnspecified && Includes(held, IsDual(socket, family), wanted);
    }

    private static bool Includes(NetAddress wildcard, bool isDual, NetAddress address) =>
        wildcard.IsIPv4 ? address.IsIPv4 : address.IsIPv6 || isDual;

    // Where the flag cannot be seen the system's default counts: Windows is IPv6 only, the others are dual-stack.
    private static bool IsDual(in SocketRow socket, PlatformFamily family) =>
        socket.Local.Address.IsIPv6 && !(socket.IPv6Only ?? family == PlatformFamily.Windows);

    private static bool SameAddress(NetAddress left, NetAddress right) =>
        left == right || (left.WithoutScope() == right.WithoutScope() && (left.ScopeId == 0 || right.ScopeId == 0));
}
