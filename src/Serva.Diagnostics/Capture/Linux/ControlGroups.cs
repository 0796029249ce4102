using System;
using System.Collections.Generic;
using System.Runtime.Versioning;
using Serva.Diagnostics.Formats.Proc;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// The processes of a control group (version 2) that is known by its number, which is its directory's inode. Needs
/// CAP_DAC_READ_SEARCH; without it no group has processes here.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class ControlGroups
{
    private const int MostProcesses = 64;
    private const int BytesPerProcess = 8;

    // Where version 2 is mounted alone, and beside version 1.
    private static readonly string[] s_mounts = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

    /// <summary>Adds the processes of a small group; nothing of a large one, which says nothing about its sockets.</summary>
    public static void AddProcesses(ulong group, List<int> processIds)
    {
        foreach (string mount in s_mounts)
        {
            if (LinuxFile.TryOpen(mount, out LinuxFile root) != 0)
                continue;
            using (root)
            {
                if (root.TryOpenNumber(group, out LinuxFile directory) != 0)
                    continue;
                using (directory)
                    AddProcesses(directory, processIds);
                return;
            }
        }
    }

    private static void AddProcesses(LinuxFile directory, List<int> processIds)
    {
        Span<byte> text = stackalloc byte[MostProcesses * BytesPerProcess];
        int length = directory.ReadAll("cgroup.procs\0"u8, text);
        if (length > 0 && length < text.Length)
            ProcText.AddProcessIds(text[..length], processIds);
    }
}
