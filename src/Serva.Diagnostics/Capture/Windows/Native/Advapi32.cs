using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Serva.Diagnostics.Capture.Windows.Native;

/// <summary>Declarations of advapi32.dll: accounts and the service control manager.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class Advapi32
{
    public const uint TokenQuery = 8;
    public const uint TokenUser = 1;

    public const uint ManagerConnectAndEnumerate = 0x0001 | 0x0004;
    public const uint ServiceQueryConfig = 0x0001;
    public const uint Win32Services = 0x30;
    public const uint AllStates = 3;
    public const uint DelayedAutoStart = 3;

    private const string Library = "advapi32.dll";

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int OpenProcessToken(nint process, uint access, nint* token);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int GetTokenInformation(nint token, uint kind, byte* information, uint length, uint* needed);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int LookupAccountSidW(
        char* system, byte* sid, char* name, uint* nameLength, char* domain, uint* domainLength, uint* use);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial nint OpenSCManagerW(char* machine, char* database, uint access);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int CloseServiceHandle(nint handle);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int EnumServicesStatusExW(
        nint manager, uint level, uint type, uint state, byte* services, uint size, uint* needed, uint* count, uint* resume, char* group);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial nint OpenServiceW(nint manager, char* name, uint access);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int QueryServiceConfigW(nint service, byte* config, uint size, uint* needed);

    [LibraryImport(Library, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int QueryServiceConfig2W(nint service, uint level, byte* config, uint size, uint* needed);
}
