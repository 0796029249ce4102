using System;
using System.Buffers;
using System.Threading;
using Serva.Diagnostics.Formats.WindowsSystem;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Asks for a table whose size nobody knows beforehand, until a buffer is large enough. The table grows while it is
/// read, so each try adds a quarter to what the system last asked for.
/// </summary>
internal static class GrowingTable
{
    private const int FirstSize = 64 * 1024;
    private const int MostTries = 12;

    /// <summary>Two million of the largest rows; nothing sane is larger.</summary>
    public const int LargestSize = 400 * 1024 * 1024;

    /// <summary>Fills the buffer and the size that is needed or was used, and answers a Win32 error.</summary>
    public delegate uint Fill(Span<byte> buffer, ref uint size);

    /// <summary>Takes the filled bytes.</summary>
    public delegate void Take(ReadOnlySpan<byte> table);

    /// <summary>Reads a table; answers why it could not, or null. The bytes are valid only while they are taken.</summary>
    /// <remarks>
    /// Besides ERROR_INSUFFICIENT_BUFFER, the undocumented STATUS_UNSUCCESSFUL asks for another try: GetExtendedTcpTable
    /// gives it when its table grows meanwhile (psutil issues 1294 and 2949). Any other error ends the reading.
    /// </remarks>
    public static string? Read(string function, Fill fill, Take take, CancellationToken cancellationToken)
    {
        int size = FirstSize;
        uint error = 0;
        for (int attempt = 0; attempt < MostTries; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                uint needed = (uint)buffer.Length;
                error = fill(buffer, ref needed);
                if (error == WindowsError.Success)
                {
                    take(buffer.AsSpan(0, (int)Math.Min(needed, (uint)buffer.Length)));
                    return null;
                }

                if (error is not (WindowsError.InsufficientBuffer or WindowsError.Unsuccessful))
                    return WindowsError.Describe(function, error);
                long next = Math.Max(needed, (long)buffer.Length);
                next += next / 4;
                if (next > LargestSize)
                    return $"{function} wants a buffer of more than {LargestSize >> 20} MiB";
                size = (int)next;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        return $"{WindowsError.Describe(function, error)}, {MostTries} times";
    }
}
