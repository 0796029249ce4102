using System;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>What a test does to its own sockets that the framework does not offer.</summary>
internal static partial class LibC
{
    /// <summary>Lets child processes inherit a socket.</summary>
    public static void LetChildrenInherit(Socket socket)
    {
        const int SetDescriptorFlags = 2;
        Assert.Equal(0, Control((int)socket.Handle, SetDescriptorFlags, 0));
    }

    /// <summary>A socket of a protocol that the framework does not know, bound to 127.0.0.1.</summary>
    /// <returns>The socket, or null when the kernel has no such protocol.</returns>
    public static unsafe Socket? TryBind(int type, int protocol, ushort port)
    {
        int descriptor = Open(2, type | 0x80000, protocol);
        if (descriptor < 0)
            return null;
        var handle = new SafeSocketHandle(descriptor, ownsHandle: true);
        byte* address = stackalloc byte[16] { 2, 0, (byte)(port >> 8), (byte)port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
        if (!BitConverter.IsLittleEndian)
            (address[0], address[1]) = (0, 2);
        Assert.Equal(0, Bind(descriptor, address, 16));
        return new Socket(handle);
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "socket")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Bind(int descriptor, byte* address, int length);
}
