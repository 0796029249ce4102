using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1037: Linux binds an address that is on no interface, because it was told to, and nothing ever arrives there.</summary>
internal sealed class AddressOnNoInterface : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1037",
        Title = "The address is bound and on no interface",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Addresses | SnapshotTables.Routes,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://man7.org/linux/man-pages/man7/ip.7.html",
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
            "https://github.com/systemd/systemd/issues/18086",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) =>
        from question in examination.Questions
        where question.Prediction is not null && (question.Outcome == BindOutcome.Success || question.IsServed)
        let address = question.Prediction!.Request.Endpoint.Address.UnmapIPv4()
        where IsNowhere(address, examination.Host)
        select Find(question, address, examination.Host);

    private static bool IsNowhere(NetAddress address, HostSnapshot host) =>
        !address.IsUnspecified && !address.IsMulticast && address != NetAddress.BroadcastIPv4
        && host.Addresses.Coverage == Coverage.Complete && host.Routes.Coverage == Coverage.Complete
        && host.Addresses.All(row => row.Address.WithoutScope() != address.WithoutScope())
        && !host.Routes.Any(route => route.Kind is RouteKind.Local or RouteKind.Anycast or RouteKind.Broadcast && route.Destination.Contains(address));

    private Finding Find(ExaminedQuestion question, NetAddress address, HostSnapshot host)
    {
        BindRequest request = question.Prediction!.Request;
        string setting = address.IsIPv6 ? "net.ipv6.ip_nonlocal_bind" : "net.ipv4.ip_nonlocal_bind";
        string why = request.FreeBind || request.Transparent
            ? "The server sets IP_FREEBIND or IP_TRANSPARENT."
            : $"{setting} = {SafeText.Of(host.FindSetting(setting) ?? "unknown")}";
        NetAddress any = address.IsIPv6 ? NetAddress.AnyIPv6 : NetAddress.AnyIPv4;
        return new Finding
        {
            Issue = Info,
            Subject = address.ToString(),
            Summary = $"{HolderWords.Place(request)} can be bound although {address} is on no interface of this host, and nothing arrives there until it is.",
            Certainty = Certainty.Certain,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = request.FreeBind || request.Transparent ? "question" : "settings", Text = why },
                new Evidence { Table = "routes", Text = $"No interface has {address}, and no local route delivers it to this host." },
            ],
            Remedies =
            [
                AskerRemedy.Configure(
                    $"Let your server bind an address that this host has, or {any} for all of them; if the address is a cluster's that comes and goes, this is as it should be.",
                    request with { Endpoint = request.Endpoint.WithAddress(any) }),
            ],
        };
    }
}
