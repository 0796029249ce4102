using System;
using System.Globalization;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>
/// Reads the names that component-based servicing gives packages:
/// <c>Package_for_KB5018410~31bf3856ad364e35~amd64~~19041.2130.1.8</c>, also <c>Package_3_for_KB958488~...</c>.
/// Cumulative updates of Windows 10 and later are <c>Package_for_RollupFix~...</c> and do not say their KB number.
/// </summary>
internal static class ServicingPackage
{
    /// <summary>The CurrentState of a package that is installed.</summary>
    public const int Installed = 112;

    /// <summary>The update's identifier, <c>KB5018410</c>; null when the name says none.</summary>
    public static string? UpdateOf(ReadOnlySpan<char> packageName)
    {
        const string marker = "_for_KB";
        if (!packageName.StartsWith("Package_", StringComparison.OrdinalIgnoreCase))
            return null;
        int at = packageName.IndexOf(marker, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return null;
        ReadOnlySpan<char> number = packageName[(at + marker.Length)..];
        int length = number.IndexOfAnyExceptInRange('0', '9');
        if (length < 0)
            length = number.Length;
        return length is >= 5 and <= 9
            ? string.Create(CultureInfo.InvariantCulture, $"KB{int.Parse(number[..length], NumberStyles.None, CultureInfo.InvariantCulture)}")
            : null;
    }

    /// <summary>Whether the package is a cumulative update, which hides its KB number.</summary>
    public static bool IsRollup(ReadOnlySpan<char> packageName) =>
        packageName.StartsWith("Package_for_RollupFix", StringComparison.OrdinalIgnoreCase);
}
