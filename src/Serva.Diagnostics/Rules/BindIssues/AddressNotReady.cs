using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Routing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1040: an address is on an interface and not in use: duplicate address detection runs, waits, or found another host that has it.</summary>
internal sealed class AddressNotReady : KnownIssue
{
    private const int MostAddresses = 8;

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1040",
        Title = "The address is not in use yet, or another host has it",
        Severity = Severity.Error,
        Needs = SnapshotTables.Addresses,
        Platforms = [PlatformFamily.Linux, PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc4862#section-5.4",
            "https://www.rfc-editor.org/rfc/rfc5227",
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
            "https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_unicastipaddress_row",
            "https://github.com/systemd/systemd/issues/2037",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        HostSnapshot host = examination.Host;
        ImmutableArray<AddressRow> notReady = [.. host.Addresses.Where(row => row.State is AddressState.Tentative or AddressState.Duplicate)];
        if (notReady.IsEmpty)
            yield break;
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.Prediction?.Request is not { } request)
                continue;
            NetAddress wanted = request.Endpoint.Address.UnmapIPv4();
            if (question.IsBlocked && question.Outcome == BindOutcome.AddressNotAvailable)
            {
                // The same address on a second interface, where it is in use, has another scope or VRF.
                if (notReady.FirstOrDefault(row => IsSame(row.Address, wanted)) is { } row)
                    yield return Find(question, [row], host);
            }
            else if (wanted.IsUnspecified && (question.IsServed || question.Outcome == BindOutcome.Success))
            {
                // One that is still being checked is served a second later without anybody's doing; a duplicate never is.
                ImmutableArray<AddressRow> duplicates = [.. notReady.Where(row => row.State == AddressState.Duplicate && IsServedBy(row.Address, request))];
                if (!duplicates.IsEmpty)
                    yield return Find(question, duplicates, host);
            }
        }
    }

    private static bool IsSame(NetAddress own, NetAddress wanted) =>
        own.WithoutScope() == wanted.WithoutScope() && (wanted.ScopeId == 0 || own.ScopeId == wanted.ScopeId);

    private static bool IsServedBy(NetAddress own, BindRequest request) =>
        own.IsIPv4 == request.Endpoint.Address.IsIPv4 || (own.IsIPv4 && request.DualMode);

    private Finding Find(ExaminedQuestion question, ImmutableArray<AddressRow> rows, HostSnapshot host)
    {
        BindRequest request = question.Prediction!.Request;
        AddressRow row = rows[0];
        ImmutableArray<PlacedAddress> told = [.. rows.Take(MostAddresses).Select(entry => new PlacedAddress(entry, host.Interfaces.FirstOrDefault(link => link.Index == entry.Interface)))];
        InterfaceRow? device = told[0].Device;
        string where = told[0].Where, more = rows.Length > MostAddresses ? string.Create(CultureInfo.InvariantCulture, $" and {rows.Length - MostAddresses} more") : "";
        bool isDuplicate = row.State == AddressState.Duplicate, isWildcard = request.Endpoint.Address.UnmapIPv4().IsUnspecified;
        bool isSure = isWildcard || question.FollowsProbe || question.Prediction.Certainty == Certainty.Certain;
        return new Finding
        {
            Issue = Info,
            Subject = string.Join(", ", told.Select(entry => entry.Row.Address.ToString())) + more,
            Summary = isWildcard && rows.Length > 1 ? $"{string.Join(", ", told.Select(entry => $"{entry.Row.Address} on {entry.Where}"))}{more} are in use by other hosts of the network too, so they were never put to use here: {HolderWords.Place(request)} is not reached at them."
                : isWildcard ? $"{row.Address} on {where} is in use by another host of the network too, so it was never put to use here: {HolderWords.Place(request)} is not reached at it."
                : isDuplicate ? $"{row.Address} on {where} is in use by another host of the network too, so {HolderWords.Place(request)} cannot be bound."
                : WaitsForLink(device) ? $"{row.Address} is on {where}, which has no link: the check for duplicates waits for one, and {HolderWords.Place(request)} cannot be bound before."
                : $"{row.Address} on {where} is still being checked for duplicates on the network, so {HolderWords.Place(request)} cannot be bound yet.",
            Certainty = isSure ? Certainty.Certain : Certainty.Likely,
            SeverityHere = isWildcard ? Severity.Warning : null,
            Questions = [question.Position],
            Evidence = [.. told.SelectMany(entry => Evidence(entry.Row, entry.Device, entry.Where, host)).DistinctBy(evidence => evidence.Text)],
            Remedies = [.. isDuplicate ? ForDuplicate(request, told, host) : ForTentative(request, row, device, where, host)],
        };
    }

    // Linux begins to check when the interface first has a carrier after it was set up (addrconf_dad_begin, IF_READY).
    private static bool WaitsForLink(InterfaceRow? device) =>
        device?.Status is OperationalStatus.Down or OperationalStatus.LowerLayerDown or OperationalStatus.NotPresent or OperationalStatus.Dormant;

    private static IEnumerable<Evidence> Evidence(AddressRow row, InterfaceRow? device, string where, HostSnapshot host)
    {
        string state = row.State == AddressState.Duplicate ? "duplicate" : "tentative";
        yield return new Evidence { Table = "addresses", Text = string.Create(CultureInfo.InvariantCulture, $"{row.Address}/{row.PrefixLength} on {where} is {state}") };
        if (row.State == AddressState.Tentative && device is not null && WaitsForLink(device))
            yield return new Evidence { Table = "interfaces", Text = $"{where} is {(device.Status == OperationalStatus.Down ? "down" : "up without a link")}" };
        foreach (string setting in Checks(row, device).Where(setting => host.FindSetting(setting) is not null))
            yield return new Evidence { Table = "settings", Text = $"{setting} = {SafeText.Of(host.FindSetting(setting)!)}" };
    }

    private static IEnumerable<Remedy> ForDuplicate(BindRequest request, ImmutableArray<PlacedAddress> told, HostSnapshot host)
    {
        bool isOne = told.Length == 1;
        yield return AskerRemedy.Configure(
            $"Find the other host{(isOne ? "" : "s")} ({(isOne ? "its" : "their")} answers to {(told[0].Row.Address.IsIPv4 ? "ARP" : "neighbor discovery")} carry another link-layer address) and give {(isOne ? "it" : "them")} or this one {(isOne ? "a different address" : "different addresses")}.",
            request,
            wayBack: "Give the host its old address again.");
        if (host.Platform.Family != PlatformFamily.Linux)
            yield break;
        ImmutableArray<RemedyCommand> commands = [.. told.SelectMany(Again)];
        if (commands.IsEmpty)
            yield break;
        yield return new Remedy
        {
            Summary = $"Once the other host{(isOne ? " no longer has it, let this one check the address" : "s no longer have them, let this one check the addresses")} again: nothing does by itself.",
            Apply = [Sh("ip address show"), .. commands],
            NothingToRevertBecause = $"The interface has the address{(isOne ? "" : "es")} again, as far as the snapshot knows {(isOne ? "it" : "them")}; for the rest note what the first command shows.",
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = "Lost is what the snapshot does not know of an address: its lifetime, flags such as noprefixroute, its own metric. One by DHCP or from a router has no lifetime then: there, disconnect and connect the link instead.",
            Recheck = request,
        };
    }

    // With the other end, broadcast address and scope that the row has. Of IPv6 the kernel takes the scope from the address.
    private static IEnumerable<RemedyCommand> Again(PlacedAddress entry)
    {
        AddressRow row = entry.Row;
        if (CommandText.Sh(entry.Device?.Name) is not { } name)
            yield break;
        string peer = row.Peer is { } other ? $" peer {other.WithoutScope()}" : "";
        string address = string.Create(CultureInfo.InvariantCulture, $"{row.Address.WithoutScope()}{peer}/{row.PrefixLength}");
        string broadcast = row is { Address.IsIPv4: true, Broadcast: { } all } ? $" broadcast {all}" : "";
        string scope = row.Address.IsIPv6 ? "" : row.Scope switch
        {
            null or 0 => "",
            LinuxNetworkView.LinkScope => " scope link",
            LinuxNetworkView.HostScope => " scope host",
            { } number => string.Create(CultureInfo.InvariantCulture, $" scope {number}"),
        };
        string ip = row.Address.IsIPv6 ? "ip -6" : "ip";
        yield return Sh($"{ip} address del {address} dev {name}");
        yield return Sh($"{ip} address add {address}{broadcast}{scope} dev {name}");
    }

    private static IEnumerable<Remedy> ForTentative(BindRequest request, AddressRow row, InterfaceRow? device, string where, HostSnapshot host)
    {
        bool isLinux = host.Platform.Family == PlatformFamily.Linux;
        if (WaitsForLink(device))
        {
            yield return AskerRemedy.Configure($"Give {where} a link (cable, switch port, the other end), or let your server bind an address of another interface.", request);
        }
        else
        {
            yield return AskerRemedy.Configure(
                isLinux
                    ? "Wait a second or two and start your server again. At boot, let it start after the network is up: a drop-in for its unit (systemctl edit) with Wants=network-online.target and After=network-online.target."
                    : "Wait a few seconds and start your server again. At boot, let its service start later (sc config NAME start= delayed-auto; back with start= auto).",
                request);
        }

        if (!isLinux)
            yield break;
        string nonlocal = row.Address.IsIPv6 ? "net.ipv6.ip_nonlocal_bind" : "net.ipv4.ip_nonlocal_bind";
        var allow = new SetSetting { Name = nonlocal, Value = "1" };
        if (RouteCommands.Of(allow, host) is { } commands)
        {
            yield return new Remedy
            {
                Summary = "Allow binding addresses that are not in use yet (a server can ask for the same by IP_FREEBIND).",
                Change = allow,
                Apply = commands.Apply,
                Revert = commands.Revert,
                NeedsElevation = true,
                Risk = RemedyRisk.Low,
                Consequence = "A mistyped address is then bound without an error, and nothing ever arrives there. It is gone after a restart.",
                Recheck = request,
            };
        }

        // The check is left out only where both are 0 or less (addrconf_dad_begin).
        ImmutableArray<string> settings = Checks(row, device);
        ImmutableArray<SetSetting> off =
        [
            .. settings.Where(setting => int.TryParse(host.FindSetting(setting), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value > 0)
                .Select(setting => new SetSetting { Name = setting, Value = "0" }),
        ];
        if (!off.IsEmpty && settings.All(setting => host.FindSetting(setting) is not null) && RouteCommands.Of(new SeveralChanges { Changes = [.. off] }, host) is { } checks)
        {
            yield return new Remedy
            {
                Summary = $"Put addresses that {where} gets from now on to use at once, without checking for duplicates.",
                Apply = checks.Apply,
                Revert = checks.Revert,
                NeedsElevation = true,
                Risk = RemedyRisk.Medium,
                Consequence = "Two hosts with one address then disturb each other without a word. It changes nothing about addresses that are there already, and is gone after a restart.",
            };
        }
    }

    // Linux checks IPv6 addresses alone.
    private static ImmutableArray<string> Checks(AddressRow row, InterfaceRow? device) =>
        row.Address.IsIPv6 && device is not null ? ["net.ipv6.conf.all.accept_dad", $"net.ipv6.conf.{device.Name}.accept_dad"] : [];

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };

    /// <summary>An address, and the interface that has it; null when that is not in the table.</summary>
    private sealed record PlacedAddress(AddressRow Row, InterfaceRow? Device)
    {
        public string Where => Device is null ? string.Create(CultureInfo.InvariantCulture, $"interface {Row.Interface}") : SafeText.Of(Device.Name);
    }
}
