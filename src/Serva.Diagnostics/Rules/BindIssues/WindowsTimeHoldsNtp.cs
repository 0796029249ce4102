using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1003: the Windows Time service holds UDP 123.</summary>
internal sealed class WindowsTimeHoldsNtp : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = HolderKind.WindowsTime,
        Title = "Windows Time holds the NTP port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://www.vercot.com/~serva/troubleshooting.html",
            "https://learn.microsoft.com/windows-server/networking/windows-time-service/windows-time-service-top",
            "https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (Holder holder in Holder.Of(examination))
        {
            if (HolderKind.Of(holder, examination) != HolderKind.WindowsTime)
                continue;
            Certainty certainty = HolderKind.IsWindowsTime(holder.Owner, examination.Host);
            string who = certainty == Certainty.Certain && holder.Owner!.Services.Length == 1
                ? holder.Description
                : $"W32Time in {holder.Description}";
            yield return HolderFinding.Of(
                Info, holder, examination,
                $"Windows Time holds {holder.Places}: {who}, {HolderFinding.WhoSuffers(holder)}.",
                [AskerRemedy.SpecificAddress(holder, examination), Stop(holder, examination)],
                certainty);
        }
    }

    private static Remedy? Stop(Holder holder, Examination examination)
    {
        // The change closes what it can be told from the rows that the service holds.
        bool isNamed = holder.Owners.All(owner => owner.Services.Contains("W32Time", System.StringComparer.OrdinalIgnoreCase));
        return StopRemedy.Service(
            "w32time", examination.Host, isNamed ? new StopService { Name = "W32Time" } : null,
            "The clock is not synchronised meanwhile; in a domain, logons fail once it is five minutes wrong.",
            RemedyRisk.Medium, holder.Request);
    }
}
