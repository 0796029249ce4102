using System;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>How a service starts, who it runs as, and the services that it depends on.</summary>
internal readonly struct ServiceConfig
{
    public ServiceStart Start { get; init; }

    public string? Account { get; init; }

    public ImmutableArray<string> DependsOn { get; init; }
}

/// <summary>
/// Decodes what QueryServiceConfigW fills: QUERY_SERVICE_CONFIGW (winsvc.h), 36 bytes with 4-byte pointers, 64 with
/// 8-byte ones, then the text it points to.
/// </summary>
internal static class QueryServiceConfig
{
    private const char GroupSign = '+';
    private const int MostDependencies = 256;

    /// <summary>The start type, account and dependencies; null when the buffer is too short.</summary>
    public static ServiceConfig? Decode(PointerBuffer buffer)
    {
        bool isNarrow = buffer.PointerSize == 4;
        if (buffer.Bytes.Length < (isNarrow ? 36 : 64))
            return null;
        ServiceStart start = buffer.UInt32(4) switch
        {
            0 or 1 => ServiceStart.Boot,
            2 => ServiceStart.Automatic,
            3 => ServiceStart.Manual,
            4 => ServiceStart.Disabled,
            _ => ServiceStart.Unknown,
        };
        return new ServiceConfig
        {
            Start = start,
            Account = buffer.Text(isNarrow ? 28 : 48),
            DependsOn = Services(buffer.Follow(isNarrow ? 24 : 40)),
        };
    }

    /// <summary>The names in a list of texts that an empty one ends; a sign before a name says that it is a group's (SC_GROUP_IDENTIFIER).</summary>
    private static ImmutableArray<string> Services(ReadOnlySpan<byte> list)
    {
        ReadOnlySpan<char> rest = MemoryMarshal.Cast<byte, char>(list[..(list.Length & ~1)]);
        var names = ImmutableArray.CreateBuilder<string>();
        while (names.Count < MostDependencies && rest.IndexOf('\0') is > 0 and var end)
        {
            if (rest[0] != GroupSign)
                names.Add(rest[..end].ToString());
            rest = rest[(end + 1)..];
        }

        return names.DrainToImmutable();
    }
}
