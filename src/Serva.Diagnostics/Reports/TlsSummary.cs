using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Rules.PlatformIssues;

namespace Serva.Diagnostics.Reports;

/// <summary>What the TLS handshakes of a host with itself showed, a line per version.</summary>
internal static class TlsSummary
{
    /// <summary>The lines; none when no handshakes were asked for.</summary>
    public static IEnumerable<string> Lines(DiagnosticCase diagnosticCase)
    {
        foreach (TlsProbeResult probe in diagnosticCase.Questions.Select(question => question.TlsProbe).OfType<TlsProbeResult>())
        {
            if (probe.NotTriedBecause is { } reason)
                yield return $"TLS was not tried: {SafeText.Of(reason)}.";
            foreach (var version in probe.Handshakes.GroupBy(handshake => handshake.Version))
                yield return $"TLS {SafeText.Of(version.Key)} of this host with itself: {Words([.. version])}.";
        }
    }

    private static string Words(TlsHandshake[] handshakes)
    {
        TlsHandshake whole = handshakes[0];
        if (whole.Outcome == TlsHandshakeOutcome.Failed)
            return $"the handshake fails ({Error(whole)})";
        if (whole.Outcome == TlsHandshakeOutcome.Undetermined)
            return $"undetermined ({Error(whole)})";
        string ends = handshakes.Skip(1).FirstOrDefault(handshake => handshake.Outcome == TlsHandshakeOutcome.Failed) is { } broken
            ? $"; it fails when a read ends with {TlsHandshakeFails.Bytes(broken)} of the next record ({Error(broken)})"
            : handshakes.Any(handshake => handshake.PartialReads > 0) ? ", with reads that end within a record too" : "";
        string took = whole.Duration is { } duration ? string.Create(CultureInfo.InvariantCulture, $" in {duration.TotalMilliseconds:f0} ms") : "";
        return $"handshakes complete{took} ({SafeText.Of(whole.Cipher ?? "?")}){ends}";
    }

    /// <summary>The error of a handshake, with its number as SChannel writes it.</summary>
    public static string Error(TlsHandshake handshake)
    {
        string text = SafeText.Of(handshake.Error ?? "no reason was told").TrimEnd('.');
        return handshake.NativeCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"0x{code:X8}: {text}") : text;
    }
}
