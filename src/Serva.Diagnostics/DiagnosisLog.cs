using Microsoft.Extensions.Logging;

namespace Serva.Diagnostics;

/// <summary>The log events of a diagnosis. Event ids 2000 to 2999 belong to it and keep their meaning.</summary>
internal static partial class DiagnosisLog
{
    [LoggerMessage(2001, LogLevel.Debug, "Diagnosing {Questions} questions on {Platform} {Version}")]
    public static partial void Begins(ILogger logger, int questions, Snapshots.PlatformFamily platform, string version);

    [LoggerMessage(2002, LogLevel.Information, "Diagnosed {Questions} questions: {Findings} findings, {Skipped} rules skipped")]
    public static partial void Ends(ILogger logger, int questions, int findings, int skipped);

    [LoggerMessage(2003, LogLevel.Warning, "{Id}: {Summary}")]
    public static partial void Found(ILogger logger, string id, string summary);

    [LoggerMessage(2004, LogLevel.Debug, "Rule {Id} skipped: {Because}")]
    public static partial void Skipped(ILogger logger, string id, string because);

    [LoggerMessage(2005, LogLevel.Debug, "Trial of {Request} ended with {Outcome} {NativeError}")]
    public static partial void Tried(ILogger logger, string request, BindOutcome outcome, string? nativeError);
}
