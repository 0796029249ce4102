using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Serva.Diagnostics.Capture.Windows.Native;

/// <summary>Declarations of iphlpapi.dll. Every function answers a Win32 error, 0 for success.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class IpHelperApi
{
    private const string Library = "iphlpapi.dll";

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial uint GetExtendedTcpTable(byte* table, uint* size, int order, uint family, uint tableClass, uint reserved);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial uint GetExtendedUdpTable(byte* table, uint* size, int order, uint family, uint tableClass, uint reserved);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial uint GetIfTable2(byte** table);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial uint GetIpInterfaceTable(ushort family, byte** table);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial uint GetUnicastIpAddressTable(ushort family, byte** table);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial uint GetIpForwardTable2(ushort family, byte** table);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial void FreeMibTable(byte* table);
}
