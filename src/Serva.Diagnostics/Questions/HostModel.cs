namespace Serva.Diagnostics;

/// <summary>The rules by which a host finds the way of a packet.</summary>
public enum HostModel
{
    /// <summary>Those of the snapshot's own system and version.</summary>
    Native = 0,

    /// <summary>Linux: policy rules, then tables. A bound source decides only where a rule says so.</summary>
    Linux,

    /// <summary>Windows Vista and later, strong host: a bound source leaves by the interface that owns it.</summary>
    Windows,

    /// <summary>Windows Vista and later with WeakHostSend and WeakHostReceive enabled on every interface.</summary>
    WindowsWeak,

    /// <summary>Windows 2000, XP and Server 2003, weak host: a bound source is kept but not obeyed.</summary>
    WindowsXP,
}
