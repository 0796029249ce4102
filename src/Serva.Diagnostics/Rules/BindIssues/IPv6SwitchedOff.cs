using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1038: an IPv6 address is wanted on a host where IPv6 is switched off.</summary>
internal sealed class IPv6SwitchedOff : KnownIssue
{
    private const string All = "net.ipv6.conf.all.disable_ipv6", Loopback = "net.ipv6.conf.lo.disable_ipv6";

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1038",
        Title = "IPv6 is switched off on this host",
        Severity = Severity.Error,
        Needs = SnapshotTables.Addresses | SnapshotTables.Settings,
        Platforms = [PlatformFamily.Linux, PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://www.kernel.org/doc/html/latest/networking/ipv6.html",
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
            "https://learn.microsoft.com/troubleshoot/windows-server/networking/configure-ipv6-in-windows",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedQuestion question in examination.Questions)
        {
            if (question.IsBlocked && question.Prediction!.Request.Endpoint.Address is { IsIPv6: true, IsIPv4Mapped: false } address && WhyOff(question, address, examination.Host) is { } why)
                yield return Find(question, address, why, examination);
        }
    }

    private static Evidence? WhyOff(ExaminedQuestion question, NetAddress address, HostSnapshot host)
    {
        if (question.Outcome == BindOutcome.AddressFamilyNotSupported)
            return new Evidence { Table = "addresses", Text = "The host has no IPv6 address at all, not even ::1: the system runs without IPv6." };
        string setting = address.IsLoopback ? Loopback : All;
        return question.Outcome == BindOutcome.AddressNotAvailable && host.FindSetting(setting) is { } value && value != "0" && !host.Addresses.Any(row => row.Address.IsIPv6)
            ? new Evidence { Table = "settings", Text = $"{setting} = {SafeText.Of(value)}" }
            : null;
    }

    private Finding Find(ExaminedQuestion question, NetAddress address, Evidence why, Examination examination)
    {
        BindRequest request = question.Prediction!.Request;
        var remedies = new List<Remedy>();
        BindRequest other = request with { Endpoint = request.Endpoint.WithAddress(address.IsLoopback ? NetAddress.LoopbackIPv4 : NetAddress.AnyIPv4), DualMode = false };
        if (examination.Binds.Predict(other).Outcome == BindOutcome.Success)
            remedies.Add(AskerRemedy.Configure($"Let your server bind {other.Endpoint}: nobody reaches this host by IPv6.", other));
        if (why.Table == "settings")
            remedies.Add(SwitchOn(request, address, examination.Host));
        return new Finding
        {
            Issue = Info,
            Subject = "IPv6",
            Summary = $"IPv6 is switched off on this host, so {HolderWords.Place(request)} cannot be bound.",
            Certainty = question.FollowsProbe || question.Prediction.Certainty == Certainty.Certain ? Certainty.Certain : Certainty.Likely,
            Questions = [question.Position],
            Evidence = [why],
            Remedies = [.. remedies],
        };
    }

    private static Remedy SwitchOn(BindRequest request, NetAddress address, HostSnapshot host)
    {
        ImmutableArray<string> off = [.. ((string[])[All, Loopback]).Where(setting => host.FindSetting(setting) is { } value && value != "0")];
        AddressRow? loopback = host.Addresses.FirstOrDefault(row => row.Address.IsLoopback);
        return new Remedy
        {
            Summary = "Switch IPv6 on.",
            Change = address.IsLoopback && loopback is not null
                ? new SeveralChanges
                {
                    Changes =
                    [
                        .. off.Select(setting => new SetSetting { Name = setting, Value = "0" }),
                        new AddAddress { Address = loopback with { Address = NetAddress.LoopbackIPv6, PrefixLength = 128 } },
                    ],
                }
                : null,
            Apply = [.. off.Select(setting => Sh($"sysctl -w {setting}=0"))],
            Revert = [.. off.Reverse().Select(setting => Sh($"sysctl -w {setting}=1"))],
            NeedsElevation = true,
            Risk = RemedyRisk.Medium,
            Consequence = "Every interface gets IPv6 addresses, and programs start to use them; firewall rules for IPv4 do not cover them. It is gone after a restart.",
            Recheck = request,
        };
    }

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
