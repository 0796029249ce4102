using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1003: the Windows Time service holds UDP 123.</summary>
internal sealed class WindowsTimeHoldsNtp : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1003",
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
    public override Certainty Explains(Holder holder, HostSnapshot host)
    {
        if (!holder.IsServer || holder.Owner is not { } owner || !IsOn(holder, TransportProtocol.Udp, 123))
            return Certainty.None;
        if (owner.Services.Contains("W32Time", StringComparer.OrdinalIgnoreCase))
            return Certainty.Certain;
        if (!owner.Services.IsEmpty || host.FindService("W32Time") is not { State: ServiceState.Running } service)
            return Certainty.None;
        if (service.ProcessId is { } processId)
            return processId == owner.ProcessId ? Certainty.Certain : Certainty.None;
        return string.Equals(owner.Name, "svchost.exe", StringComparison.OrdinalIgnoreCase) ? Certainty.Likely : Certainty.None;
    }

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host)
    {
        bool isNamed = Explains(holder, host) == Certainty.Certain && holder.Owner!.Services.Length == 1;
        return $"Windows Time holds {holder.Places}: {(isNamed ? "" : "W32Time in ")}{holder.Description}";
    }

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
        [AskerRemedy.SpecificAddress(holder, examination), Stop(holder, examination)];

    private static Remedy? Stop(Holder holder, Examination examination)
    {
        // The change closes what it can be told from the rows that the service holds.
        bool isNamed = holder.Owners.All(owner => owner.Services.Contains("W32Time", StringComparer.OrdinalIgnoreCase));
        return StopRemedy.Service(
            "w32time", examination.Host, isNamed ? new StopService { Name = "W32Time" } : null,
            "The clock is not synchronised meanwhile; in a domain, logons fail once it is five minutes wrong.",
            RemedyRisk.Medium, holder.Request);
    }
}
