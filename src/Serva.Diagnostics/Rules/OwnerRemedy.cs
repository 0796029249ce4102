using System.Globalization;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>How to see the owners that were not seen.</summary>
internal static class OwnerRemedy
{
    /// <summary>The remedy that only looks; null when elevation would not show more.</summary>
    public static Remedy? For(in SocketRow socket, BindRequest recheck, HostSnapshot host)
    {
        if (socket.OwnerMissingBecause != OwnerGap.NeedsElevation || host.Identity?.IsElevated == true)
            return null;
        bool isVisible = host.Platform.Family != PlatformFamily.Linux || socket.State != TcpState.Closed;
        bool isPartial = HolderWords.MayHaveMoreOwners(socket);
        return new Remedy
        {
            Summary = $"Run this diagnosis again with elevation, which names {(isPartial ? "every owner: the process that was seen may be the worker of one that would start it again" : "the holder")}{(isVisible ? "; or look yourself:" : ".")}",
            // ss before 6.13 has no words for a TCP socket that is bound and neither listens nor is connected.
            Apply = isVisible ? [Look(socket, host.Platform.Family)] : [],
            NothingToRevertBecause = isVisible ? "The command only looks." : "Nothing on the host changes.",
            NeedsElevation = true,
            Risk = RemedyRisk.None,
            Recheck = recheck,
        };
    }

    private static RemedyCommand Look(in SocketRow socket, PlatformFamily family)
    {
        if (family == PlatformFamily.Windows)
            return new RemedyCommand { Shell = CommandShell.Cmd, Text = "netstat -abno" };
        string port = socket.Local.Port.ToString(CultureInfo.InvariantCulture);
        string protocol = socket.Protocol == TransportProtocol.Udp ? "u" : "t";
        return new RemedyCommand
        {
            Shell = CommandShell.Sh,
            Text = family == PlatformFamily.Linux ? $"ss -a{protocol}npe 'sport = :{port}'" : $"lsof -nP -i :{port}",
        };
    }
}
