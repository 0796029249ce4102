using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1009: the wanted address is on no interface of the host. One that is there and not ready is SD1040's.</summary>
internal sealed class AddressNotOnHost : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1009",
        Title = "The address is not on this host",
        Severity = Severity.Error,
        Needs = SnapshotTables.Addresses,
        IsAboutBinds = true,
        DependsOn = ["SD1038", "SD1040", "SD1063", "SD2010"],
        Grade = SourceGrade.Measured,
        References =
        [
            "https://man7.org/linux/man-pages/man7/ip.7.html",
            "https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2",
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.IsBlocked && question.Outcome == BindOutcome.AddressNotAvailable && !question.Prediction!.Request.Endpoint.Address.IsUnspecified)
                yield return Find(question, examination.Host);
        }
    }

    private Finding Find(ExaminedQuestion question, HostSnapshot host)
    {
        BindRequest request = question.Prediction!.Request;
        NetAddress wanted = request.Endpoint.Address;
        AddressRow? row = host.Addresses.FirstOrDefault(entry => entry.Address.WithoutScope() == wanted.UnmapIPv4().WithoutScope());
        bool isSure = question.FollowsProbe || question.Prediction.Certainty == Certainty.Certain;
        return new Finding
        {
            Issue = Info,
            Subject = wanted.ToString(),
            Summary = row switch
            {
                null => $"{wanted} is on no interface of this host, so {HolderWords.Place(request)} cannot be bound.",
                _ => $"{wanted} is on this host and yet {HolderWords.Place(request)} cannot be bound: the address was not ready, or its scope does not fit.",
            },
            Certainty = isSure && host.Addresses.Coverage == Coverage.Complete ? Certainty.Certain : Certainty.Likely,
            Questions = [question.Position],
            Evidence = [new Evidence { Table = "addresses", Text = Listing(host, wanted) }],
            Remedies = [.. Remedies(request, row, host)],
        };
    }

    private static IEnumerable<Remedy> Remedies(BindRequest request, AddressRow? row, HostSnapshot host)
    {
        NetAddress wanted = request.Endpoint.Address;
        NetAddress any = wanted.IsIPv6 && !wanted.IsIPv4Mapped ? NetAddress.AnyIPv6 : NetAddress.AnyIPv4;
        ImmutableArray<string> own = Candidates(host, wanted);
        string example = own.IsEmpty ? "" : $" ({string.Join(", ", own)})";
        yield return AskerRemedy.Configure(
            $"Let your server bind an address of this host{example}, or {any} for all of them. A public address that a router translates is not an address of this host.",
            request with { Endpoint = request.Endpoint.WithAddress(any) });
        if (host.Platform.Family == PlatformFamily.Linux && row is null)
            yield return AllowNonlocal(request, host);
    }

    private static Remedy AllowNonlocal(BindRequest request, HostSnapshot host)
    {
        string setting = request.Endpoint.Address.IsIPv6 && !request.Endpoint.Address.IsIPv4Mapped ? "net.ipv6.ip_nonlocal_bind" : "net.ipv4.ip_nonlocal_bind";
        string old = host.FindSetting(setting) is "1" ? "1" : "0";
        return new Remedy
        {
            Summary = "If the address comes later (a cluster's floating address, a VPN), allow binding addresses that are not there yet.",
            Change = new SetSetting { Name = setting, Value = "1" },
            Apply = [new RemedyCommand { Shell = CommandShell.Sh, Text = $"sysctl -w {setting}=1" }],
            Revert = [new RemedyCommand { Shell = CommandShell.Sh, Text = $"sysctl -w {setting}={old}" }],
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = "A mistyped address is then bound without an error, and nothing ever arrives there.",
            Recheck = request,
        };
    }

    private static string Listing(HostSnapshot host, NetAddress wanted)
    {
        ImmutableArray<string> own = Candidates(host, wanted);
        string family = wanted.UnmapIPv4().IsIPv4 ? "IPv4" : "IPv6";
        return own.IsEmpty
            ? $"The host has no {family} address other than loopback."
            : $"The host's {family} addresses are {string.Join(", ", own)}.";
    }

    private static ImmutableArray<string> Candidates(HostSnapshot host, NetAddress wanted) =>
    [
        .. host.Addresses
            .Where(row => row.Address.IsIPv4 == wanted.UnmapIPv4().IsIPv4 && !row.Address.IsLoopback && row.State is not (AddressState.Tentative or AddressState.Duplicate))
            .Select(row => row.Address.ToString())
            .Distinct()
            .Take(6),
    ];
}
