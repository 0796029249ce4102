using System.Globalization;

namespace Serva.Diagnostics.Addressing;

/// <summary>Says what is wrong with the text of an address, an endpoint or a prefix.</summary>
public enum EndpointFault
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>The text is empty.</summary>
    Empty,

    /// <summary>The text is longer than 128 characters; nothing else of it was read.</summary>
    TooLong,

    /// <summary>A character stands where the grammar allows none like it.</summary>
    UnexpectedCharacter,

    /// <summary>A character is outside ASCII.</summary>
    NotAscii,

    /// <summary>There is no address before the port, the zone, the bracket or the prefix length.</summary>
    AddressMissing,

    /// <summary>An IPv4 address has fewer than four octets, or an empty one.</summary>
    OctetMissing,

    /// <summary>An octet has a leading zero, which some systems read as octal.</summary>
    OctetLeadingZero,

    /// <summary>An octet is above 255.</summary>
    OctetTooLarge,

    /// <summary>An IPv4 address has more than four octets.</summary>
    TooManyOctets,

    /// <summary>A single colon of an IPv6 address has no group at one of its sides.</summary>
    GroupMissing,

    /// <summary>A group of an IPv6 address has more than four digits.</summary>
    GroupTooLong,

    /// <summary>An IPv6 address has a second "::".</summary>
    SecondDoubleColon,

    /// <summary>An IPv6 address has fewer than eight groups and no "::".</summary>
    TooFewGroups,

    /// <summary>An IPv6 address has more than eight groups, counting "::" as at least one.</summary>
    TooManyGroups,

    /// <summary>An endpoint has an IPv6 address without brackets, so that its port cannot be told apart.</summary>
    BracketsMissing,

    /// <summary>An address or a prefix begins with a bracket; brackets belong to endpoints.</summary>
    BracketsNotAllowed,

    /// <summary>Brackets surround an IPv4 address.</summary>
    BracketsOnIPv4,

    /// <summary>The opening bracket is never closed.</summary>
    BracketNotClosed,

    /// <summary>Nothing follows the percent sign of a zone.</summary>
    ZoneMissing,

    /// <summary>A numeric zone is above 4294967295.</summary>
    ZoneTooLarge,

    /// <summary>An IPv4 address has a zone.</summary>
    ZoneOnIPv4,

    /// <summary>A prefix has a zone.</summary>
    ZoneNotAllowed,

    /// <summary>The zone is a name; only the interfaces of a host can turn it into a number.</summary>
    ZoneNameNeedsHost,

    /// <summary>An endpoint has no port.</summary>
    PortMissing,

    /// <summary>The port is above 65535.</summary>
    PortTooLarge,

    /// <summary>A port follows where only an address or a prefix is asked for.</summary>
    PortNotAllowed,

    /// <summary>A prefix has no length.</summary>
    PrefixLengthMissing,

    /// <summary>The prefix length has a leading zero.</summary>
    PrefixLengthLeadingZero,

    /// <summary>The prefix length is above the number of bits of its address (32 or 128).</summary>
    PrefixLengthTooLarge,

    /// <summary>A prefix length follows where only an address is asked for.</summary>
    PrefixLengthNotAllowed,

    /// <summary>A prefix has bits set behind its length.</summary>
    HostBitsSet,

    /// <summary>A host name has an empty label.</summary>
    HostNameInvalid,

    /// <summary>A text of /proc/net has not 8 or 32 hexadecimal digits, a colon and four more.</summary>
    HexLengthWrong,
}

/// <summary>Says what is wrong with a text and where.</summary>
/// <remarks>
/// <c>default</c> means that nothing is wrong. A text with several faults reports the leftmost one that was met.
/// Costs nothing to make; only <see cref="Message"/> allocates.
/// </remarks>
/// <param name="Fault">What is wrong.</param>
/// <param name="Position">Where it begins: a zero-based index into the text, in characters (or bytes, for UTF-8).</param>
/// <param name="Length">How many characters (or bytes) it covers; 0 where something is missing.</param>
public readonly record struct EndpointError(EndpointFault Fault, int Position, int Length)
{
    /// <summary>The error in words, for example <c>port is above 65535 at position 12</c>; made on demand, allocates.</summary>
    public string Message => Fault == EndpointFault.None
        ? Words(Fault)
        : string.Create(CultureInfo.InvariantCulture, $"{Words(Fault)} at position {Position}");

    /// <summary>What is wrong without where, for a message that names the place itself.</summary>
    internal string What => Words(Fault);

    /// <summary>The same words as <see cref="Message"/>.</summary>
    public override string ToString() => Message;

    private static string Words(EndpointFault fault) => fault switch
    {
        EndpointFault.None => "no fault",
        EndpointFault.Empty => "text is empty",
        EndpointFault.TooLong => "text is longer than 128 characters",
        EndpointFault.UnexpectedCharacter => "unexpected character",
        EndpointFault.NotAscii => "character outside ASCII",
        EndpointFault.AddressMissing => "address is missing",
        EndpointFault.OctetMissing => "octet of the IPv4 address is missing",
        EndpointFault.OctetLeadingZero => "octet has a leading zero",
        EndpointFault.OctetTooLarge => "octet is above 255",
        EndpointFault.TooManyOctets => "IPv4 address has more than four octets",
        EndpointFault.GroupMissing => "group of the IPv6 address is missing",
        EndpointFault.GroupTooLong => "group has more than four digits",
        EndpointFault.SecondDoubleColon => "second \"::\"",
        EndpointFault.TooFewGroups => "IPv6 address has too few groups",
        EndpointFault.TooManyGroups => "IPv6 address has too many groups",
        EndpointFault.BracketsMissing => "IPv6 address needs brackets before a port",
        EndpointFault.BracketsNotAllowed => "brackets belong to an endpoint",
        EndpointFault.BracketsOnIPv4 => "IPv4 address stands in brackets",
        EndpointFault.BracketNotClosed => "closing bracket is missing",
        EndpointFault.ZoneMissing => "zone is missing",
        EndpointFault.ZoneTooLarge => "zone is above 4294967295",
        EndpointFault.ZoneOnIPv4 => "IPv4 address has a zone",
        EndpointFault.ZoneNotAllowed => "prefix has a zone",
        EndpointFault.ZoneNameNeedsHost => "zone name needs a host to be resolved",
        EndpointFault.PortMissing => "port is missing",
        EndpointFault.PortTooLarge => "port is above 65535",
        EndpointFault.PortNotAllowed => "port is not allowed here",
        EndpointFault.PrefixLengthMissing => "prefix length is missing",
        EndpointFault.PrefixLengthLeadingZero => "prefix length has a leading zero",
        EndpointFault.PrefixLengthTooLarge => "prefix length is above the bits of the address",
        EndpointFault.PrefixLengthNotAllowed => "prefix length is not allowed here",
        EndpointFault.HostBitsSet => "prefix has host bits set",
        EndpointFault.HostNameInvalid => "host name has an empty label",
        EndpointFault.HexLengthWrong => "not 8 or 32 hexadecimal digits, a colon and 4 digits",
        _ => "unknown fault",
    };
}
