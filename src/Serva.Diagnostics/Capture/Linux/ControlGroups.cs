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

    // Opened once and never closed: doing it for each group is a tenth of finding an owner. A root that serves no more, since
    // somebody mounted over it or closed it, only costs the shortcut. The last group was in the likely one.
    private static readonly LinuxFile?[] s_roots = new LinuxFile?[s_mounts.Length];
    private static int s_likely;

    /// <summary>Adds the processes of a small group; nothing of a large one, which says nothing about its sockets.</summary>
    public static void AddProcesses(ulong group, List<int> processIds)
    {
        if (!TryOpen(group, out LinuxFile directory))
            return;
        using (directory)
            AddProcesses(directory, processIds);
    }

    private static bool TryOpen(ulong group, out LinuxFile directory)
    {
        lock (s_roots)
        {
            for (int i = 0; i < s_mounts.Length; i++)
            {
                int mount = (s_likely + i) % s_mounts.Length;
                s_roots[mount] ??= LinuxFile.TryOpen(s_mounts[mount], out LinuxFile opened) == 0 ? opened : null;
                if (s_roots[mount] is { } root && root.TryOpenNumber(group, out directory) == 0)
                {
                    s_likely = mount;
                    return true;
                }
            }
        }

        directory = default;
        return false;
    }

    private static void AddProcesses(LinuxFile directory, List<int> processIds)
    {
        Span<byte> text = stackalloc byte[MostProcesses * BytesPerProcess];
        // seq_read_iter in fs/seq_file.c fills the buffer: what comes short of it is all.
        int length = directory.ReadOnce("cgroup.procs\0"u8, text);
        if (length > 0 && length < text.Length)
            ProcText.AddProcessIds(text[..length], processIds);
    }
}
