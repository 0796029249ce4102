using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>How a service starts and who it runs as.</summary>
internal readonly record struct ServiceConfig(ServiceStart Start, string? Account);

/// <summary>
/// Decodes what QueryServiceConfigW fills: QUERY_SERVICE_CONFIGW (winsvc.h), 36 bytes with 4-byte pointers, 64 with
/// 8-byte ones, then the text it points to.
/// </summary>
internal static class QueryServiceConfig
{
    /// <summary>The start type and account; null when the buffer is too short.</summary>
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
        return new ServiceConfig(start, buffer.Text(isNarrow ? 28 : 48));
    }
}
