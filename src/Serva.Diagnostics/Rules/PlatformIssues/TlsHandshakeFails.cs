using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.PlatformIssues;

/// <summary>SD4002: a TLS handshake of this host with itself was tried and fails.</summary>
internal sealed class TlsHandshakeFails : KnownIssue
{
    private const string Older = "1.2", Newer = "1.3";

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD4002",
        Title = "A TLS handshake of this host with itself fails",
        Severity = Severity.Error,
        Needs = SnapshotTables.None,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc8446",
            "https://docs.openssl.org/3.0/man5/config/",
            "https://learn.microsoft.com/windows-server/security/tls/tls-registry-settings",
            "https://learn.microsoft.com/windows/win32/secauthn/protocols-in-tls-ssl--schannel-ssp-",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) => examination.Questions
        .Where(question => question.Question.TlsProbe is not null)
        .Select(question => Find(question, question.Question.TlsProbe!, examination.Host.Platform.Family))
        .OfType<Finding>();

    /// <summary>The first handshake that fails with reads that end within a record, and completes without; null for none.</summary>
    public static TlsHandshake? BrokenByPartialRead(TlsProbeResult probe) =>
        probe.Handshakes.FirstOrDefault(handshake => handshake is { PartialBytes: > 0, Outcome: TlsHandshakeOutcome.Failed });

    /// <summary>How many bytes of the next record its reads ended with.</summary>
    public static string Bytes(TlsHandshake handshake) => string.Create(CultureInfo.InvariantCulture, $"{handshake.PartialBytes} byte{(handshake.PartialBytes == 1 ? "" : "s")}");

    private Finding? Find(ExaminedQuestion question, TlsProbeResult probe, PlatformFamily family)
    {
        bool? older = probe.Completes(Older), newer = probe.Completes(Newer);
        TlsHandshake? partial = BrokenByPartialRead(probe);

        // That a system is too old for TLS 1.3 is no fault.
        if (older != false && partial is null)
            return null;
        TlsHandshake failed = partial ?? probe.Handshakes.First(handshake => handshake is { Version: Older, Outcome: TlsHandshakeOutcome.Failed });
        string error = failed.NativeCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"0x{code:X8}: {Words(failed)}") : Words(failed);
        return new Finding
        {
            Issue = Info,
            Subject = partial is not null ? "TLS records" : newer == true ? $"TLS {Older}" : "TLS",
            Summary = partial is not null
                ? $"A TLS {SafeText.Of(failed.Version)} handshake of this host with itself fails when a read ends with {Bytes(failed)} of the next record, and completes otherwise."
                : newer == true
                    ? $"TLS {Older} fails on this host and TLS {Newer} works: clients that know {Older} alone, firmware and older systems among them, cannot connect."
                    : "No TLS handshake of this host with itself completes, so no server here can serve TLS by the system's library.",
            Certainty = Certainty.Certain,
            SeverityHere = partial is null && newer == true ? Severity.Note : null,
            Questions = [question.Position],
            Evidence = [new Evidence { Table = "probe", Text = $"TLS {SafeText.Of(failed.Version)} on 127.0.0.1 was tried{(partial is null ? " with a key of an elliptic curve and one of RSA" : "")} and fails: {error}." }],
            Remedies = [.. Remedies(partial is not null, family)],
        };
    }

    private static string Words(TlsHandshake handshake) => SafeText.Of(handshake.Error ?? "no reason was told").TrimEnd('.');

    private static IEnumerable<Remedy> Remedies(bool isPartial, PlatformFamily family)
    {
        if (isPartial && family == PlatformFamily.Windows)
        {
            yield return Look(
                "Look which updates are installed: this is what those of 11 October 2022 do, and SD4001 says which update helps.", CommandShell.Cmd, "systeminfo");
            yield break;
        }

        yield return family == PlatformFamily.Windows
            ? Look(
                "Look which versions are switched on: below Protocols, Enabled 0 or DisabledByDefault 1 switches one off for the whole system. Set what you find there back to what it was before.",
                CommandShell.Cmd, @"reg query HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols /s")
            : Look(
                "Look what the configuration of OpenSSL allows: MinProtocol and CipherString in its system section hold for every program that uses it; OPENSSL_CONF names another file for one program.",
                CommandShell.Sh, "openssl version -d");
    }

    private static Remedy Look(string summary, CommandShell shell, string command) => new()
    {
        Summary = summary,
        Apply = [new RemedyCommand { Shell = shell, Text = command }],
        NothingToRevertBecause = "The command only looks.",
        Risk = RemedyRisk.None,
    };
}
