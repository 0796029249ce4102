using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3101: no rule lets in what comes for the service, and the profile's default is to block.</summary>
internal sealed class NoInboundRule : WindowsKeptOut
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3101",
        Title = "No rule of Windows Firewall lets the service's clients in",
        Severity = Severity.Error,
        Needs = Tables,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References = [RulesPage, NetshPage],
    };

    /// <inheritdoc/>
    protected override WindowsKeptOutReason Reason => WindowsKeptOutReason.NoRule;

    /// <inheritdoc/>
    protected override string SubjectOf(WindowsKeptOutCause cause, string service) => service;

    /// <inheritdoc/>
    protected override string Because(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host) => "no rule lets it in, and what no rule lets in is blocked";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy> Help(WindowsKeptOutCause cause, ClientVerdict client, HostSnapshot host) =>
        WindowsFirewallRemedies.Allow(client, host) is { } remedy ? [remedy] : [];
}
