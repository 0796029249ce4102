using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Serva.Diagnostics.Capture.Windows.Native;

/// <summary>Declarations of kernel32.dll and ntdll.dll.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class Kernel32
{
    public const uint ProcessQueryLimitedInformation = 0x1000;
    public const uint SnapshotProcesses = 2;
    public const nint InvalidHandle = -1;

    private const string Library = "kernel32.dll";

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial nint OpenProcess(uint access, int inheritHandle, uint processId);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial nint GetCurrentProcess();

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int CloseHandle(nint handle);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int QueryFullProcessImageNameW(nint process, uint flags, char* name, uint* length);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int GetProcessTimes(nint process, long* creation, long* exit, long* kernel, long* user);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial nint CreateToolhelp32Snapshot(uint flags, uint processId);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int Process32FirstW(nint snapshot, byte* entry);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int Process32NextW(nint snapshot, byte* entry);

    /// <summary>The version that no compatibility setting falsifies. Answers an NTSTATUS.</summary>
    [LibraryImport("ntdll.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial uint RtlGetVersion(byte* information);
}
