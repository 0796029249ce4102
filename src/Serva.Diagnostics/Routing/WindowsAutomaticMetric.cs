using System;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Routing;

/// <summary>The metric that Windows gives an interface by its link speed (Microsoft's KB 299540).</summary>
internal static class WindowsAutomaticMetric
{
    private const long Kilo = 1000, Mega = 1000 * Kilo, Giga = 1000 * Mega;

    // "Greater than": from one bit per second more.
    private static readonly (long From, uint Metric)[] s_windowsXP =
        [(2 * Giga, 5), ((200 * Mega) + 1, 10), ((20 * Mega) + 1, 20), ((4 * Mega) + 1, 30), ((500 * Kilo) + 1, 40), (0, 50)];

    private static readonly (long From, uint Metric)[] s_windowsXPServicePack2 =
        [(2 * Giga, 5), ((200 * Mega) + 1, 10), ((80 * Mega) + 1, 20), ((20 * Mega) + 1, 25), ((4 * Mega) + 1, 30), ((500 * Kilo) + 1, 40), (0, 50)];

    private static readonly (long From, uint Metric)[] s_windows10Wireless =
    [
        (2 * Giga, 25), (500 * Mega, 30), (200 * Mega, 35), (150 * Mega, 40), (80 * Mega, 45), (50 * Mega, 50), (20 * Mega, 55),
        (10 * Mega, 60), (4 * Mega, 65), (2 * Mega, 70), (500 * Kilo, 75), (200 * Kilo, 80), (0, 85),
    ];

    private static readonly (long From, uint Metric)[] s_windows10 =
    [
        (100 * Giga, 5), (40 * Giga, 10), (10 * Giga, 15), (2 * Giga, 20), (200 * Mega, 25), (80 * Mega, 35), (20 * Mega, 45),
        (4 * Mega, 55), (500 * Kilo, 65), (0, 75),
    ];

    /// <summary>The metric of an interface whose metric was not captured; null when its speed was not either.</summary>
    public static uint? Of(InterfaceRow row, Version version) =>
        row.Type == NetworkInterfaceType.Loopback ? version.Major >= 10 ? 75u : 50
        : row.LinkSpeed is { } speed ? Of(row.Type == NetworkInterfaceType.Wireless80211 ? speed / 2 : speed, IsWireless(row.Type), version)
        : null;

    /// <param name="bitsPerSecond">The link speed; of half-duplex media, as Wi-Fi, half of it counts.</param>
    /// <param name="isWireless">Wi-Fi or mobile broadband.</param>
    /// <param name="version">The version of Windows. Windows XP is taken to have Service Pack 2.</param>
    public static uint Of(long bitsPerSecond, bool isWireless, Version version)
    {
        (long From, uint Metric)[] table = version.Major >= 10 ? isWireless ? s_windows10Wireless : s_windows10
            : version is { Major: 5, Minor: >= 2 } or { Major: < 5 } or { Major: 5, Minor: 0 } ? s_windowsXP
            : s_windowsXPServicePack2;
        return Array.Find(table, row => bitsPerSecond >= row.From).Metric;
    }

    private static bool IsWireless(NetworkInterfaceType type) =>
        type is NetworkInterfaceType.Wireless80211 or NetworkInterfaceType.Wwanpp or NetworkInterfaceType.Wwanpp2;
}
