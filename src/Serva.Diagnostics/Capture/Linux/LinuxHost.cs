using System;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>The system and who asks: <c>/proc/sys/kernel/osrelease</c>, os-release(5), <c>/proc/thread-self</c>.</summary>
[SupportedOSPlatform("linux")]
internal static class LinuxHost
{
    private const int MaxFile = 1 << 14;

    public static HostPlatform ReadPlatform()
    {
        Span<byte> text = stackalloc byte[MaxFile];
        int release = LinuxFile.ReadAll("/proc/sys/kernel/osrelease", text);
        Version version = ProcText.KernelVersion(text[..Math.Max(0, release)]);
        int length = LinuxFile.ReadAll("/etc/os-release", text);
        if (length < 0)
            length = LinuxFile.ReadAll("/usr/lib/os-release", text);
        return new HostPlatform
        {
            Family = PlatformFamily.Linux,
            Version = version,
            Name = ProcText.PrettyName(text[..Math.Max(0, length)]),
            Architecture = RuntimeInformation.OSArchitecture.ToString(),
            NetworkNamespace = ReadNamespace("/proc/thread-self/ns/net\0"u8),
            ProcessNamespace = ReadProcessNamespace(),
        };
    }

    public static Identity ReadIdentity(LinuxProcesses processes)
    {
        Span<byte> text = stackalloc byte[MaxFile];
        int length = LinuxFile.ReadAll("/proc/thread-self/status", text);
        ProcStatus status = ProcStatus.Read(text[..Math.Max(0, length)]);
        uint? user = status.EffectiveUserId;
        return new Identity
        {
            UserId = user,
            UserName = user is { } id ? processes.UserName(id) : null,
            IsElevated = user is null ? null : user == 0,
            Capabilities = status.EffectiveCapabilities,
            SecurityLabel = processes.OwnLabel,
        };
    }

    /// <summary>The inode of the process namespace; null when unknown.</summary>
    public static ulong? ReadProcessNamespace() => ReadNamespace("/proc/thread-self/ns/pid\0"u8);

    private static ulong? ReadNamespace(ReadOnlySpan<byte> terminatedPath)
    {
        Span<byte> link = stackalloc byte[64];
        int length = LinuxFile.ReadLinkAt(terminatedPath, link);
        return length > 0 ? ProcText.NamespaceInode(link[..length]) : null;
    }
}
