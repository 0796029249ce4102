using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Binding;

/// <summary>How the addresses of a holder and of a request meet, as a code and as a sentence.</summary>
internal static class ConflictWords
{
    /// <param name="holder">The holder's local address.</param>
    /// <param name="wanted">The requested address.</param>
    /// <param name="wantsDual">Whether the request serves both families.</param>
    public static string CodeOf(NetAddress holder, NetAddress wanted, bool wantsDual)
    {
        NetAddress first = holder.UnmapIPv4().WithoutScope();
        NetAddress second = wanted.UnmapIPv4().WithoutScope();
        if (first == second)
            return BindSteps.SameEndpoint;
        if (first.IsUnspecified && first.IsIPv6 && second.IsIPv4)
            return BindSteps.DualStackHolder;
        if (second.IsUnspecified && second.IsIPv6 && first.IsIPv4 && wantsDual)
            return BindSteps.DualStackRequest;
        return first.IsUnspecified ? BindSteps.WildcardHolder : BindSteps.WildcardRequest;
    }

    /// <param name="holder">The socket in the way.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="code">How they meet.</param>
    /// <param name="remark">What is to be added, with its own punctuation.</param>
    public static string Sentence(in SocketRow holder, BindRequest request, string code, string remark = "")
    {
        string name = BindRequestText.NameOf(request.Protocol);
        string what = StateOf(holder);
        NetEndpoint held = holder.Local;
        NetEndpoint wanted = request.Endpoint;
        return code switch
        {
            BindSteps.SameEndpoint => $"{what}{name} {held} holds this very endpoint{remark}",
            BindSteps.WildcardHolder => $"{what}{name} {held} covers every {FamilyOf(held.Address)} address, so {wanted} is taken too{remark}",
            BindSteps.DualStackHolder => $"{what}{name} {held} is dual-stack and serves every IPv4 address as well, so {wanted} is taken too{remark}",
            BindSteps.DualStackRequest => $"{wanted} would be dual-stack and serve every IPv4 address as well, and {what}{name} {held} holds one of them{remark}",
            _ => $"{wanted} would cover every {FamilyOf(wanted.Address)} address, and {what}{name} {held} holds one of them{remark}",
        };
    }

    /// <summary>A socket as evidence: protocol, endpoint and state.</summary>
    public static string Row(in SocketRow row)
    {
        string name = BindRequestText.NameOf(row.Protocol);
        return row.State is { } state ? $"{name} {row.Local} {NameOf(state)}" : row.Remote is { } remote ? $"{name} {row.Local} to {remote}" : $"{name} {row.Local}";
    }

    /// <summary>The one name of a state everywhere: that of <c>ss</c> and <c>netstat</c>, and BOUND for a socket that is bound and no more.</summary>
    public static string NameOf(TcpState state) => state switch
    {
        TcpState.Listen => "LISTEN",
        TcpState.Closed => "BOUND",
        TcpState.Established => "ESTABLISHED",
        TcpState.TimeWait => "TIME_WAIT",
        TcpState.CloseWait => "CLOSE_WAIT",
        TcpState.FinWait1 => "FIN_WAIT1",
        TcpState.FinWait2 => "FIN_WAIT2",
        TcpState.LastAck => "LAST_ACK",
        TcpState.SynReceived => "SYN_RECEIVED",
        TcpState.SynSent => "SYN_SENT",
        _ => state.ToString().ToUpperInvariant(),
    };

    private static string FamilyOf(NetAddress address) => address.IsIPv6 && !address.IsIPv4Mapped ? "IPv6" : "IPv4";

    private static string StateOf(in SocketRow holder) => holder.State switch
    {
        null when holder.Remote is not null => "the connected ",
        null or TcpState.Listen or TcpState.Unknown => "",
        TcpState.TimeWait => "a closed connection, still in TIME_WAIT, of ",
        TcpState.Closed => $"the {NameOf(TcpState.Closed)} (not listening) ",
        _ => "a connection of ",
    };
}
