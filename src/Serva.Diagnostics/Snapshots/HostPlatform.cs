using System;

namespace Serva.Diagnostics.Snapshots;

/// <summary>The kind of operating system a snapshot was taken on.</summary>
public enum PlatformFamily
{
    /// <summary>Not known, or none of the others.</summary>
    Other = 0,

    /// <summary>Windows, any version.</summary>
    Windows,

    /// <summary>Linux.</summary>
    Linux,

    /// <summary>macOS.</summary>
    MacOS,

    /// <summary>A BSD.</summary>
    Bsd,
}

/// <summary>The operating system of a snapshot, as data: an engine asks this, never the machine it runs on.</summary>
public sealed record HostPlatform
{
    /// <summary>The kind of system.</summary>
    public required PlatformFamily Family { get; init; }

    /// <summary>The version: Windows <c>10.0.19044</c>, Linux the kernel's <c>6.18.44</c>.</summary>
    public required Version Version { get; init; }

    /// <summary>
    /// Why <see cref="Version"/> is only taken to be so, as the earliest that is thinkable: nothing told it. Null when it was read.
    /// Whoever asks for another version cannot be answered surely.
    /// </summary>
    public string? VersionAssumedBecause { get; init; }

    /// <summary>Windows: the update build revision (UBR) that orders cumulative updates; null when unknown.</summary>
    public int? Revision { get; init; }

    /// <summary>What the system calls itself, for example <c>Windows 10 Pro</c> or <c>Debian GNU/Linux 12</c>; null when unknown.</summary>
    public string? Name { get; init; }

    /// <summary>Windows: <c>Client</c>, <c>Server</c> or <c>Server Core</c>; null when unknown.</summary>
    public string? InstallationType { get; init; }

    /// <summary>The processor architecture, for example <c>X64</c>; null when unknown.</summary>
    public string? Architecture { get; init; }

    /// <summary>Linux: the inode of the network namespace that was read; null when unknown.</summary>
    public ulong? NetworkNamespace { get; init; }

    /// <summary>Linux: the inode of the process namespace that was read; null when unknown.</summary>
    public ulong? ProcessNamespace { get; init; }
}

/// <summary>Who asks: the account and rights that a bind is judged with.</summary>
public sealed record Identity
{
    /// <summary>The account's name; null when unknown.</summary>
    public string? UserName { get; init; }

    /// <summary>Linux: the effective user id; null when unknown.</summary>
    public uint? UserId { get; init; }

    /// <summary>Root, or an elevated administrator; null when unknown.</summary>
    public bool? IsElevated { get; init; }

    /// <summary>Linux: the effective capability set (<c>CapEff</c> of <c>/proc/self/status</c>); null when unknown.</summary>
    public ulong? Capabilities { get; init; }

    /// <summary>Linux: the label that a security module has for it, as <see cref="ProcessRow.SecurityLabel"/>; null for none, and when unknown.</summary>
    public string? SecurityLabel { get; init; }
}
