using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1041: SELinux refuses a port to a program whose domain may not bind ports of that type.</summary>
internal sealed class PortOfAnotherType : KnownIssue
{
    private const string Enforce = "/sys/fs/selinux/enforce";
    private const int MostPlaces = 10, MostRemedies = 8;

    // Which port type the domain of a service may bind, over which protocols, and which ports the policies of the project and of
    // Fedora give that type to: semanage adds none of them again.
    private static readonly PolicyPorts[] s_policies =
    [
        new("httpd_t", "http_port_t", tcp: [80, 81, 443, 488, 8008, 8009, 8443, 9000], udp: null),
        new("ftpd_t", "ftp_port_t", tcp: [21, 989, 990], udp: null),
        new("named_t", "dns_port_t", tcp: [53, 853], udp: [53, 853]),
        new("tftpd_t", "tftp_port_t", tcp: null, udp: [69]),
        new("dhcpd_t", "dhcpd_port_t", tcp: [547, 548, 647, 847, 7911], udp: [67, 547, 548, 647, 847]),
        new("ntpd_t", "ntp_port_t", tcp: null, udp: [123]),
        new("syslogd_t", "syslogd_port_t", tcp: [601, 20514], udp: [514, 601, 20514]),
    ];

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1041",
        Title = "SELinux keeps the port from the program",
        Severity = Severity.Error,
        Needs = SnapshotTables.None,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        IsExperimental = true,
        References =
        [
            "https://man7.org/linux/man-pages/man8/semanage-port.8.html",
            "https://man7.org/linux/man-pages/man8/ausearch.8.html",
            "https://github.com/SELinuxProject/refpolicy/blob/main/policy/modules/kernel/corenetwork.te.in",
            "https://github.com/fedora-selinux/selinux-policy/blob/rawhide/policy/modules/kernel/corenetwork.te.in",
            "https://github.com/SELinuxProject/selinux/issues/412",
        ],
    };

    /// <inheritdoc/>
    public override string? CannotJudge(Examination examination) =>
        !examination.Host.Settings.IsKnown && !UnexplainedRefusal.Of(examination).IsEmpty ? "table settings was not captured" : null;

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        if (examination.Host.FindSetting(Enforce) != "1")
            return [];
        return UnexplainedRefusal.Of(examination)
            .Where(refusal => !refusal.IsPermission && refusal.Request.Protocol != TransportProtocol.Raw)
            .Select(refusal => (Refusal: refusal, Labels: SecurityLabels.Of(refusal, examination)))

            // With a module that labels beside SELinux the domain is not known.
            .Select(entry => (entry.Refusal, Domains: entry.Labels.Select(SecurityLabels.DomainOf).OfType<string>().ToArray()))
            .Where(entry => entry.Domains.Length == 0 || !entry.Domains.All(SecurityLabels.IsUnconfined))
            .Select(entry => (entry.Refusal, Domain: entry.Domains.FirstOrDefault(domain => !SecurityLabels.IsUnconfined(domain))))
            .Where(entry => !IsGiven(entry.Refusal.Request, entry.Domain))
            .GroupBy(entry => entry.Domain)
            .Select(group => Find([.. group.Select(entry => entry.Refusal)], group.Key, examination));
    }

    // What the policy gives to the very domain it does not refuse.
    private static bool IsGiven(BindRequest request, string? domain) =>
        Array.Find(s_policies, policy => policy.Domain == domain)?.PortsOf(request.Protocol)?.Contains(request.Endpoint.Port) == true;

    private Finding Find(ImmutableArray<UnexplainedRefusal> refusals, string? domain, Examination examination)
    {
        string places = string.Join(", ", refusals.Select(refusal => HolderWords.Place(refusal.Request)).Distinct().Take(MostPlaces));
        string who = domain is null ? "its program" : $"programs of the domain {SafeText.Of(domain)}";
        return new Finding
        {
            Issue = Info,
            Subject = domain is null ? "SELinux" : $"SELinux, domain {SafeText.Of(domain)}",
            Summary = $"{places}: refused with {refusals[0].Error} although no right is missing, and SELinux enforces: most likely its policy keeps the port from {who}.",

            // The policy is not read: seccomp, a BPF program or Landlock refuse with the same error.
            Certainty = Certainty.Likely,
            Questions = [.. refusals.Select(refusal => refusal.Question.Position)],
            Evidence =
            [
                .. refusals.Take(MostPlaces).Select(refusal => refusal.Say(examination.Host)),
                new Evidence { Table = "settings", Text = $"{Enforce} is 1: SELinux refuses what its policy does not allow." },
                .. domain is null ? ImmutableArray<Evidence>.Empty : [new Evidence { Table = refusals[0].WasTried ? "identity" : "processes", Text = $"The label names the domain {SafeText.Of(domain)}, which is confined." }],
            ],
            Remedies =
            [
                Look(refusals[0].Request),
                .. refusals.DistinctBy(refusal => (refusal.Request.Protocol, refusal.Request.Endpoint.Port)).Take(MostRemedies).Select(refusal => Allow(refusal.Request, domain, examination)).OfType<Remedy>(),
            ],
        };
    }

    private static Remedy Look(BindRequest request) => new()
    {
        Summary = "See what SELinux refused: a line with denied { name_bind } names the program's domain (scontext) and the port's type (tcontext).",
        Apply = [Sh("ausearch -m AVC -ts recent")],
        NothingToRevertBecause = "The command only looks.",
        NeedsElevation = true,
        Risk = RemedyRisk.None,
        Consequence = "A policy may refuse without a line (dontaudit).",
        Recheck = request,
    };

    private static Remedy? Allow(BindRequest request, string? domain, Examination examination)
    {
        if (Array.Find(s_policies, policy => policy.Domain == domain) is not { } known || known.PortsOf(request.Protocol) is null)
            return null;

        // Of unprivileged ports of the automatic range the kernel asks for no type (selinux_socket_bind): another one would change nothing.
        int port = request.Endpoint.Port;
        Binding.PortSpan automatic = examination.Binds.AutomaticRange(request, out _);
        if (port == 0 || port >= automatic.First && port <= automatic.Last && port >= PrivilegedPort.FirstUnprivileged(examination.Host))
            return null;
        string place = string.Create(CultureInfo.InvariantCulture, $"-p {BindRequestText.NameOf(request.Protocol)} {port}");
        return new Remedy
        {
            Summary = $"Give the port the type {known.PortType}, which {known.Domain} may bind.",
            Apply = [Sh("semanage port -l -C"), Sh($"semanage port -a -t {known.PortType} {place}")],
            Revert = [Sh($"semanage port -d {place}")],
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = $"Every program of {known.Domain} may bind it. \"already defined\" means that the policy has another type for the port: then write -m instead of -a; the way back is the same. If the first command shows the port, somebody has given it a type before: note it, for the way back would take that away.",
            Recheck = request,
        };
    }

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };

    /// <summary>A domain, the port type it may bind, and the ports that have the type; null for a protocol that it may not bind.</summary>
    private sealed class PolicyPorts(string domain, string portType, int[]? tcp, int[]? udp)
    {
        public string Domain => domain;

        public string PortType => portType;

        public int[]? PortsOf(TransportProtocol protocol) => protocol switch
        {
            TransportProtocol.Tcp => tcp,
            TransportProtocol.Udp => udp,
            _ => null,
        };
    }
}
