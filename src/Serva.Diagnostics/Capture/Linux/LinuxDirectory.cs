using System;
using System.Collections.Generic;
using System.Runtime.Versioning;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Formats.Proc;

namespace Serva.Diagnostics.Capture;

/// <summary>Lists directories of the kernel's file systems.</summary>
[SupportedOSPlatform("linux")]
internal static class LinuxDirectory
{
    private const int MaxEntries = 1 << 22;

    /// <summary>The entries of <c>/proc</c> that are processes, in the system's order.</summary>
    /// <returns>0, or the error number.</returns>
    public static int ReadProcessIds(List<int> processIds, SourceClock clock)
    {
        int error = LinuxFile.TryOpen("/proc", out LinuxFile directory);
        if (error != 0)
            return error;
        byte[] buffer = KernelBuffer.Take();
        try
        {
            using (directory)
            {
                int length;
                while ((length = directory.ReadEntries(buffer)) > 0 && processIds.Count < MaxEntries && !clock.IsOver())
                {
                    var entries = new DirectoryEntries(buffer.AsSpan(0, length), NativeNumbers.OrderOf(BitConverter.IsLittleEndian));
                    while (entries.MoveNext())
                    {
                        if (entries.TryNumber(out int processId) && processId > 0)
                            processIds.Add(processId);
                    }
                }

                return Math.Max(0, -length);
            }
        }
        finally
        {
            KernelBuffer.Keep(buffer);
        }
    }

    /// <summary>The names in a directory, in the system's order, without the dots.</summary>
    /// <returns>0, or the error number.</returns>
    public static int ReadNames(string path, List<string> names, SourceClock clock)
    {
        int error = LinuxFile.TryOpen(path, out LinuxFile directory);
        if (error != 0)
            return error;
        byte[] buffer = KernelBuffer.Take();
        try
        {
            using (directory)
            {
                int length;
                while ((length = directory.ReadEntries(buffer)) > 0 && names.Count < MaxEntries && !clock.IsOver())
                {
                    var entries = new DirectoryEntries(buffer.AsSpan(0, length), NativeNumbers.OrderOf(BitConverter.IsLittleEndian));
                    while (entries.MoveNext())
                    {
                        if (!entries.Name.SequenceEqual("."u8) && !entries.Name.SequenceEqual(".."u8))
                            names.Add(MachineText.Read(entries.Name));
                    }
                }

                return Math.Max(0, -length);
            }
        }
        finally
        {
            KernelBuffer.Keep(buffer);
        }
    }
}
