using System;
using Microsoft.Extensions.Logging;

namespace Serva.Diagnostics.Capture;

/// <summary>The events of a capture. Their ids are stable.</summary>
internal static partial class CaptureLog
{
    [LoggerMessage(EventId = 1001, EventName = "TableRead", Level = LogLevel.Debug,
        Message = "Read {Count} rows of {Table} from {Source} in {Elapsed}.")]
    public static partial void TableRead(ILogger logger, string table, int count, string? source, TimeSpan elapsed);

    [LoggerMessage(EventId = 1002, EventName = "SourceFailed", Level = LogLevel.Information,
        Message = "{Table}: {Part} could not be read: {Reason}.")]
    public static partial void SourceFailed(ILogger logger, string table, string part, string reason);

    [LoggerMessage(EventId = 1003, EventName = "OwnerScanPartial", Level = LogLevel.Debug,
        Message = "The descriptors of {Unreadable} of {Processes} processes could not be read; {Missing} sockets have no known owner.")]
    public static partial void OwnerScanPartial(ILogger logger, int unreadable, int processes, int missing);
}
