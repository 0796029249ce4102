using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1020: Internet Connection Sharing, also behind the mobile hotspot, Hyper-V's Default Switch and WSL 2, holds port 53 or 67.</summary>
internal sealed class InternetSharingHoldsPort : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1020",
        Title = "Internet Connection Sharing holds the DNS or DHCP port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        References =
        [
            "https://github.com/docker/for-win/issues/5085",
            "https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.Socket.Local.Port is 53 or 67 ? IsService(holder, "SharedAccess") : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"Internet Connection Sharing (also of the mobile hotspot, Hyper-V's Default Switch and WSL 2) holds {holder.Places}: {holder.Description}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
    [
        AskerRemedy.SpecificAddress(holder, examination),
        AskerRemedy.Configure(
            "If sharing has to go on: let your server bind its own address instead of the wildcard, and start it before Internet Connection Sharing starts.",
            null, "Whoever starts first has the port; after a restart of sharing alone nothing changes for your server."),
        StopRemedy.For(holder, examination),
    ];
}
