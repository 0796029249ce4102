using System;
using Microsoft.Extensions.Logging;

namespace Serva.Diagnostics.Capture;

/// <summary>The events of a capture. Their ids are stable. Without a log nothing of logging is loaded: one port's owner is found sooner.</summary>
internal static partial class CaptureLog
{
    public static void TableRead(ILogger? logger, string table, int count, string? source, TimeSpan elapsed)
    {
        if (logger is not null)
            WriteTableRead(logger, table, count, source, elapsed);
    }

    public static void SourceFailed(ILogger? logger, string table, string part, string reason)
    {
        if (logger is not null)
            WriteSourceFailed(logger, table, part, reason);
    }

    public static void OwnerScanPartial(ILogger? logger, int unreadable, int processes, int missing)
    {
        if (logger is not null)
            WriteOwnerScanPartial(logger, unreadable, processes, missing);
    }

    [LoggerMessage(EventId = 1001, EventName = "TableRead", Level = LogLevel.Debug,
        Message = "Read {Count} rows of {Table} from {Source} in {Elapsed}.")]
    private static partial void WriteTableRead(ILogger logger, string table, int count, string? source, TimeSpan elapsed);

    [LoggerMessage(EventId = 1002, EventName = "SourceFailed", Level = LogLevel.Information,
        Message = "{Table}: {Part} could not be read: {Reason}.")]
    private static partial void WriteSourceFailed(ILogger logger, string table, string part, string reason);

    [LoggerMessage(EventId = 1003, EventName = "OwnerScanPartial", Level = LogLevel.Debug,
        Message = "The descriptors of {Unreadable} of {Processes} processes could not be read; {Missing} sockets have no known owner.")]
    private static partial void WriteOwnerScanPartial(ILogger logger, int unreadable, int processes, int missing);
}
