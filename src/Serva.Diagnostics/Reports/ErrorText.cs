using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

/// <summary>Writes the explanation of an error for people: what it is, what failed, which causes are there, what helps.</summary>
internal static class ErrorText
{
    public static string Write(ErrorExplanation explanation, bool verbose, int width)
    {
        var lines = new TextLines(width);
        ErrorReading reading = explanation.Reading;
        lines.Prose("", Headline(reading));
        if (explanation.Verdict is { } verdict)
            lines.Prose("  now        ", verdict.Sentence);
        if (Failed(reading) is { } failed)
            lines.Prose("  failed     ", failed);
        foreach (string assumption in reading.Assumptions)
            lines.Prose("  assumed    ", assumption);
        if (OtherSystem(explanation) is { } note)
            lines.Prose("  mind       ", note);
        foreach (ErrorCause cause in explanation.Causes)
            Cause(lines, cause, isJudged: explanation.Verdict is not null || cause.Standing != CauseStanding.Undetermined);
        if (explanation.Verdict is { } judged)
        {
            lines.Prose("  predicted  ", $"{judged.Request} {BindText.Ending(judged.Bind)}");
            if (verbose)
                DiagnosisText.Trace(lines, "  ", judged.Bind);
        }

        if (explanation.Alternatives is { } alternatives)
            BindText.Alternatives(lines, alternatives);
        if (Missing(explanation) is { } missing)
            lines.Prose("  tell me    ", missing);
        if (Command(explanation) is { } command)
            lines.Line("             ", command);
        foreach (Finding finding in explanation.Findings)
        {
            lines.Blank();
            FindingText.Write(lines, finding);
        }

        return lines.ToString();
    }

    /// <summary>What would say more, as a request; null when nothing is missing.</summary>
    public static string? Missing(ErrorExplanation explanation)
    {
        ErrorReading reading = explanation.Reading;
        if (reading.Name is null && explanation.Verdict is null)
            return "the error itself: its number, its name or its words, and what was bound";
        if (reading.IsOnlyWarning && explanation.Verdict is null)
            return "the error that stopped the server: it stands in a later line of the log";
        if (explanation.Verdict is not null || !reading.IsAboutBinds)
            return null;
        return (reading.Protocol, reading.Port, reading.IsPipe) switch
        {
            (_, _, true) => "how the server is given its port",
            (null, null, _) => "what was bound: protocol, address and port",
            (null, _, _) => "the protocol, TCP or UDP",
            _ => "the port",
        };
    }

    /// <summary>The question with what is missing, as an example to type; null when nothing is missing that can be typed.</summary>
    public static string? Command(ErrorExplanation explanation)
    {
        ErrorReading reading = explanation.Reading;
        return reading.Name is null || reading.IsPipe || Missing(explanation) is null ? null : $"serva-diag why {Shortest(reading)} {Example(reading)}";
    }

    /// <summary>The error in all its names: <c>10013 WSAEACCES on Windows, 13 EACCES on Linux</c>.</summary>
    public static string NamesOf(ErrorReading reading)
    {
        IEnumerable<SystemError> ownFirst = reading.Names.OrderBy(error => error.System == reading.System ? 0 : 1);
        return string.Join(", ", ownFirst.Select(error => $"{NameOf(error)}{(error.System == PlatformFamily.Other ? "" : $" on {error.System}")}"));
    }

    private static string NameOf(SystemError error) =>
        error.Code is < 0 and { } native ? $"0x{native:X8} {error.Name}" : HolderWords.Error(error.Name, error.Code);

    private static string Headline(ErrorReading reading)
    {
        string program = reading.Program is { } name ? $" ({name})" : "";
        if (reading.Name is null)
            return $"The text names no error that is known{program}.";
        string meaning = reading.Outcome is BindOutcome.OtherError or BindOutcome.Undetermined ? "" : $": a bind {ReportWords.Of(reading.Outcome)}";
        return $"{NamesOf(reading)}{meaning}{program}.";
    }

    private static string? Failed(ErrorReading reading)
    {
        var parts = new List<string>(3);
        if (reading.Protocol is { } protocol)
            parts.Add(BindRequestText.NameOf(protocol));
        if (reading.Address is { } address)
            parts.Add(address.ToString());
        if (reading.Port is { } port)
            parts.Add($"port {port}");
        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    private static string? OtherSystem(ErrorExplanation explanation)
    {
        PlatformFamily host = explanation.Diagnosis.Case.Host.Platform.Family;
        if (explanation.Reading.System is not { } system || system == host)
            return null;
        return explanation.Verdict is null
            ? $"This is an error of {system}, and this host runs {host}: what it can mean there is listed, not what is here. --case FILE asks about a saved {system} host."
            : $"This is an error of {system}, and this host runs {host}: the causes are those of the same error here. --case FILE asks about a saved {system} host.";
    }

    private static void Cause(TextLines lines, ErrorCause cause, bool isJudged)
    {
        string label = !isJudged ? "  maybe      " : cause.Standing switch
        {
            CauseStanding.Holds => "  YES        ",
            CauseStanding.DoesNotHold => "  no         ",
            _ => "  ?          ",
        };
        lines.Prose(label, cause.Summary);
        foreach (Evidence evidence in cause.Evidence)
            lines.Prose("             ", evidence.Text);
        if (isJudged && cause.Missing is { } missing)
            lines.Prose("             ", $"cannot tell without knowing {missing}");
    }

    private static string Shortest(ErrorReading reading) =>
        reading.Code is > 0 and { } code ? code.ToString(System.Globalization.CultureInfo.InvariantCulture) : reading.Name!;

    private static string Example(ErrorReading reading)
    {
        string address = reading.Address is { } known ? (known.IsIPv6 ? $"[{known}]:" : $"{known}:") : "";
        string port = reading.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? (address.Length > 0 ? "69" : "0.0.0.0:69");
        return reading.Protocol is { } protocol ? $"{BindRequestText.NameOf(protocol)}/{address}{port}" : $"udp/{address}{port}";
    }
}
