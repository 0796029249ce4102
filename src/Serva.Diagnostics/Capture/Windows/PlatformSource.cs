using System;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32;
using Serva.Diagnostics.Capture.Windows.Native;
using Serva.Diagnostics.Formats.WindowsSystem;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Reads which Windows this is: the version by RtlGetVersion, the update build revision and names from
/// <c>HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion</c>. Needs no privilege.
/// </summary>
[SupportedOSPlatform("windows")]
internal static unsafe class PlatformSource
{
    private const string CurrentVersion = @"SOFTWARE\Microsoft\Windows NT\CurrentVersion";

    // RTL_OSVERSIONINFOW: five 32-bit numbers and 128 characters.
    private const int VersionSize = 20 + 256;

    public static HostPlatform Read(RegistryValues registry)
    {
        using RegistryKey? key = registry.Open(CurrentVersion, out _);
        Version version = VersionOf();
        string? installationType = TextOf(key, "InstallationType");
        string? name = WindowsProductName.Describe(
            TextOf(key, "ProductName"), TextOf(key, "DisplayVersion"), installationType, version.Build);
        // Wine shows Linux's behaviour under Windows' names; whoever reads the snapshot should know.
        if (WineVersion() is { } wine)
            name = $"{name ?? "Windows"} (Wine {wine})";
        return new HostPlatform
        {
            Family = PlatformFamily.Windows,
            Version = version,
            Revision = key is null ? null : (int?)RegistryValues.Number(key, "UBR"),
            Name = name,
            InstallationType = installationType,
            Architecture = RuntimeInformation.OSArchitecture.ToString(),
        };
    }

    /// <summary>The version of Wine, or null on Windows. Wine's ntdll alone exports <c>wine_get_version</c>.</summary>
    public static string? WineVersion()
    {
        if (!NativeLibrary.TryLoad("ntdll.dll", typeof(PlatformSource).Assembly, DllImportSearchPath.System32, out nint ntdll))
            return null;
        if (!NativeLibrary.TryGetExport(ntdll, "wine_get_version", out nint function))
            return null;
        var version = ((delegate* unmanaged[Cdecl]<byte*>)function)();
        return Marshal.PtrToStringUTF8((nint)version);
    }

    private static Version VersionOf()
    {
        Version? version = null;
        _ = SourceBoundary.Guard(() =>
        {
            byte* information = stackalloc byte[VersionSize];
            new Span<byte>(information, VersionSize).Clear();
            uint* numbers = (uint*)information;
            numbers[0] = VersionSize;
            uint status = Kernel32.RtlGetVersion(information);
            if (status == 0)
                version = new Version((int)numbers[1], (int)numbers[2], (int)numbers[3]);
            return status.ToString(CultureInfo.InvariantCulture);
        });
        return version ?? Environment.OSVersion.Version;
    }

    private static string? TextOf(RegistryKey? key, string name) => key is null ? null : RegistryValues.Text(key, name);
}
