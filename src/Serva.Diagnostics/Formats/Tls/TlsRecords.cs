using System;
using System.Buffers.Binary;

namespace Serva.Diagnostics.Formats.Tls;

/// <summary>
/// Finds the ends of TLS records in bytes as they arrive: type, version and length of each stand in its first five bytes, big endian
/// (RFC 8446, section 5.1).
/// </summary>
internal static class TlsRecords
{
    /// <summary>The bytes in front of a record's own.</summary>
    public const int HeaderLength = 5;

    /// <summary>
    /// Where to end a read so that it holds whole records and so many bytes of the next, which is what the updates of October 2022
    /// do not bear; all of it where there is no such place.
    /// </summary>
    /// <param name="bytes">What has arrived.</param>
    /// <param name="partialBytes">How many bytes of the next record, less than its header has.</param>
    /// <param name="isPartial">Whether the read ends so.</param>
    public static int EndOfRead(ReadOnlySpan<byte> bytes, int partialBytes, out bool isPartial)
    {
        isPartial = false;
        int from = 0;
        while (LengthOfFirst(bytes[from..]) is > 0 and var first)
        {
            from += first;
            if (partialBytes > 0 && bytes.Length - from >= partialBytes)
            {
                isPartial = true;
                return from + partialBytes;
            }
        }

        return bytes.Length;
    }

    // 0 when the first record is not whole, or is none of TLS.
    private static int LengthOfFirst(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderLength || bytes[0] is < 20 or > 24 || bytes[1] != 3)
            return 0;
        int length = HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
        return length <= bytes.Length ? length : 0;
    }
}
