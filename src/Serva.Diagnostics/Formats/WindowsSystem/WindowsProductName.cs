using System;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>What Windows calls itself, made true: the registry's ProductName still says Windows 10 on Windows 11.</summary>
internal static class WindowsProductName
{
    private const int FirstBuildOfWindows11 = 22000;
    private const string Ten = "Windows 10";

    /// <summary>For example <c>Windows 11 Pro 22H2</c>; null when the registry said nothing.</summary>
    public static string? Describe(string? productName, string? displayVersion, string? installationType, int build)
    {
        if (string.IsNullOrWhiteSpace(productName))
            return null;
        string name = productName.Trim();
        // Builds of servers have ranges of their own and true names.
        if (build >= FirstBuildOfWindows11 && name.StartsWith(Ten, StringComparison.Ordinal)
            && !(installationType?.StartsWith("Server", StringComparison.OrdinalIgnoreCase) ?? false))
        {
            name = string.Concat("Windows 11", name.AsSpan(Ten.Length));
        }

        return string.IsNullOrWhiteSpace(displayVersion) ? name : $"{name} {displayVersion.Trim()}";
    }
}
