using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Serva.Diagnostics.Cli;

/// <summary>
/// Standard output as the system has it. The console's stream does not tell that nobody reads it any more, and on Unix its
/// first use takes longer than reading a socket table; a file stream would write where it thinks that the file goes on, which
/// on Unix others move.
/// </summary>
internal static unsafe partial class StandardOutput
{
    private const int Interrupted = 4, BrokenPipe = 32;

    private static int TryAgain => OperatingSystem.IsLinux() ? 11 : 35;

    // ERROR_BROKEN_PIPE and ERROR_NO_DATA as results.
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D), WindowsNoData = unchecked((int)0x800700E8);

    private const int WindowsStandardOutput = -11;

    private static FileStream? s_windows;

    /// <exception cref="ReaderGoneException">Nobody reads it any more.</exception>
    /// <exception cref="IOException">It cannot be written for another reason.</exception>
    public static void Write(ReadOnlySpan<byte> bytes)
    {
        if (OperatingSystem.IsWindows())
            WriteOnWindows(bytes);
        else
            WriteOnUnix(bytes);
    }

    private static void WriteOnUnix(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint written;
            fixed (byte* first = bytes)
                written = WriteDescriptor(1, first, (nuint)bytes.Length);
            if (written > 0)
            {
                bytes = bytes[(int)written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    break;
                case int error when error == TryAgain:
                    // Somebody made the pipe non-blocking, and its reader is slow.
                    Thread.Sleep(1);
                    break;
                case BrokenPipe:
                    throw new ReaderGoneException();
                case int error:
                    throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    [SupportedOSPlatform("windows")]
    private static void WriteOnWindows(ReadOnlySpan<byte> bytes)
    {
        try
        {
            s_windows ??= new FileStream(new SafeFileHandle(GetStdHandle(WindowsStandardOutput), ownsHandle: false), FileAccess.Write, bufferSize: 0);
            s_windows.Write(bytes);
        }
        catch (IOException error) when (error.HResult is WindowsBrokenPipe or WindowsNoData)
        {
            throw new ReaderGoneException();
        }
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint WriteDescriptor(int descriptor, byte* bytes, nuint count);

    [LibraryImport("kernel32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint GetStdHandle(int which);
}

/// <summary>Nobody reads standard output any more, so that a command that goes on has nothing left to do.</summary>
internal sealed class ReaderGoneException() : Exception("nobody reads the output");
