using System;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>Decodes a FILETIME: 100-nanosecond steps since 1601, UTC.</summary>
internal static class FileTime
{
    private static readonly long Origin = new DateTime(1601, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    /// <summary>The time; null for 0, which means unknown, and for what no calendar holds.</summary>
    public static DateTimeOffset? Decode(long value) =>
        value > 0 && value <= DateTime.MaxValue.Ticks - Origin ? new DateTimeOffset(Origin + value, TimeSpan.Zero) : null;

    /// <summary>The time from its two halves.</summary>
    public static DateTimeOffset? Decode(uint high, uint low) => Decode((long)(((ulong)high << 32) | low));
}
