using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.Versioning;
using Serva.Diagnostics.Capture.Windows.Native;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>Asks the Network List Manager which kind of network each adapter is on: the firewall's profile of its interface. Needs no privilege.</summary>
[SupportedOSPlatform("windows")]
internal static class NetworkCategorySource
{
    private const int MostConnections = 1000;

    /// <summary>Reads the profiles; answers why they are not known, null when they are.</summary>
    /// <param name="profiles">The profile by the adapter's id; an adapter on networks of several kinds is left out.</param>
    public static string? Read(Dictionary<Guid, WindowsFirewallProfile> profiles)
    {
        int initialized = NetworkListApi.CoInitializeEx(0, NetworkListApi.Multithreaded);
        try
        {
            int result = NetworkListApi.CoCreateInstance(NetworkListApi.Manager, 0, NetworkListApi.InProcess, NetworkListApi.ManagerInterface, out nint manager);
            if (result < 0 || manager == 0)
                return Reason("CoCreateInstance of NetworkListManager", result);
            try
            {
                return ReadConnections(manager, profiles);
            }
            finally
            {
                NetworkListApi.Release(manager);
            }
        }
        finally
        {
            // Also where the thread was in an apartment before, but not where it is in one of another kind.
            if (initialized >= 0)
                NetworkListApi.CoUninitialize();
        }
    }

    private static string? ReadConnections(nint manager, Dictionary<Guid, WindowsFirewallProfile> profiles)
    {
        int result = NetworkListApi.GetNetworkConnections(manager, out nint connections);
        if (result < 0 || connections == 0)
            return Reason("GetNetworkConnections", result);
        var several = new HashSet<Guid>();
        try
        {
            for (int i = 0; i < MostConnections; i++)
            {
                int next = NetworkListApi.Next(connections, out nint connection);
                if (next < 0)
                    return Reason("IEnumNetworkConnections::Next", next);
                if (next != 0 || connection == 0)
                    break;
                try
                {
                    if (NetworkListApi.GetAdapterId(connection, out Guid adapter) < 0 || ProfileOf(connection) is not { } profile)
                        continue;
                    if (!profiles.TryAdd(adapter, profile) && profiles[adapter] != profile)
                        several.Add(adapter);
                }
                finally
                {
                    NetworkListApi.Release(connection);
                }
            }
        }
        finally
        {
            NetworkListApi.Release(connections);
        }

        foreach (Guid adapter in several)
            profiles.Remove(adapter);
        return null;
    }

    private static WindowsFirewallProfile? ProfileOf(nint connection)
    {
        if (NetworkListApi.GetNetwork(connection, out nint network) < 0 || network == 0)
            return null;
        try
        {
            return NetworkListApi.GetCategory(network, out int category) < 0 ? null : category switch
            {
                0 => WindowsFirewallProfile.Public,
                1 => WindowsFirewallProfile.Private,
                2 => WindowsFirewallProfile.Domain,
                _ => null,
            };
        }
        finally
        {
            NetworkListApi.Release(network);
        }
    }

    private static string Reason(string function, int result) => string.Create(CultureInfo.InvariantCulture, $"{function} failed: 0x{result:X8}");
}
