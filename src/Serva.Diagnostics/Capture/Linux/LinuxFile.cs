using System;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Serva.Diagnostics.Capture;

/// <summary>An open file or directory of the kernel's file systems, read from the start to the end and never sought in.</summary>
[SupportedOSPlatform("linux")]
internal readonly unsafe struct LinuxFile : IDisposable
{
    // O_CLOEXEC is the same on every architecture; O_DIRECTORY is not, and a directory opens without it.
    private const int CloseOnExec = 0x80000;
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
}
