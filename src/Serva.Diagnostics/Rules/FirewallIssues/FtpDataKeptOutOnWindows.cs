using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3021: Windows Firewall lets FTP clients log in and keeps their data connections out.</summary>
/// <remarks>
/// TFTP needs no such rule: there the server sends first from its data port, and Windows lets in what answers (the filtering
/// platform judges the first packet of a flow, whoever sends it).
/// </remarks>
internal sealed class FtpDataKeptOutOnWindows : KnownIssue
{
    private const string Policy = @"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\DisableStatefulFTP";
    private const string Local = @"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\DisableStatefulFTP";

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3021",
        Title = "Windows Firewall keeps the data connections of FTP out",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Interfaces | SnapshotTables.Addresses | SnapshotTables.Routes | SnapshotTables.WindowsFirewallProfiles | SnapshotTables.WindowsFirewallRules,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        IsExperimental = true,
        References =
        [
            "https://learn.microsoft.com/windows/security/operating-system-security/network-security/windows-firewall/rules",
            "https://learn.microsoft.com/windows-server/administration/windows-commands/netsh-advfirewall",
            "https://learn.microsoft.com/openspecs/windows_protocols/ms-gpfas/",
            "https://learn.microsoft.com/windows-hardware/drivers/network/packet-inspection-points",
            "https://www.rfc-editor.org/rfc/rfc959#section-3.2",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        // Where group policy says nothing the machine's own value counts; 0 lets the data connections in that the firewall hears of.
        string? disabled = examination.Host.FindSetting(Policy) ?? examination.Host.FindSetting(Local);
        if (disabled == "0")
            yield break;
        foreach (var question in FtpData.Of(examination).GroupBy(link => link.Question.Position))
        {
            FtpData[] links = [.. question];
            yield return FtpData.Find(Info, links, "Windows Firewall", EvidenceOf(disabled, links), Remedies(links), disabled is null ? Certainty.Likely : Certainty.Certain);
        }
    }

    private static IEnumerable<Evidence> EvidenceOf(string? disabled, FtpData[] links)
    {
        yield return new Evidence
        {
            Table = "settings",
            Text = disabled is null
                ? "Not certain: DisableStatefulFTP is not set; the firewall is taken not to read along in FTP, as exported settings of machines show."
                : "DisableStatefulFTP is set: the firewall does not read along in FTP.",
        };
        foreach (string text in links.SelectMany(link => link.KeptOut).SelectMany(client => client.Verdict.Unseen.Concat(client.Verdict.Conditions)).Distinct().Take(8))
            yield return new Evidence { Table = "windowsFirewallRules", Text = "Not certain: " + SafeText.Of(text) };
    }

    private static IEnumerable<Remedy> Remedies(FtpData[] links)
    {
        FtpData link = links[0];
        if (WindowsFirewallRemedies.AllowRange(link.KeptOut.First(), link.Host, link.Ports) is { } remedy)
            yield return remedy;
        else
            yield return AskerRemedy.Configure($"Let in {link.Words} for the program of {link.Name} in the profile of {link.Link}: which program it is can be seen while it runs.", null);
    }
}
