using System;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Serva.Diagnostics.Capture.Windows.Native;

/// <summary>What is used of ole32.dll and of the interfaces of netlistmgr.h, which have the methods of IDispatch before their own.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class NetworkListApi
{
    public const uint Multithreaded = 0, InProcess = 1;

    private const string Library = "ole32.dll";
    private const int FirstMethod = 7;

    /// <summary>CLSID_NetworkListManager.</summary>
    public static readonly Guid Manager = new("DCB00C01-570F-4A9B-8D69-199FDBA5723B");

    /// <summary>IID_INetworkListManager.</summary>
    public static readonly Guid ManagerInterface = new("DCB00000-570F-4A9B-8D69-199FDBA5723B");

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int CoInitializeEx(nint reserved, uint apartment);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial void CoUninitialize();

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int CoCreateInstance(in Guid type, nint outer, uint context, in Guid wanted, out nint made);

    /// <summary>IUnknown::Release.</summary>
    public static void Release(nint its) => ((delegate* unmanaged<nint, uint>)Method(its, 2 - FirstMethod))(its);

    /// <summary>INetworkListManager::GetNetworkConnections; 0 for none.</summary>
    public static int GetNetworkConnections(nint manager, out nint connections) => Get(manager, 2, out connections);

    /// <summary>IEnumNetworkConnections::Next, for one; 0 when there was one.</summary>
    public static int Next(nint connections, out nint connection)
    {
        nint its = 0;
        uint fetched;
        int result = ((delegate* unmanaged<nint, uint, nint*, uint*, int>)Method(connections, 1))(connections, 1, &its, &fetched);
        connection = its;
        return result;
    }

    /// <summary>INetworkConnection::GetNetwork.</summary>
    public static int GetNetwork(nint connection, out nint network) => Get(connection, 0, out network);

    /// <summary>INetworkConnection::GetAdapterId.</summary>
    public static int GetAdapterId(nint connection, out Guid adapter)
    {
        Guid its;
        int result = ((delegate* unmanaged<nint, Guid*, int>)Method(connection, 5))(connection, &its);
        adapter = its;
        return result;
    }

    /// <summary>INetwork::GetCategory: 0 public, 1 private, 2 authenticated by a domain.</summary>
    public static int GetCategory(nint network, out int category)
    {
        int its;
        int result = ((delegate* unmanaged<nint, int*, int>)Method(network, 11))(network, &its);
        category = its;
        return result;
    }

    private static int Get(nint its, int number, out nint found)
    {
        nint other = 0;
        int result = ((delegate* unmanaged<nint, nint*, int>)Method(its, number))(its, &other);
        found = other;
        return result;
    }

    private static void* Method(nint its, int number) => (*(void***)its)[FirstMethod + number];
}
