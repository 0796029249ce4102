using System;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Serva.Diagnostics.Tests.Addressing;

/// <summary>Readable pages between pages that nobody may touch: what reads outside ends the process.</summary>
internal sealed unsafe partial class GuardedPage : IDisposable
{
    private const int Granule = 65536; // a multiple of the page size of every system in use

    private readonly byte* _all;

    internal GuardedPage()
    {
        if (OperatingSystem.IsWindows())
        {
            _all = (byte*)VirtualAlloc(0, 3 * Granule, 0x2000, 0x01); // MEM_RESERVE, PAGE_NOACCESS
            if (_all == null || VirtualAlloc((nint)(_all + Granule), Granule, 0x1000, 0x04) == 0) // MEM_COMMIT, PAGE_READWRITE
                throw new Win32Exception();
            return;
        }

        int anonymous = OperatingSystem.IsLinux() ? 0x20 : 0x1000;
        nint address = Map(0, 3 * Granule, 0, 0x02 | anonymous, -1, 0); // PROT_NONE, MAP_PRIVATE
        if (address == -1 || Protect(address + Granule, Granule, 3) != 0) // PROT_READ | PROT_WRITE
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        _all = (byte*)address;
    }

    internal byte* Start => _all + Granule;

    internal byte* End => _all + (2 * Granule);

    public void Dispose()
    {
        if (OperatingSystem.IsWindows())
            _ = VirtualFree((nint)_all, 0, 0x8000); // MEM_RELEASE
        else
            _ = Unmap((nint)_all, 3 * Granule);
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint VirtualAlloc(nint address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(nint address, nuint size, uint type);
}
