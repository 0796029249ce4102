using System;
using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Capture.Windows.Native;
using Serva.Diagnostics.Formats.WindowsSystem;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>Reads the tables of netioapi.h that the system allocates itself.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe class MibTable
{
    /// <summary>More rows than this and the count is taken for damage.</summary>
    private const uint MostRows = 2_000_000;

    /// <summary>Asks for a table and answers a Win32 error.</summary>
    public delegate uint Ask(byte** table);

    /// <summary>Takes the bytes and answers what is wrong with them, or null.</summary>
    public delegate string? Take(ReadOnlySpan<byte> table);

    /// <summary>Reads a table; answers why it could not, or null. The bytes are valid only while they are taken.</summary>
    /// <param name="function">The function's name, for words.</param>
    /// <param name="firstRow">The offset of the first row.</param>
    /// <param name="rowSize">The size of a row: the system gives a count, not a length.</param>
    /// <param name="ask">Calls the function.</param>
    /// <param name="take">Decodes the bytes.</param>
    /// <param name="cancellationToken">Checked before the call.</param>
    public static string? Read(
        string function, int firstRow, int rowSize, Ask ask, Take take, CancellationToken cancellationToken) =>
        SourceBoundary.Guard(() =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte* table = null;
            uint error = ask(&table);
            try
            {
                if (error != WindowsError.Success)
                    return WindowsError.Describe(function, error);
                if (table is null)
                    return $"{function} answered success and no table";
                uint count = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(table, sizeof(uint)));
                if (count > MostRows || firstRow + (long)count * rowSize > int.MaxValue)
                    return $"{function} announced {count} rows";
                return take(new ReadOnlySpan<byte>(table, firstRow + (int)count * rowSize));
            }
            finally
            {
                if (table is not null)
                    IpHelperApi.FreeMibTable(table);
            }
        });
}
