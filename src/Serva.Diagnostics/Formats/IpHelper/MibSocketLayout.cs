namespace Serva.Diagnostics.Formats.IpHelper;

/// <summary>
/// Where the members of one socket table's rows are. The rows hold no pointers, and 64-bit members are 8-aligned on
/// x86 as on x64 and ARM64, so one layout serves every processor. Source: tcpmib.h and udpmib.h of the Windows SDK.
/// </summary>
/// <param name="Name">The structure, as the SDK names it.</param>
/// <param name="Protocol">The protocol of the table.</param>
/// <param name="IsIPv6">Whether the addresses have 16 bytes and a scope.</param>
/// <param name="FirstRow">The offset of the first row.</param>
/// <param name="RowSize">The size of a row.</param>
/// <param name="State">The state's offset; -1 for none.</param>
/// <param name="Local">The local address's offset; the scope (IPv6) and port follow it.</param>
/// <param name="Remote">The remote address's offset; -1 for none.</param>
/// <param name="ProcessId">The owner's offset.</param>
/// <param name="Created">The offset of the time of the bind (FILETIME); -1 for none.</param>
internal sealed record MibSocketLayout(
    string Name,
    TransportProtocol Protocol,
    bool IsIPv6,
    int FirstRow,
    int RowSize,
    int State,
    int Local,
    int Remote,
    int ProcessId,
    int Created)
{
    /// <summary>MIB_TCPROW_OWNER_PID: state, local address and port, remote address and port, process.</summary>
    public static MibSocketLayout Tcp4OwnerPid { get; } =
        new("MIB_TCPTABLE_OWNER_PID", TransportProtocol.Tcp, false, 4, 24, 0, 4, 12, 20, -1);

    /// <summary>MIB_TCPROW_OWNER_MODULE: the same, then the time of the bind and 16 words about the module.</summary>
    public static MibSocketLayout Tcp4OwnerModule { get; } =
        new("MIB_TCPTABLE_OWNER_MODULE", TransportProtocol.Tcp, false, 8, 160, 0, 4, 12, 20, 24);

    /// <summary>MIB_TCP6ROW_OWNER_PID: local address, scope and port, remote address, scope and port, state, process.</summary>
    public static MibSocketLayout Tcp6OwnerPid { get; } =
        new("MIB_TCP6TABLE_OWNER_PID", TransportProtocol.Tcp, true, 4, 56, 48, 0, 24, 52, -1);

    /// <summary>MIB_TCP6ROW_OWNER_MODULE: the same, then the time of the bind and 16 words about the module.</summary>
    public static MibSocketLayout Tcp6OwnerModule { get; } =
        new("MIB_TCP6TABLE_OWNER_MODULE", TransportProtocol.Tcp, true, 8, 192, 48, 0, 24, 52, 56);

    /// <summary>MIB_UDPROW_OWNER_PID: local address and port, process.</summary>
    public static MibSocketLayout Udp4OwnerPid { get; } =
        new("MIB_UDPTABLE_OWNER_PID", TransportProtocol.Udp, false, 4, 12, -1, 0, -1, 8, -1);

    /// <summary>MIB_UDPROW_OWNER_MODULE: the same, padding, the time of the bind, flags, 16 words about the module.</summary>
    public static MibSocketLayout Udp4OwnerModule { get; } =
        new("MIB_UDPTABLE_OWNER_MODULE", TransportProtocol.Udp, false, 8, 160, -1, 0, -1, 8, 16);

    /// <summary>MIB_UDP6ROW_OWNER_PID: local address, scope and port, process.</summary>
    public static MibSocketLayout Udp6OwnerPid { get; } =
        new("MIB_UDP6TABLE_OWNER_PID", TransportProtocol.Udp, true, 4, 28, -1, 0, -1, 24, -1);

    /// <summary>MIB_UDP6ROW_OWNER_MODULE: the same, padding, the time of the bind, flags, 16 words about the module.</summary>
    public static MibSocketLayout Udp6OwnerModule { get; } =
        new("MIB_UDP6TABLE_OWNER_MODULE", TransportProtocol.Udp, true, 8, 176, -1, 0, -1, 24, 32);
}
