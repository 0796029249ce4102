using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using System.Runtime.CompilerServices;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1063: Windows has taken the address away, because its interface has no link (media sense).</summary>
internal sealed class AddressWithoutLink : KnownIssue
{
    private const string Interfaces = @"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\";
    private const string Parameters = @"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters", MediaSense = "DisableDHCPMediaSense";
    private const string Static = @"\IPAddress", Leased = @"\DhcpIPAddress";

    // A table never changes: its addresses are read once, however many questions ask for theirs.
    private static readonly ConditionalWeakTable<Table<SettingRow>, Dictionary<NetAddress, SettingRow>> s_configured = [];

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1063",
        Title = "The address is configured, and its interface has no link",
        Severity = Severity.Error,
        Needs = SnapshotTables.Addresses | SnapshotTables.Interfaces | SnapshotTables.Settings,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        IsExperimental = true,
        References =
        [
            "https://learn.microsoft.com/troubleshoot/windows-server/networking/disable-media-sensing-feature-for-tcpip",
            "https://openwrt.org/docs/guide-user/installation/generic.flashing.tftp",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (!question.IsBlocked || question.Outcome != BindOutcome.AddressNotAvailable)
                continue;
            NetAddress wanted = question.Prediction!.Request.Endpoint.Address.UnmapIPv4();
            if (!examination.Host.Addresses.Any(row => row.Address.WithoutScope() == wanted.WithoutScope()) && Configured(wanted, examination.Host) is { } setting
                && InterfaceOf(setting, examination.Host) is { Status: OperationalStatus.Down } row)
            {
                yield return Find(question, wanted, setting, row, examination);
            }
        }
    }

    private Finding Find(ExaminedQuestion question, NetAddress wanted, SettingRow setting, InterfaceRow row, Examination examination)
    {
        BindRequest request = question.Prediction!.Request;
        string name = SafeText.Of(row.Name);
        bool isStatic = setting.Name.EndsWith(Static, StringComparison.OrdinalIgnoreCase);
        return new Finding
        {
            Issue = Info,
            Subject = $"{wanted} on {name}",
            Summary = $"{wanted} {(isStatic ? "is configured for" : "was last leased by")} {name}, which has no link: Windows has taken the address away, so {HolderWords.Place(request)} cannot be bound.",
            Certainty = isStatic && !KeepsAddresses(examination.Host) && (question.FollowsProbe || question.Prediction.Certainty == Certainty.Certain) ? Certainty.Certain : Certainty.Likely,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = "settings", Text = $"{SafeText.Of(setting.Name)} = {SafeText.Of(setting.Value)}" },
                new Evidence { Table = "interfaces", Text = $"{name} is down: the cable, the switch or the device at its other end is off." },
            ],
            Remedies = [.. Remedies(request, wanted, examination)],
        };
    }

    private static IEnumerable<Remedy> Remedies(BindRequest request, NetAddress wanted, Examination examination)
    {
        yield return AskerRemedy.Configure(
            "Connect the interface: over a direct cable to a device that restarts, put a switch between, so that the link stays.", request, wayBack: "Take the switch away again.");
        BindRequest any = request with { Endpoint = request.Endpoint.WithAddress(wanted.IsIPv4 ? NetAddress.AnyIPv4 : NetAddress.AnyIPv6) };
        if (examination.Binds.Predict(any).Outcome == BindOutcome.Success)
            yield return AskerRemedy.Configure($"Let your server bind {any.Endpoint}, which stays when an address goes and comes.", any, "The server is reached at every address of this host.");
        string? old = examination.Host.FindSetting($@"{Parameters}\{MediaSense}");
        if (old == "1" || (old is null && !examination.Host.LacksSetting($@"{Parameters}\{MediaSense}")))
            yield break;
        yield return new Remedy
        {
            Summary = "Let Windows keep addresses when the link goes.",
            Apply = [Cmd($"reg add {Parameters} /v {MediaSense} /t REG_DWORD /d 1 /f")],
            Revert = [Cmd(old is null ? $"reg delete {Parameters} /v {MediaSense} /f" : $"reg add {Parameters} /v {MediaSense} /t REG_DWORD /d 0 /f")],
            NeedsElevation = true,
            NeedsReboot = true,
            Risk = RemedyRisk.Medium,
            Consequence = "It holds for every interface: routes of a network that is unplugged stay too, and a laptop no longer changes to another interface by itself.",
            Recheck = request,
        };
    }

    // Then another reason took the address away.
    private static bool KeepsAddresses(HostSnapshot host) => host.FindSetting($@"{Parameters}\{MediaSense}") == "1";

    private static SettingRow? Configured(NetAddress wanted, HostSnapshot host) =>
        wanted.IsUnspecified ? null : s_configured.GetValue(host.Settings, Configured).GetValueOrDefault(wanted);

    // An address that somebody typed counts before one that was leased.
    private static Dictionary<NetAddress, SettingRow> Configured(Table<SettingRow> settings)
    {
        var configured = new Dictionary<NetAddress, SettingRow>();
        foreach (string kind in (string[])[Static, Leased])
        {
            foreach (SettingRow setting in settings.Where(setting => setting.Name.StartsWith(Interfaces, StringComparison.OrdinalIgnoreCase) && setting.Name.EndsWith(kind, StringComparison.OrdinalIgnoreCase)))
            {
                foreach (string text in setting.Value.Split(' '))
                {
                    if (NetAddress.TryParse(text, out NetAddress address))
                        configured.TryAdd(address, setting);
                }
            }
        }

        return configured;
    }

    // The key between is the adapter's id.
    private static InterfaceRow? InterfaceOf(SettingRow setting, HostSnapshot host)
    {
        ReadOnlySpan<char> rest = setting.Name.AsSpan(Interfaces.Length);
        int end = rest.IndexOf('\\');
        string id = end < 0 ? "" : rest[..end].ToString();
        return host.Interfaces.FirstOrDefault(row => row.AdapterId is { } adapter && string.Equals(adapter.Trim('{', '}'), id.Trim('{', '}'), StringComparison.OrdinalIgnoreCase));
    }

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };
}
