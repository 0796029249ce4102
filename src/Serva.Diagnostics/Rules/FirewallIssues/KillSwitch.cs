using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>SD3106: a WireGuard tunnel for everything blocks, on Windows, what does not come through it.</summary>
internal sealed class KillSwitch : KnownIssue
{
    // Descriptions of the adapters of WireGuard for Windows and of its offspring.
    private static readonly string[] s_adapters = ["WireGuard", "AmneziaWG"];

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD3106",
        Title = "A VPN's kill switch keeps the clients of the own network out",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Interfaces | SnapshotTables.Routes,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        IsExperimental = true,
        References =
        [
            "https://git.zx2c4.com/wireguard-windows/about/docs/netquirk.md",
            "https://github.com/brave/brave-core/issues/39062",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        ImmutableArray<int> concerned = [.. examination.Questions.Where(question => question.Question.Bind is { } bind && !bind.Endpoint.Address.UnmapIPv4().IsLoopback).Select(question => question.Position)];
        if (concerned.IsEmpty || !examination.Host.Interfaces.Any(row => row is { Status: OperationalStatus.Up, Type: NetworkInterfaceType.Ethernet or NetworkInterfaceType.Wireless80211 } && !IsTunnel(row)))
            yield break;
        foreach (InterfaceRow tunnel in examination.Host.Interfaces.Where(row => row.Status == OperationalStatus.Up && IsTunnel(row)))
        {
            NetPrefix[] taken = [.. examination.Host.Routes.Where(route => route.Interface == tunnel.Index && route.Destination.IsDefault).Select(route => route.Destination).Distinct().Order()];
            if (taken.Length > 0)
                yield return Find(tunnel, taken, concerned);
        }
    }

    private static bool IsTunnel(InterfaceRow row) => s_adapters.Any(name => row.Description?.Contains(name, StringComparison.OrdinalIgnoreCase) == true);

    private Finding Find(InterfaceRow tunnel, NetPrefix[] taken, ImmutableArray<int> questions)
    {
        string name = SafeText.Of(tunnel.Name);
        string half = string.Join(", ", taken.Select(prefix => prefix.Address.IsIPv4 ? "0.0.0.0/1, 128.0.0.0/1" : "::/1, 8000::/1")), whole = string.Join(", ", taken);
        return new Finding
        {
            Issue = Info,
            Subject = name,
            Summary = $"The tunnel {name} takes everything ({whole}); with that WireGuard blocks what does not come through the tunnel, the clients of the own network among it.",
            Certainty = Certainty.Likely,
            Questions = questions,
            Evidence =
            [
                new Evidence { Table = "routes", Text = $"{whole} {(taken.Length == 1 ? "leads" : "lead")} into {name} ({SafeText.Of(tunnel.Description!)})." },
                new Evidence { Table = "reference", Text = "WireGuard for Windows adds the filters when its one peer has an allowed address of /0; they are filters of the Windows Filtering Platform, which no rule of Windows Firewall overrules and this version does not read." },
            ],
            Remedies =
            [
                AskerRemedy.Configure(
                    $"Edit the tunnel and clear \"Block untunneled traffic (kill-switch)\": that writes AllowedIPs = {half} in place of {whole}.", null,
                    "What leaves by another way is no longer blocked when the tunnel fails.", $"Set the mark again: AllowedIPs = {whole}."),
                AskerRemedy.Configure("Or switch the tunnel off as long as your server runs.", null, "What goes through the tunnel goes without it.", "Switch it on again."),
                new Remedy
                {
                    Summary = "To be sure, look at the filters: the command writes filters.xml into the current folder; the provider of WireGuard's is named in it.",
                    Apply = [new RemedyCommand { Shell = CommandShell.Cmd, Text = "netsh wfp show filters" }],
                    NothingToRevertBecause = "The command only looks; delete the file.",
                    NeedsElevation = true,
                    Risk = RemedyRisk.None,
                },
            ],
        };
    }
}
