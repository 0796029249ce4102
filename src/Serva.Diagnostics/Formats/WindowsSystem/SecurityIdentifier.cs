using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>
/// Decodes a SID (winnt.h): revision, count, a 48-bit authority in network order, then 32-bit parts in little-endian
/// order. Its text is <c>S-1-5-19</c>.
/// </summary>
internal static class SecurityIdentifier
{
    private const int MostParts = 15;

    /// <summary>The SID that a TOKEN_USER points to; empty when it holds none.</summary>
    public static ReadOnlySpan<byte> OfTokenUser(PointerBuffer buffer)
    {
        if (buffer.Bytes.Length < buffer.PointerSize)
            return default;
        ReadOnlySpan<byte> sid = buffer.Follow(0);
        if (sid.Length < 8 || sid[0] != 1 || sid[1] > MostParts || sid.Length < 8 + 4 * sid[1])
            return default;
        return sid[..(8 + 4 * sid[1])];
    }

    /// <summary>The text of a SID as <see cref="OfTokenUser"/> answers it.</summary>
    public static string Text(ReadOnlySpan<byte> sid)
    {
        ulong authority = ((ulong)BinaryPrimitives.ReadUInt16BigEndian(sid[2..]) << 32) | BinaryPrimitives.ReadUInt32BigEndian(sid[4..]);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"S-{sid[0]}-{authority}");
        for (int i = 0; i < sid[1]; i++)
            text.Append(CultureInfo.InvariantCulture, $"-{BinaryPrimitives.ReadUInt32LittleEndian(sid[(8 + 4 * i)..])}");
        return text.ToString();
    }

    /// <summary>The English name of the accounts that services run under, which Windows translates; null for another SID.</summary>
    public static string? WellKnownName(string text) => text switch
    {
        "S-1-5-18" => ServiceAccount.LocalSystem,
        "S-1-5-19" => ServiceAccount.LocalService,
        "S-1-5-20" => ServiceAccount.NetworkService,
        _ => null,
    };
}
