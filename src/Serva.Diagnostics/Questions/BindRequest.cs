using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>
/// A bind that somebody wants to make: the question "would this succeed, and if not, why?". Text form:
/// <c>udp/0.0.0.0:123 --reuse-address</c>.
/// </summary>
public sealed record BindRequest
{
    /// <summary>The protocol.</summary>
    public required TransportProtocol Protocol { get; init; }

    /// <summary>The local endpoint; port 0 lets the system choose.</summary>
    public required NetEndpoint Endpoint { get; init; }

    /// <summary>SO_REUSEADDR is set before the bind.</summary>
    public bool ReuseAddress { get; init; }

    /// <summary>SO_REUSEPORT is set before the bind. Linux only.</summary>
    public bool ReusePort { get; init; }

    /// <summary>SO_EXCLUSIVEADDRUSE is set before the bind. Windows only.</summary>
    public bool ExclusiveAddressUse { get; init; }

    /// <summary>IPV6_V6ONLY is cleared before the bind, so that the socket serves IPv4 too. Means nothing for IPv4.</summary>
    public bool DualMode { get; init; }

    /// <summary>The socket goes on to listen: a TCP server. The listen stage may fail where the bind did not.</summary>
    public bool Listen { get; init; }

    /// <summary>The interface the socket is bound to (SO_BINDTODEVICE), by name; null for none. Linux only.</summary>
    public string? Device { get; init; }

    /// <summary>IP_FREEBIND is set: an address that is not there yet may be bound. Linux only.</summary>
    public bool FreeBind { get; init; }

    /// <summary>IP_TRANSPARENT is set. Linux only.</summary>
    public bool Transparent { get; init; }

    /// <summary>
    /// The lower end of IP_LOCAL_PORT_RANGE, which narrows what port 0 is served from; 0 when it is not set. An end
    /// outside of the system's range counts as not set. Linux only, since 6.3.
    /// </summary>
    public int LowestAutomaticPort { get; init; }

    /// <summary>The upper end of IP_LOCAL_PORT_RANGE, inclusive; 0 when it is not set. Linux only, since 6.3.</summary>
    public int HighestAutomaticPort { get; init; }

    /// <summary>Who binds; null for who captured the snapshot.</summary>
    public Identity? Asker { get; init; }

    /// <summary>
    /// The request that <paramref name="socket"/> makes when it binds <paramref name="endPoint"/>: reads the options
    /// that are set on it now.
    /// </summary>
    /// <remarks>
    /// On Linux .NET sets SO_REUSEADDR by itself when it binds a TCP socket; the request says so too. Options that the
    /// system refuses to tell count as not set, and so do all of a socket that was disposed of.
    /// </remarks>
    /// <exception cref="ArgumentException">The socket is neither TCP nor UDP, or the endpoint is no IP endpoint.</exception>
    [SuppressMessage("ApiDesign", "RS0030:Do not use banned APIs", Justification = "Reads the options of the caller's own socket.")]
    public static BindRequest From(Socket socket, EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(endPoint);
        if (endPoint is not IPEndPoint ip)
            throw new ArgumentException("Only IP endpoints can be explained.", nameof(endPoint));
        return SocketOptions.Read(socket, ip);
    }

    /// <summary>
    /// Reads the text form: <c>PROTO/ENDPOINT</c> and options. <c>tcp/80</c> means 0.0.0.0:80; tcp includes the listen
    /// stage; <c>[::]</c> is IPv6 only unless <c>--dual-mode</c>, and <c>*:80</c>, as ss writes it, is <c>[::]:80 --dual-mode</c>;
    /// no other option is set unless written.
    /// </summary>
    /// <exception cref="FormatException">The text is not of that form; the message names the place.</exception>
    public static BindRequest Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out BindRequest? request, out string? error, out int position)
            ? request
            : throw new FormatException($"{error} (at position {position + 1} of '{BindRequestText.Shorten(text)}')");
    }

    /// <summary>Reads the text form without throwing.</summary>
    /// <param name="text">For example <c>udp/192.168.1.5:69 --reuse-address</c>.</param>
    /// <param name="request">The request, when the text is of the form.</param>
    /// <param name="error">What is wrong, else.</param>
    /// <param name="position">Where it is wrong, counted from 0.</param>
    public static bool TryParse(
        string? text,
        [NotNullWhen(true)] out BindRequest? request,
        [NotNullWhen(false)] out string? error,
        out int position) => BindRequestText.TryParse(text, host: null, out request, out error, out position);

    /// <summary>Reads the text form, in which a zone may be the name of an interface: <c>tcp/[fe80::1%eth0]:80</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="host">The host whose interfaces turn the name into a number.</param>
    /// <param name="request">The request, when the text is of the form.</param>
    /// <param name="error">What is wrong, else; for an unknown name the names that there are.</param>
    /// <param name="position">Where it is wrong, counted from 0.</param>
    public static bool TryParse(
        string? text,
        HostSnapshot host,
        [NotNullWhen(true)] out BindRequest? request,
        [NotNullWhen(false)] out string? error,
        out int position)
    {
        ArgumentNullException.ThrowIfNull(host);
        return BindRequestText.TryParse(text, host, out request, out error, out position);
    }

    /// <summary>The same request with what .NET's sockets set by themselves on a system.</summary>
    /// <remarks>On Linux a TCP bind sets SO_REUSEADDR (measured on .NET 10).</remarks>
    public BindRequest LikeDotNet(PlatformFamily family) =>
        family == PlatformFamily.Linux && Protocol == TransportProtocol.Tcp ? this with { ReuseAddress = true } : this;

    /// <summary>The text form, which <see cref="Parse"/> reads back. The asker is left out.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(ToEndpointText());
        foreach ((string option, bool isSet) in BindRequestText.FlagsOf(this))
        {
            if (isSet)
                text.Append(' ').Append(option);
        }

        if (Device is not null)
            text.Append(" --device ").Append(Device);
        if (LowestAutomaticPort != 0 || HighestAutomaticPort != 0)
            text.Append(CultureInfo.InvariantCulture, $" --automatic-ports {LowestAutomaticPort}-{HighestAutomaticPort}");
        return text.ToString();
    }

    /// <summary>Protocol and endpoint alone, for example <c>udp/0.0.0.0:123</c>.</summary>
    public string ToEndpointText() => $"{BindRequestText.NameOf(Protocol)}/{Endpoint}";
}
