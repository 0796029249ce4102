using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Serva.Diagnostics.Cli;

/// <summary>Standard output as the system has it: unlike the console's stream it tells that nobody reads it any more.</summary>
internal static class StandardOutput
{
    // EPIPE, and ERROR_BROKEN_PIPE and ERROR_NO_DATA as results.
    private const int BrokenPipe = 32, WindowsBrokenPipe = unchecked((int)0x8007006D), WindowsNoData = unchecked((int)0x800700E8);

    private const int WindowsStandardOutput = -11;

    private static FileStream? s_stream;

    /// <exception cref="ReaderGoneException">Nobody reads it any more.</exception>
    public static void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            s_stream ??= Open();
            s_stream.Write(bytes);
        }
        catch (IOException error) when (error.HResult is BrokenPipe or WindowsBrokenPipe or WindowsNoData)
        {
            throw new ReaderGoneException();
        }
    }

    private static FileStream Open()
    {
        var handle = new SafeFileHandle(OperatingSystem.IsWindows() ? GetStdHandle(WindowsStandardOutput) : 1, ownsHandle: false);
        return new FileStream(handle, FileAccess.Write, bufferSize: 0);
    }

    [DllImport("kernel32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint GetStdHandle(int which);
}

/// <summary>Nobody reads standard output any more, so that a command that goes on has nothing left to do.</summary>
internal sealed class ReaderGoneException() : Exception("nobody reads the output");
