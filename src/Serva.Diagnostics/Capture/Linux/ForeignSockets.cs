using System;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Asks the sockets of one process for options that no table of the kernel shows. Takes a copy of the descriptor by
/// pidfd_getfd(2), which is the same open socket, calls nothing but getsockopt(2) on it, and closes it.
/// </summary>
/// <remarks>
/// Needs the right to attach to the process by ptrace (<c>PTRACE_MODE_ATTACH_REALCREDS</c>). The copy is closed on exec,
/// and before anything else happens; the kernel closes it too when this process ends at that moment.
/// </remarks>
[SupportedOSPlatform("linux")]
internal unsafe struct ForeignSockets(int processId) : IDisposable
{
    // One number on every architecture that .NET runs on (asm-generic/unistd.h and the tables of x86, Arm and s390).
    private const int OpenProcess = 434;
    private const int GetDescriptor = 438;

    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private const int ReusePort = 15;
    private const int Cookie = 57;
    private const int IPv6Level = 41;
    private const int IPv6Only = 26;
    private const int NotOpened = -1;
    private const int Refused = -2;

    private int _process = NotOpened;

    /// <summary>The row with the options that its socket has now; unchanged when they could not be read.</summary>
    /// <param name="row">A socket of the process, with its cookie.</param>
    /// <param name="descriptor">The descriptor that the process had for it a moment ago.</param>
    public SocketRow Ask(in SocketRow row, int descriptor)
    {
        // Without a cookie nobody can tell whether the descriptor still means this socket.
        if (row.Cookie == 0 || !TryOpenProcess())
            return row;
        int copy = (int)LinuxLibrary.SystemCall(GetDescriptor, _process, descriptor, 0);
        if (copy < 0)
        {
            // EBADF is a descriptor that was closed meanwhile; anything else will be said of the next one too.
            if (Marshal.GetLastPInvokeError() is LinuxError.AccessDenied or LinuxError.NotPermitted)
                Refuse();
            return row;
        }

        try
        {
            ulong cookie = 0;
            if (!TryRead(copy, SocketLevel, Cookie, &cookie, sizeof(ulong)) || cookie != row.Cookie)
                return row;
            bool? only = row.IPv6Only;
            if (only is null && row.Local.Address is { IsIPv6: true, IsIPv4Mapped: false })
                only = ReadFlag(copy, IPv6Level, IPv6Only);
            return row with
            {
                ReuseAddress = ReadFlag(copy, SocketLevel, ReuseAddress),
                ReusePort = ReadFlag(copy, SocketLevel, ReusePort),
                IPv6Only = only,
            };
        }
        finally
        {
            _ = LinuxLibrary.Close(copy);
        }
    }

    public void Dispose() => Refuse();

    private bool TryOpenProcess()
    {
        if (_process == NotOpened)
        {
            int opened = (int)LinuxLibrary.SystemCall(OpenProcess, processId, 0, 0);
            _process = opened >= 0 ? opened : Refused;
        }

        return _process >= 0;
    }

    private void Refuse()
    {
        if (_process >= 0)
            _ = LinuxLibrary.Close(_process);
        _process = Refused;
    }

    private static bool? ReadFlag(int descriptor, int level, int name)
    {
        int* value = stackalloc int[1];
        return TryRead(descriptor, level, name, value, sizeof(int)) ? *value != 0 : null;
    }

    private static bool TryRead(int descriptor, int level, int name, void* value, uint length)
    {
        uint written = length;
        return LinuxLibrary.GetSocketOption(descriptor, level, name, value, &written) == 0 && written == length;
    }
}
