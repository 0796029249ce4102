using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1042: a profile of AppArmor, or a snap's confinement, refuses a socket to the program.</summary>
internal sealed class ConfinedByProfile : KnownIssue
{
    private const int MostPlaces = 10;

    // A name that is a pattern, or of a stack of profiles, is no program.
    private static readonly SearchValues<char> s_patterns = SearchValues.Create("*?[]{}^&");

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1042",
        Title = "AppArmor or a snap's confinement keeps the program from the network",
        Severity = Severity.Error,
        Needs = SnapshotTables.None,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        IsExperimental = true,
        References =
        [
            "https://manpages.ubuntu.com/manpages/jammy/man8/aa-complain.8.html",
            "https://manpages.ubuntu.com/manpages/jammy/man8/aa-enforce.8.html",
            "https://snapcraft.io/docs/network-bind-interface",
            "https://snapcraft.io/docs/interface-management",
            "https://github.com/AdguardTeam/AdGuardHome/issues/3736",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) => UnexplainedRefusal.Of(examination)
        .Select(refusal => (Refusal: refusal, Profile: ProfileOf(refusal, examination)))
        .Where(entry => entry.Profile is not null)
        .GroupBy(entry => entry.Profile!)
        .Select(group => Find([.. group.Select(entry => entry.Refusal)], group.Key, examination));

    // A port gives EPERM to nobody. AppArmor does for a raw socket whose capability the profile lacks; a snap's seccomp filter for any bind.
    private static string? ProfileOf(UnexplainedRefusal refusal, Examination examination) => SecurityLabels.Of(refusal, examination)
        .Select(SecurityLabels.EnforcedProfileOf)
        .FirstOrDefault(profile => profile is not null && (!refusal.IsPermission || refusal.Request.Protocol == TransportProtocol.Raw || SecurityLabels.SnapOf(profile) is not null));

    private Finding Find(ImmutableArray<UnexplainedRefusal> refusals, string profile, Examination examination)
    {
        BindRequest request = refusals[0].Request;
        string? snap = SecurityLabels.SnapOf(profile);
        string what = snap is null ? $"the AppArmor profile {SafeText.Of(profile)}" : $"the confinement of the snap {snap}";
        string places = string.Join(", ", refusals.Select(refusal => HolderWords.Place(refusal.Request)).Distinct().Take(MostPlaces));
        return new Finding
        {
            Issue = Info,
            Subject = snap is null ? $"AppArmor profile {SafeText.Of(profile)}" : $"snap {snap}",
            Summary = $"{places}: refused with {refusals[0].Error} although no right is missing, and the program is confined: most likely {what} does not allow it.",

            // The profile is not read: seccomp, a BPF program or Landlock refuse with the same errors.
            Certainty = Certainty.Likely,
            Questions = [.. refusals.Select(refusal => refusal.Question.Position)],
            Evidence =
            [
                .. refusals.Take(MostPlaces).Select(refusal => refusal.Say(examination.Host)),
                new Evidence { Table = refusals[0].WasTried ? "identity" : "processes", Text = $"The label is {SafeText.Of(profile)} (enforce): what the profile does not allow is refused." },
            ],
            Remedies = [Look(request), .. snap is null ? Complain(refusals[0], profile, examination) : [Connect(request, snap)]],
        };
    }

    private static Remedy Look(BindRequest request) => new()
    {
        Summary = "See what was refused: a line with apparmor=\"DENIED\" names the profile, the operation (create, bind) and the kind of socket.",
        Apply = [Sh("journalctl -k --since=-1h --grep=DENIED")],
        NothingToRevertBecause = "The command only looks.",
        NeedsElevation = true,
        Risk = RemedyRisk.None,
        Consequence = "A rule that begins with deny refuses without a line; with auditd the lines are in its log: ausearch -m AVC.",
        Recheck = request,
    };

    private static Remedy Connect(BindRequest request, string snap)
    {
        // Raw sockets are in the interface that configures networks.
        string plug = request.Protocol == TransportProtocol.Raw ? "network-control" : "network-bind";
        return new Remedy
        {
            Summary = $"Connect the snap's plug {plug}.",
            Apply = [Sh($"snap connections {snap}"), Sh($"snap connect {snap}:{plug}")],
            Revert = [Sh($"snap disconnect {snap}:{plug}")],
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = $"The snap may {(plug == "network-bind" ? "serve on any port" : "configure the network")}. If the first command shows {plug} with a slot, it is connected already: leave it, for the way back would take it away. A snap without that plug in the list cannot get it.",
            Recheck = request,
        };
    }

    // A container's profile has no file of its own, and one that was loaded by another program neither.
    private static ImmutableArray<Remedy> Complain(UnexplainedRefusal refusal, string profile, Examination examination)
    {
        ProcessRow? process = refusal.WasTried ? null : examination.ServerGroups.SelectMany(group => group.Processes).FirstOrDefault(row => SecurityLabels.EnforcedProfileOf(row.SecurityLabel) == profile);
        if (process?.ContainerId is not null)
            return [AskerRemedy.Configure("Give the container a profile that allows it (for Docker the option --security-opt apparmor=NAME), or the capability that it lacks.", refusal.Request)];
        string? program = profile.StartsWith('/') ? profile : process?.Path;
        if (program is null || StopRemedy.IsGone(program) || program.AsSpan().ContainsAny(s_patterns) || CommandText.Sh(program) is not { } word)
            return [];
        return
        [
            new Remedy
            {
                Summary = "Let the profile complain instead of refusing, start your server, and see in the log what it lacks; then add that to the profile.",
                Apply = [Sh($"aa-complain {word}")],
                Revert = [Sh($"aa-enforce {word}")],
                NeedsElevation = true,
                Risk = RemedyRisk.Medium,
                Consequence = "The program may do what the profile forbids as long as it complains; rules that begin with deny still refuse. The commands belong to the package apparmor-utils and change the profile's file.",
                Recheck = refusal.Request,
            },
        ];
    }

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
