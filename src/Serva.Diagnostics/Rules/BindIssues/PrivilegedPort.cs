using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1007: a port below the first unprivileged one, asked for without the right.</summary>
internal sealed class PrivilegedPort : KnownIssue
{
    private const string Setting = "net.ipv4.ip_unprivileged_port_start";
    private const int Default = 1024;
    private const int BindServiceCapability = 10;

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1007",
        Title = "A privileged port without the right to bind it",
        Severity = Severity.Error,
        Needs = SnapshotTables.None,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://man7.org/linux/man-pages/man7/ip.7.html",
            "https://man7.org/linux/man-pages/man7/capabilities.7.html",
            "https://man7.org/linux/man-pages/man8/setcap.8.html",
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        int first = FirstUnprivileged(examination.Host);
        ImmutableArray<ExaminedQuestion> questions = [.. examination.Questions.Where(question => IsIt(question, first, examination.Host))];
        if (!questions.IsEmpty)
            yield return Find(questions, first, examination);
    }

    private static bool IsIt(ExaminedQuestion question, int first, HostSnapshot host)
    {
        if (!question.IsBlocked || question.Outcome != BindOutcome.AccessDenied)
            return false;
        BindRequest request = question.Prediction!.Request;
        int port = request.Endpoint.Port;
        return request.Protocol is TransportProtocol.Tcp or TransportProtocol.Udp or TransportProtocol.UdpLite && port > 0 && port < first && !HasRight(request, host);
    }

    /// <summary>Whether the asker may bind privileged ports; false as well when nobody knows who asks.</summary>
    public static bool HasRight(BindRequest request, HostSnapshot host)
    {
        Identity? asker = request.Asker ?? host.Identity;
        return asker?.Capabilities is { } capabilities ? (capabilities & (1UL << BindServiceCapability)) != 0 : asker?.UserId == 0;
    }

    /// <summary>Who asks, for a sentence.</summary>
    public static string AskerOf(BindRequest request, HostSnapshot host)
    {
        Identity? asker = request.Asker ?? host.Identity;
        return asker?.UserName is { } name ? SafeText.Of(name) : asker?.UserId is { } id ? $"user {id}" : "the asking user";
    }

    /// <summary>The first unprivileged port, and what the asker may.</summary>
    public static IEnumerable<Evidence> EvidenceOf(BindRequest request, HostSnapshot host)
    {
        yield return new Evidence
        {
            Table = "settings",
            Text = host.FindSetting(Setting) is { } value
                ? $"{Setting} is {SafeText.Of(value)}."
                : $"{Setting} was not captured; its default is {Number(Default)}.",
        };
        yield return new Evidence
        {
            Table = "identity",
            Text = (request.Asker ?? host.Identity)?.Capabilities is { } set
                ? $"The effective capabilities are {set:x16}; bit 10, CAP_NET_BIND_SERVICE, is not set."
                : $"{AskerOf(request, host)} is not root.",
        };
    }

    private Finding Find(ImmutableArray<ExaminedQuestion> questions, int first, Examination examination)
    {
        BindRequest request = questions[0].Prediction!.Request;
        int lowest = questions.Min(question => question.Prediction!.Request.Endpoint.Port);
        string ports = string.Join(", ", questions.Select(question => HolderWords.Place(question.Prediction!.Request)).Distinct().Take(10));
        string who = AskerOf(request, examination.Host);
        var remedies = new List<Remedy> { AskerRemedy.Configure($"Let your server use a port from {Number(first)} up, where the protocol allows it.", null) };
        remedies.AddRange(GiveToProgram(examination, request));
        remedies.Add(GiveToEverybody(lowest, examination.Host, request));
        return new Finding
        {
            Issue = Info,
            Subject = $"{who} without CAP_NET_BIND_SERVICE",
            Summary = $"{ports}: ports below {Number(first)} need root or the capability CAP_NET_BIND_SERVICE; the asker ({who}) has neither.",
            Certainty = questions.All(question => question.FollowsProbe || question.Prediction!.Certainty == Certainty.Certain) ? Certainty.Certain : Certainty.Likely,
            Questions = [.. questions.Select(question => question.Position)],
            Evidence = [.. EvidenceOf(request, examination.Host)],
            Remedies = [.. remedies],
        };
    }

    /// <summary>The capability for the server's own program alone; nothing where that cannot be said safely.</summary>
    public static IEnumerable<Remedy> GiveToProgram(Examination examination, BindRequest request)
    {
        if (examination.Server is not { } server)
            yield break;
        ProcessRow? process = examination.Host.Processes.FirstOrDefault(server.Matches);
        if (process?.Path is not { } path || CommandText.Sh(path) is not { } word)
            yield break;
        // A right given to an interpreter is given to every program that it runs.
        if (Interpreters.IsOne(path) || StopRemedy.IsGone(path))
            yield break;
        yield return new Remedy
        {
            Summary = $"Give the program {SafeText.Of(path)} the capability to bind privileged ports, and start it again.",
            Apply = [Sh($"setcap cap_net_bind_service=+ep {word}")],
            Revert = [Sh($"setcap -r {word}")],
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = "Everybody who may run the program may bind these ports with it; an update of the program drops the right, and a mount with nosuid ignores it. A file that has other capabilities already loses them (getcap shows them).",
            Recheck = request,
        };
    }

    /// <summary>Ports from this one up for every user.</summary>
    public static Remedy GiveToEverybody(int lowest, HostSnapshot host, BindRequest request)
    {
        // A port start cannot go below 0; the old value is what the capture found.
        int old = FirstUnprivileged(host);
        return new Remedy
        {
            Summary = $"Make ports from {Number(lowest)} up unprivileged in this network namespace, until the next restart.",
            Change = new SetSetting { Name = Setting, Value = Number(lowest) },
            Apply = [Sh($"sysctl -w {Setting}={Number(lowest)}")],
            Revert = [Sh($"sysctl -w {Setting}={Number(old)}")],
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = $"Every user of this host may bind ports from {Number(lowest)} up.",
            Recheck = request,
        };
    }

    /// <summary>The first port that needs no right.</summary>
    public static int FirstUnprivileged(HostSnapshot host) =>
        int.TryParse(host.FindSetting(Setting), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : Default;

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
