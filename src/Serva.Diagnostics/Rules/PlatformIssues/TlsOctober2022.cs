using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.PlatformIssues;

/// <summary>SD4001: the Windows updates of 11 October 2022 that break some TLS connections.</summary>
internal sealed class TlsOctober2022 : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD4001",
        Title = "The October 2022 updates break some TLS connections",
        Severity = Severity.Warning,
        // Which table is needed depends on the release: see CannotJudge.
        Needs = SnapshotTables.None,
        Platforms = [PlatformFamily.Windows],
        Grade = SourceGrade.Documented,
        References =
        [
            "https://www.vercot.com/~serva/troubleshooting.html",
            "https://support.microsoft.com/help/5020435",
            "https://support.microsoft.com/help/5020387",
            "https://support.microsoft.com/help/5020438",
            "https://support.microsoft.com/help/5018496",
            "https://github.com/dotnet/runtime/issues/77989",
            "https://github.com/git-for-windows/git/issues/4115",
        ],
    };

    /// <inheritdoc/>
    public override string? CannotJudge(Examination examination)
    {
        ArgumentNullException.ThrowIfNull(examination);
        if (RowOf(examination.Host.Platform) is not { } row)
            return null;
        if (row.HasRevisions)
            return examination.Host.Platform.Revision is null ? "the update build revision (UBR) was not captured" : null;
        return examination.Host.Updates.Coverage switch
        {
            Coverage.NotRequested => "table updates was not captured",
            Coverage.Unavailable => $"table updates could not be read: {SafeText.Of(examination.Host.Updates.Note)}",
            _ => null,
        };
    }

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        HostSnapshot host = examination.Host;
        if (RowOf(host.Platform) is not { } row)
            yield break;
        Finding? finding = row.HasRevisions ? ByRevision(row, examination) : ByUpdates(row, examination);
        if (finding is not null)
            yield return finding;
    }

    private static TlsUpdateRow? RowOf(HostPlatform platform)
    {
        bool isServer = platform.InstallationType?.StartsWith("Server", StringComparison.OrdinalIgnoreCase) == true;
        return TlsUpdateRow.All.FirstOrDefault(row => row.Build == platform.Version.Build && (row.IsServer is null || row.IsServer == isServer));
    }

    private Finding? ByRevision(TlsUpdateRow row, Examination examination)
    {
        HostSnapshot host = examination.Host;
        if (host.Platform.Revision is not { } revision || revision < row.OriginRevision || revision >= row.FixRevision)
            return null;
        var evidence = new List<Evidence>
        {
            new()
            {
                Table = "platform",
                Text = $"The system is {Number(row.Build)}.{Number(revision)}; revisions {Number(row.OriginRevision)} ({row.Origins[0]}, 11 October 2022) to {Number(row.FixRevision - 1)} have the error, {Number(row.FixRevision)} ({row.Fix}, {row.FixDate}) and every later one have the fix.",
            },
        };
        bool isUnsure = row.IsInferred || (row.UnsureFrom > 0 && revision >= row.UnsureFrom);
        if (row.IsInferred)
            evidence.Add(new Evidence { Table = "reference", Text = "Microsoft does not name this release; it shares its code with version 21H2, which is named." });
        else if (isUnsure)
            evidence.Add(new Evidence { Table = "reference", Text = $"An out-of-band update between the two is installed; Microsoft names {row.Fix} as the fix, so it is taken as still affected." });
        return Find(row, evidence, isUnsure ? Certainty.Likely : Certainty.Certain, examination);
    }

    // Updates of these releases have no order, so only a list tells: fixed when the package or a later rollup is there.
    private Finding? ByUpdates(TlsUpdateRow row, Examination examination)
    {
        HostSnapshot host = examination.Host;
        var installed = host.Updates.Select(update => update.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (installed.Contains(row.Fix) || row.LaterRollups.Any(installed.Contains))
            return null;
        string[] origins = [.. row.Origins.Where(installed.Contains)];
        if (origins.Length == 0)
            return null;
        var evidence = new List<Evidence>
        {
            new()
            {
                Table = "updates",
                Text = $"{string.Join(" and ", origins)} of 11 October 2022 is installed; neither {row.Fix} nor a monthly rollup from November 2022 to March 2023 is in the list.",
            },
        };
        if (row.LaterSecurityOnly is { } securityOnly && installed.Contains(securityOnly))
            evidence.Add(new Evidence { Table = "updates", Text = $"The security-only update {securityOnly} of November 2022 is installed; whether it has the fix is not known." });
        if (LaterUnknown(row, installed) is { } later)
            evidence.Add(new Evidence { Table = "updates", Text = $"{later} is installed, which is newer than the updates known here; if it is a monthly rollup, the error is fixed." });
        return Find(row, evidence, Certainty.Likely, examination);
    }

    // Numbers rise with time, though not strictly by release.
    private static string? LaterUnknown(TlsUpdateRow row, HashSet<string> installed)
    {
        int newestKnown = row.LaterRollups.Max(Digits);
        string? newest = installed.MaxBy(Digits);
        return newest is not null && Digits(newest) > newestKnown ? SafeText.Of(newest) : null;
    }

    private static int Digits(string id) =>
        id.StartsWith("KB", StringComparison.OrdinalIgnoreCase)
        && int.TryParse(id.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;

    private Finding Find(TlsUpdateRow row, List<Evidence> evidence, Certainty certainty, Examination examination)
    {
        evidence.Add(new Evidence
        {
            Table = "reference",
            Text = "The error shows as SEC_E_ILLEGAL_MESSAGE (0x80090326), \"The message received was unexpected or badly formatted\", when records and a partial record of less than 5 bytes arrive together. That code has other causes too, so its absence or presence alone proves nothing.",
        });
        foreach (TlsProbeResult probe in examination.Questions.Select(question => question.Question.TlsProbe).OfType<TlsProbeResult>())
        {
            if (probe.Completes("1.2") == true && TlsHandshakeFails.BrokenByPartialRead(probe) is null)
                evidence.Add(new Evidence { Table = "probe", Text = "Handshakes of this host with itself complete. That does not refute it: this library hands whole records to the system, and programs that do so are spared." });
        }

        return new Finding
        {
            Issue = Info,
            Subject = row.Release,
            Summary = $"{row.Release} is at an update of October 2022 that makes some TLS connections fail; a later update fixes it.",
            Certainty = certainty,
            Evidence = [.. evidence],
            Remedies = [Ordinary(row), OutOfBand(row, examination.Host)],
        };
    }

    private static Remedy Ordinary(TlsUpdateRow row) => new()
    {
        Summary = row.HasRevisions
            ? $"Install the current cumulative update from Windows Update: {row.Later} of November 2022 and every later one has the fix."
            : $"Install a monthly rollup from November 2022 or later ({row.Later} is the first); a security-only update is not enough.",
        Change = new InstallUpdate { Id = row.Later, Revision = row.HasRevisions ? row.LaterRevision : null },
        Apply = row.HasRevisions ? [Cmd("start ms-settings:windowsupdate")] : [Cmd("control /name Microsoft.WindowsUpdate")],
        NothingToRevertBecause = "Without the update the error is back, and security fixes are gone with it.",
        NeedsElevation = true,
        NeedsReboot = true,
        Risk = RemedyRisk.Low,
        Consequence = "The machine restarts.",
    };

    private static Remedy OutOfBand(TlsUpdateRow row, HostSnapshot host)
    {
        string doubt = row.IsFixVerified ? "" : " (this number was not verified: look it up in the catalog before you rely on it)";
        // The file's name is known for these packages alone.
        bool isFileKnown = row.Fix is "KB5020435" or "KB5020438" or "KB5020439" && host.Platform.Architecture is "X64" or "x64";
        string number = row.Fix[2..];
        return new Remedy
        {
            Summary = $"Or install {row.Fix} of {row.FixDate} alone{doubt}, from the Microsoft Update Catalog: https://www.catalog.update.microsoft.com/Search.aspx?q={row.Fix}",
            Change = new InstallUpdate { Id = row.Fix, Revision = row.HasRevisions ? row.FixRevision : null },
            Apply = isFileKnown ? [Cmd($"wusa.exe windows10.0-kb{number}-x64.msu /norestart")] : [],
            Revert = row.HasRevisions ? [] : [Cmd($"wusa.exe /uninstall /kb:{number} /norestart")],
            NothingToRevertBecause = row.HasRevisions ? "The package is cumulative and comes with a servicing stack, which wusa does not take back; without it the error is back." : null,
            NeedsElevation = true,
            NeedsReboot = true,
            Risk = RemedyRisk.Low,
            Consequence = "The machine needs a restart. Windows Update and WSUS do not offer this package.",
        };
    }

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
