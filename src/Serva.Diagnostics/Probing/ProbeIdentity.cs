using System;
using System.Globalization;
using System.IO;
using Serva.Diagnostics.Probing.Native;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Probing;

/// <summary>Whether a probe made here speaks for the one who asks: a bind depends on who makes it.</summary>
internal static class ProbeIdentity
{
    private const string ThreadStatus = "/proc/thread-self/status";
    private const string EffectiveCapabilities = "CapEff:";

    /// <summary>Why this process cannot bind in the asker's name; null when it can.</summary>
    public static string? DiffersFrom(Identity asker)
    {
        const string Reason = "the bind is somebody else's: a probe speaks only for the account it runs under";
        if (asker.IsElevated is { } elevated && elevated != Environment.IsPrivilegedProcess)
            return Reason;
        if (OperatingSystem.IsLinux())
        {
            if (asker.UserId is { } user && user != LinuxSocketCalls.EffectiveUserId())
                return Reason;
            return asker.Capabilities is { } capabilities && ReadCapabilities() is { } own && own != capabilities ? Reason : null;
        }

        return asker.UserName is { } name && !IsOwnName(name) ? Reason : null;
    }

    private static bool IsOwnName(string name)
    {
        int slash = name.IndexOf('\\', StringComparison.Ordinal);
        return string.Equals(name[(slash + 1)..], Environment.UserName, StringComparison.OrdinalIgnoreCase)
            && (slash < 0 || string.Equals(name[..slash], Environment.UserDomainName, StringComparison.OrdinalIgnoreCase));
    }

    private static ulong? ReadCapabilities()
    {
        try
        {
            foreach (string line in File.ReadLines(ThreadStatus))
            {
                if (line.StartsWith(EffectiveCapabilities, StringComparison.Ordinal)
                    && ulong.TryParse(line.AsSpan(EffectiveCapabilities.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong value))
                {
                    return value;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without /proc nobody can tell; the user id has decided already.
        }

        return null;
    }
}
