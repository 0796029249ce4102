using System;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Serva.Diagnostics.Capture;

/// <summary>An open file or directory of the kernel's file systems, read from the start to the end and never sought in.</summary>
[SupportedOSPlatform("linux")]
internal readonly unsafe struct LinuxFile : IDisposable
{
    // O_CLOEXEC and O_PATH are the same on every architecture that .NET has; O_DIRECTORY is not, and a directory opens without it.
    private const int CloseOnExec = 0x80000;

    // O_PATH: half of what opening costs; what is not opened for reading cannot be listed.
    private const int PathOnly = 0x200000;
    private const int MaxPath = 4096;

    private readonly int _descriptor;

    private LinuxFile(int descriptor) => _descriptor = descriptor;

    /// <summary>Opens for reading.</summary>
    /// <param name="path">The path from the root.</param>
    /// <param name="file">The open file, which is the caller's to dispose of.</param>
    /// <returns>0, or the error number.</returns>
    public static int TryOpen(string path, out LinuxFile file)
    {
        Span<byte> bytes = stackalloc byte[Math.Min(Encoding.UTF8.GetMaxByteCount(path.Length), MaxPath) + 1];
        if (!Encoding.UTF8.TryGetBytes(path, bytes[..^1], out int length))
        {
            file = default;
            return LinuxError.NoEntry;
        }

        bytes[length] = 0;
        return TryOpen(LinuxLibrary.CurrentDirectory, bytes, out file);
    }

    /// <summary>Opens for reading; the path from the root ends with a NUL.</summary>
    public static int TryOpenAbsolute(ReadOnlySpan<byte> terminatedPath, out LinuxFile file) =>
        TryOpen(LinuxLibrary.CurrentDirectory, terminatedPath, out file);

    /// <summary>Opens a file of this directory; the name ends with a NUL.</summary>
    public int TryOpen(ReadOnlySpan<byte> terminatedName, out LinuxFile file) => TryOpen(_descriptor, terminatedName, out file);

    /// <summary>Puts this thread into the network namespace that the file stands for. Needs CAP_SYS_ADMIN.</summary>
    /// <returns>0, or the error number.</returns>
    public int EnterNetworkNamespace()
    {
        const int NewNetwork = 0x40000000;
        return LinuxLibrary.SetNamespace(_descriptor, NewNetwork) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Reads the next bytes: 0 at the end, the negative error number when that fails.</summary>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                nint count = LinuxLibrary.Read(_descriptor, start, (nuint)buffer.Length);
                if (count >= 0)
                    return (int)count;
                int error = Marshal.GetLastPInvokeError();
                if (error != LinuxError.Interrupted)
                    return -error;
            }
        }
    }

    /// <summary>Reads to the end, or until the buffer is full; the negative error number when that fails.</summary>
    public int ReadAll(Span<byte> buffer)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int count = Read(buffer[total..]);
            if (count < 0)
                return count;
            if (count == 0)
                break;
            total += count;
        }

        return total;
    }

    /// <summary>Reads the next directory entries: 0 at the end, the negative error number when that fails.</summary>
    public int ReadEntries(Span<byte> buffer)
    {
        int number = GetDirectoryEntries;
        if (number == 0)
            return -38;
        fixed (byte* start = buffer)
        {
            nint count = LinuxLibrary.SystemCall(number, _descriptor, start, (nuint)buffer.Length);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Goes to a position of a directory, whose meaning is the file system's; 0 when that fails.</summary>
    public long Seek(long position) => Math.Max(0, LinuxLibrary.Seek(_descriptor, (nint)position, 0));

    /// <summary>
    /// Opens a directory of a kernel's file system by its number (<c>FILEID_KERNFS</c>), which needs CAP_DAC_READ_SEARCH;
    /// this is any directory of it. Its files can be opened, its entries cannot be listed.
    /// </summary>
    /// <returns>0, or the error number.</returns>
    public int TryOpenNumber(ulong number, out LinuxFile file)
    {
        // struct file_handle: u32 length, i32 type, value.
        const int KernelFileSystem = 0xfe;
        byte* handle = stackalloc byte[16];
        *(uint*)handle = sizeof(ulong);
        *(int*)(handle + 4) = KernelFileSystem;
        *(ulong*)(handle + 8) = number;
        int descriptor = LinuxLibrary.OpenByHandleAt(_descriptor, handle, CloseOnExec | PathOnly);
        file = new LinuxFile(descriptor);
        return descriptor >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Whose the open file is, and what tells one content of it from another; false when that cannot be asked.</summary>
    public bool TryStatus(out FileStatus status)
    {
        const int EmptyPath = 0x1000;
        const int BasicStatus = 0x7ff;
        status = default;
        if (GetStatus == 0)
            return false;
        // struct statx: uid at 20, inode at 32, size at 40, mtime at 112 (s64 and u32).
        byte* buffer = stackalloc byte[256];
        byte nothing = 0;
        if (LinuxLibrary.SystemCall(GetStatus, _descriptor, &nothing, EmptyPath, BasicStatus, buffer) != 0)
            return false;
        status = new FileStatus(
            *(uint*)(buffer + 20), *(ulong*)(buffer + 32), *(ulong*)(buffer + 40), *(long*)(buffer + 112), *(uint*)(buffer + 120));
        return true;
    }

    /// <summary>Reads a link of this directory; the name ends with a NUL. The negative error number when that fails.</summary>
    public int ReadLink(ReadOnlySpan<byte> terminatedName, Span<byte> buffer) => ReadLink(_descriptor, terminatedName, buffer);

    /// <summary>Reads a link; the path from the root ends with a NUL.</summary>
    public static int ReadLinkAt(ReadOnlySpan<byte> terminatedPath, Span<byte> buffer) =>
        ReadLink(LinuxLibrary.CurrentDirectory, terminatedPath, buffer);

    /// <summary>Reads a whole small file, at most as much as the buffer holds; the negative error number when that fails.</summary>
    public static int ReadAll(string path, Span<byte> buffer)
    {
        int error = TryOpen(path, out LinuxFile file);
        if (error != 0)
            return -error;
        using (file)
            return file.ReadAll(buffer);
    }

    /// <summary>
    /// Reads a small file of this directory by one read, which is enough where the kernel makes it in one piece (<c>single_open</c>
    /// in fs/proc/base.c: stat, status, cgroup); the name ends with a NUL. The negative error number when that fails.
    /// </summary>
    public int ReadOnce(ReadOnlySpan<byte> terminatedName, Span<byte> buffer)
    {
        int error = TryOpen(terminatedName, out LinuxFile file);
        if (error != 0)
            return -error;
        using (file)
            return file.Read(buffer);
    }

    /// <summary>Reads a whole small file of this directory; the name ends with a NUL.</summary>
    public int ReadAll(ReadOnlySpan<byte> terminatedName, Span<byte> buffer)
    {
        int error = TryOpen(terminatedName, out LinuxFile file);
        if (error != 0)
            return -error;
        using (file)
            return file.ReadAll(buffer);
    }

    // Linux releases the descriptor whatever close(2) answers.
    public void Dispose() => _ = LinuxLibrary.Close(_descriptor);

    private static int TryOpen(int directory, ReadOnlySpan<byte> terminatedName, out LinuxFile file)
    {
        fixed (byte* start = terminatedName)
        {
            int descriptor = LinuxLibrary.OpenAt(directory, start, CloseOnExec);
            file = new LinuxFile(descriptor);
            return descriptor >= 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    private static int ReadLink(int directory, ReadOnlySpan<byte> terminatedName, Span<byte> buffer)
    {
        fixed (byte* name = terminatedName)
        fixed (byte* start = buffer)
        {
            nint count = LinuxLibrary.ReadLinkAt(directory, name, start, (nuint)buffer.Length);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    // The number of getdents64(2); 0 where it is not known.
    private static int GetDirectoryEntries => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 or Architecture.Arm => 217,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 61,
        Architecture.X86 or Architecture.S390x => 220,
        Architecture.Ppc64le => 202,
        _ => 0,
    };

    // The number of statx(2); 0 where it is not known.
    private static int GetStatus => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 332,
        Architecture.Arm => 397,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 291,
        Architecture.X86 or Architecture.Ppc64le => 383,
        Architecture.S390x => 379,
        _ => 0,
    };
}

/// <summary>What statx(2) tells of a file. A process's directory is owned by its effective user.</summary>
/// <param name="UserId">The owner.</param>
/// <param name="Inode">The inode.</param>
/// <param name="Length">The length in bytes.</param>
/// <param name="ModifiedSeconds">When it was last written, in seconds since 1970.</param>
/// <param name="ModifiedNanoseconds">And nanoseconds.</param>
internal readonly record struct FileStatus(uint UserId, ulong Inode, ulong Length, long ModifiedSeconds, uint ModifiedNanoseconds);
