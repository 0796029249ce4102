namespace Serva.Diagnostics.Binding;

/// <summary>The codes of a bind prediction's trace and conflicts: stable, for programs.</summary>
internal static class BindSteps
{
    /// <summary>An option of the request contradicts another, or is not allowed to the asker.</summary>
    public const string Option = "bind.option";

    /// <summary>An option of the request means nothing on this system.</summary>
    public const string OptionIgnored = "bind.option.ignored";

    /// <summary>The address family or the shape of the address.</summary>
    public const string Family = "bind.family";

    /// <summary>The interface the socket is bound to.</summary>
    public const string Device = "bind.device";

    /// <summary>Whether the address may be bound on this host.</summary>
    public const string Address = "bind.address";

    /// <summary>Windows: a broadcast address, which needs SO_BROADCAST.</summary>
    public const string BroadcastAddress = "bind.address.broadcast";

    /// <summary>A port below the first unprivileged one.</summary>
    public const string PrivilegedPort = "bind.port.privileged";

    /// <summary>Port 0: the system chooses.</summary>
    public const string AutomaticPort = "bind.port.automatic";

    /// <summary>Windows: a port inside an excluded range.</summary>
    public const string ExcludedPort = "bind.port.excluded";

    /// <summary>A rights question other than a privileged port.</summary>
    public const string Rights = "bind.rights";

    /// <summary>A socket on the port that is in the way.</summary>
    public const string Holder = "bind.holder";

    /// <summary>Sockets on the port that are not in the way.</summary>
    public const string HolderShares = "bind.holder.shares";

    /// <summary>Linux: what a port may remember of a socket that has gone.</summary>
    public const string Memory = "bind.port.memory";

    /// <summary>No socket on the port at all.</summary>
    public const string Free = "bind.free";

    /// <summary>How much of the socket table was seen.</summary>
    public const string Coverage = "bind.sockets.coverage";

    /// <summary>Windows: the cell of the sharing matrix, with what is known of its truth.</summary>
    public const string Matrix = "bind.matrix";

    /// <summary>The listen stage.</summary>
    public const string Listen = "bind.listen";

    /// <summary>This system's rules are not modelled; the general ones were applied.</summary>
    public const string GeneralRules = "bind.general-rules";

    /// <summary>Conflict: the same endpoint.</summary>
    public const string SameEndpoint = "conflict.same-endpoint";

    /// <summary>Conflict: the holder's wildcard address covers the requested one.</summary>
    public const string WildcardHolder = "conflict.wildcard-holder";

    /// <summary>Conflict: the requested wildcard address covers the holder's.</summary>
    public const string WildcardRequest = "conflict.wildcard-request";

    /// <summary>Conflict: an IPv6 holder that serves IPv4 too.</summary>
    public const string DualStackHolder = "conflict.dual-stack-holder";

    /// <summary>Conflict: an IPv6 request that would serve IPv4 too.</summary>
    public const string DualStackRequest = "conflict.dual-stack-request";
}
