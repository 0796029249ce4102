using System;

namespace Serva.Diagnostics.Addressing;

/// <summary>What stands where the address of an endpoint is expected.</summary>
public enum EndpointHost
{
    /// <summary>Nothing; the value of <c>default</c>.</summary>
    None = 0,

    /// <summary>An address: <see cref="EndpointText.Address"/>.</summary>
    Address,

    /// <summary><c>*</c>: any address.</summary>
    Any,

    /// <summary><c>+</c>: the strong wildcard of a Windows URL prefix.</summary>
    StrongAny,

    /// <summary>A name, which only a resolver can turn into addresses.</summary>
    Name,
}

/// <summary>What stands where the port of an endpoint is expected.</summary>
public enum EndpointPort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A number: <see cref="EndpointText.Port"/>.</summary>
    Number,

    /// <summary><c>*</c>: any port, or no peer yet.</summary>
    Any,

    /// <summary>The name of a service, as <c>https</c>.</summary>
    Name,
}

/// <summary>The parts of an endpoint as a tool or a person wrote it, read by the rules of one dialect.</summary>
/// <remarks>
/// Names of hosts, zones and services are ranges into the text that was read, in characters (or bytes, for UTF-8); nothing is
/// resolved and nothing is dropped. A text of more than 128 characters is refused at once. Never allocates.
/// <c>default</c> has no parts.
/// </remarks>
public readonly record struct EndpointText
{
    private readonly Part _host;
    private readonly Part _zone;
    private readonly Part _portText;
    private readonly Part _scheme;
    private readonly Part _path;

    internal EndpointText(EndpointHost hostKind, NetAddress address, EndpointPort portKind, int port, Part host, Part zone, Part portText, Part scheme, Part path)
    {
        HostKind = hostKind;
        Address = address;
        PortKind = portKind;
        Port = port;
        _host = host;
        _zone = zone;
        _portText = portText;
        _scheme = scheme;
        _path = path;
    }

    /// <summary>What kind of host stands there.</summary>
    public EndpointHost HostKind { get; }

    /// <summary>The address, with a numeric zone as its scope; none unless <see cref="HostKind"/> says so.</summary>
    public NetAddress Address { get; }

    /// <summary>What kind of port stands there.</summary>
    public EndpointPort PortKind { get; }

    /// <summary>The port in host order; 0 unless <see cref="PortKind"/> says that it is a number.</summary>
    public int Port { get; }

    /// <summary>Where the host stands, without brackets and zone.</summary>
    public Range Host => _host.Range;

    /// <summary>Where the name of the zone or device stands, without the percent sign; empty for none and for a numeric one.</summary>
    public Range ZoneName => _zone.Range;

    /// <summary>Whether a zone or device is named.</summary>
    public bool HasZoneName => _zone.Length != 0;

    /// <summary>Where the port stands.</summary>
    public Range PortText => _portText.Range;

    /// <summary>Where the scheme of a URL prefix stands, without <c>://</c>; empty for none.</summary>
    public Range Scheme => _scheme.Range;

    /// <summary>Where the path of a URL prefix stands, with its slash; empty for none.</summary>
    public Range Path => _path.Range;

    /// <summary>The endpoint, if the host is an address without a named zone and the port is a number.</summary>
    public bool TryGetEndpoint(out NetEndpoint endpoint)
    {
        bool plain = HostKind == EndpointHost.Address && PortKind == EndpointPort.Number && !HasZoneName;
        endpoint = plain ? NetEndpoint.Create(Address, Port) : default;
        return plain;
    }

    /// <summary>Reads UTF-16 text in a dialect, or says what is wrong and where. Never allocates.</summary>
    /// <param name="text">The whole text; no spaces around it.</param>
    /// <param name="dialect">Who wrote it.</param>
    /// <param name="result">The parts, or <c>default</c>.</param>
    /// <param name="error">What is wrong; <c>default</c> on success.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dialect is none.</exception>
    public static bool TryParse(ReadOnlySpan<char> text, EndpointDialect dialect, out EndpointText result, out EndpointError error)
    {
        error = EndpointTextParser.Read(text, dialect, out result);
        return error.Fault == EndpointFault.None;
    }

    /// <summary>Reads UTF-8 text in a dialect, or says what is wrong and where. Never allocates.</summary>
    /// <param name="utf8Text">The whole text; no spaces around it.</param>
    /// <param name="dialect">Who wrote it.</param>
    /// <param name="result">The parts, or <c>default</c>.</param>
    /// <param name="error">What is wrong, its position in bytes; <c>default</c> on success.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dialect is none.</exception>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, EndpointDialect dialect, out EndpointText result, out EndpointError error)
    {
        error = EndpointTextParser.Read(utf8Text, dialect, out result);
        return error.Fault == EndpointFault.None;
    }

    /// <summary>Reads UTF-16 text in a dialect. Never allocates.</summary>
    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, EndpointDialect, out EndpointText, out EndpointError)"/>
    public static bool TryParse(ReadOnlySpan<char> text, EndpointDialect dialect, out EndpointText result)
        => TryParse(text, dialect, out result, out _);

    /// <summary>Reads UTF-8 text in a dialect. Never allocates.</summary>
    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, EndpointDialect, out EndpointText, out EndpointError)"/>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, EndpointDialect dialect, out EndpointText result)
        => TryParse(utf8Text, dialect, out result, out _);

    /// <summary>
    /// Reads a pair as <c>lsof</c> writes a connection, <c>[::1]:631-&gt;[::1]:40000</c>, or one endpoint alone. Ranges and
    /// positions count from the begin of the whole text; each endpoint has at most 128 characters. Never allocates.
    /// </summary>
    /// <param name="text">The whole text; no spaces around it.</param>
    /// <param name="dialect">Who wrote it.</param>
    /// <param name="local">The endpoint before the arrow, or <c>default</c>.</param>
    /// <param name="remote">The endpoint behind the arrow; <c>default</c> where there is none.</param>
    /// <param name="error">What is wrong; <c>default</c> on success.</param>
    public static bool TryParsePair(
        ReadOnlySpan<char> text, EndpointDialect dialect, out EndpointText local, out EndpointText remote, out EndpointError error)
    {
        error = EndpointTextParser.ReadPair(text, dialect, out local, out remote);
        return error.Fault == EndpointFault.None;
    }

    /// <summary>The same for UTF-8 text.</summary>
    /// <inheritdoc cref="TryParsePair(ReadOnlySpan{char}, EndpointDialect, out EndpointText, out EndpointText, out EndpointError)"/>
    public static bool TryParsePair(
        ReadOnlySpan<byte> utf8Text, EndpointDialect dialect, out EndpointText local, out EndpointText remote, out EndpointError error)
    {
        error = EndpointTextParser.ReadPair(utf8Text, dialect, out local, out remote);
        return error.Fault == EndpointFault.None;
    }

    internal EndpointText MovedBy(int places) => new(
        HostKind, Address, PortKind, Port, _host.MovedBy(places), _zone.MovedBy(places), _portText.MovedBy(places), _scheme.MovedBy(places), _path.MovedBy(places));

    /// <summary>A place in the text, small because a text is short.</summary>
    internal readonly record struct Part(short Start, short Length)
    {
        internal int End => Start + Length;

        internal Range Range => Start..End;

        internal static Part Between(int start, int end) => new((short)start, (short)(end - start));

        internal Part MovedBy(int places) => new((short)(Start + places), Length);
    }
}
