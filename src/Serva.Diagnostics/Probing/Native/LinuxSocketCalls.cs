using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Serva.Diagnostics.Probing.Native;

/// <summary>
/// The socket calls of Linux's C library. .NET's own <c>Socket</c> sets SO_REUSEADDR before every TCP bind, so it
/// cannot ask what a server without that option would meet.
/// </summary>
/// <remarks>The constants are those of include/uapi (asm-generic), which every architecture that .NET runs on shares.</remarks>
[SupportedOSPlatform("linux")]
internal static unsafe partial class LinuxSocketCalls
{
    public const int Inet = 2;
    public const int Inet6 = 10;
    public const int Stream = 1;
    public const int Datagram = 2;
    public const int Raw = 3;
    public const int CloseOnExec = 0x80000;

    public const int SocketLevel = 1;
    public const int ReuseAddress = 2;
    public const int ReusePort = 15;
    public const int BindToDevice = 25;

    public const int IPLevel = 0;
    public const int IPFreeBind = 15;
    public const int IPTransparent = 19;
    public const int IPLocalPortRange = 51;

    public const int IPv6Level = 41;
    public const int IPv6Only = 26;
    public const int IPv6Transparent = 75;
    public const int IPv6FreeBind = 78;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Open(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int SetOption(int descriptor, int level, int name, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Bind(int descriptor, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Listen(int descriptor, int backlog);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint EffectiveUserId();
}
