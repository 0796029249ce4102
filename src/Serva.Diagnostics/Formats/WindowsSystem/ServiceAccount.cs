using System;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>
/// The account of a service, in the one form that processes have too: the service control manager says
/// <c>LocalSystem</c> and <c>NT AUTHORITY\LocalService</c>, a token <c>NT AUTHORITY\SYSTEM</c> and
/// <c>NT AUTHORITY\LOCAL SERVICE</c>. Source: lpServiceStartName of QUERY_SERVICE_CONFIGW.
/// </summary>
internal static class ServiceAccount
{
    public const string LocalSystem = @"NT AUTHORITY\SYSTEM";
    public const string LocalService = @"NT AUTHORITY\LOCAL SERVICE";
    public const string NetworkService = @"NT AUTHORITY\NETWORK SERVICE";

    private const string Authority = @"NT AUTHORITY\";

    /// <summary>The account as processes show it; null when there is none.</summary>
    /// <param name="startName">The name the service control manager gives; <c>.\name</c> means this machine.</param>
    /// <param name="machineName">The name of this machine.</param>
    public static string? Normalize(string? startName, string machineName)
    {
        if (string.IsNullOrWhiteSpace(startName))
            return null;
        ReadOnlySpan<char> name = startName;
        if (name.StartsWith(Authority, StringComparison.OrdinalIgnoreCase))
            name = name[Authority.Length..];
        if (Is(name, "LocalSystem") || Is(name, "SYSTEM"))
            return LocalSystem;
        if (Is(name, "LocalService") || Is(name, "LOCAL SERVICE"))
            return LocalService;
        if (Is(name, "NetworkService") || Is(name, "NETWORK SERVICE"))
            return NetworkService;
        return startName.StartsWith(@".\", StringComparison.Ordinal) ? $@"{machineName}\{startName[2..]}" : startName;
    }

    private static bool Is(ReadOnlySpan<char> name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
