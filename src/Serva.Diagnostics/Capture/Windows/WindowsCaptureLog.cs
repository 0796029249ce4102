using Microsoft.Extensions.Logging;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>What the capture on Windows says of itself. Event ids 1100 to 1199.</summary>
internal static partial class WindowsCaptureLog
{
    [LoggerMessage(1100, LogLevel.Debug, "Read {Rows} rows of {Table} from {Source}, {Coverage}")]
    public static partial void TableRead(ILogger logger, string table, int rows, string? source, string coverage);

    [LoggerMessage(1101, LogLevel.Debug, "A part of {Table} is missing: {Part}: {Reason}")]
    public static partial void PartMissing(ILogger logger, string table, string part, string reason);

    [LoggerMessage(1102, LogLevel.Information, "{Table} could not be read: {Reason}")]
    public static partial void TableUnavailable(ILogger logger, string table, string? reason);
}
