using System.Collections.Generic;
using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3105: MpsSvc does not run: its rules do not count, and what remains blocks everything inbound.</summary>
internal sealed class FirewallServiceStopped : WindowsKeptOut
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3105",
        Title = "The service of Windows Firewall does not run",
        Severity = Severity.Error,
        Needs = Tables | SnapshotTables.Services,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References = ["https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/cc733422(v=ws.10)"],
    };

    /// <inheritdoc/>
    protected override WindowsKeptOutReason Reason => WindowsKeptOutReason.ServiceStopped;

    /// <inheritdoc/>
    protected override string SubjectOf(WindowsKeptOutCause cause, string service) => "MpsSvc";

    /// <inheritdoc/>
    protected override string Because(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host) => "its service (MpsSvc) does not run, so that no rule counts and everything inbound is blocked";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy> Help(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host)
    {
        var change = new StartService { Name = "MpsSvc" };
        bool isDisabled = host.FindService("MpsSvc") is { Start: ServiceStart.Disabled };
        yield return new Remedy
        {
            Summary = "Start the service. To do without the firewall, switch its profiles off; Microsoft does not support stopping the service.",
            Change = change,
            Apply = [.. isDisabled ? [SetStart("Automatic")] : ImmutableArray<RemedyCommand>.Empty, Cmd("net start MpsSvc")],
            Revert = [Cmd("net stop MpsSvc"), .. isDisabled ? [SetStart("Disabled")] : ImmutableArray<RemedyCommand>.Empty],
            NeedsElevation = true,
            Risk = RemedyRisk.Medium,
            Consequence = "The rules of the firewall count again: what they do not let in stays out.",
            FirewallAfterwards = new FirewallEvaluator(host.With(change)).Evaluate(client.Verdict.Flow),
        };
    }

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };

    private static RemedyCommand SetStart(string type) => new() { Shell = CommandShell.PowerShell, Text = $"Set-Service -Name 'MpsSvc' -StartupType {type}" };
}
