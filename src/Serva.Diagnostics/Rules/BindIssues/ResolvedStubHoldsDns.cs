using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1004: the stub listener of systemd-resolved holds port 53.</summary>
internal sealed class ResolvedStubHoldsDns : KnownIssue
{
    private const string DropIn = "/etc/systemd/resolved.conf.d/50-serva-diagnostics.conf";
    private const string Saved = "/etc/resolv.conf.before-serva-diagnostics";

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = HolderKind.SystemdResolved,
        Title = "systemd-resolved holds the DNS port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://man7.org/linux/man-pages/man5/resolved.conf.5.html",
            "https://man7.org/linux/man-pages/man8/systemd-resolved.service.8.html",
            "https://github.com/systemd/systemd/issues/4061",
            "https://github.com/moby/moby/issues/32545",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (Holder holder in Holder.Of(examination))
        {
            if (HolderKind.Of(holder, examination) == HolderKind.SystemdResolved)
                yield return Find(holder, examination);
        }
    }

    private Finding Find(Holder holder, Examination examination) => HolderFinding.Of(
        Info, holder, examination,
        $"The local resolver systemd-resolved holds {holder.Places}, {HolderFinding.WhoSuffers(holder)}.",
        [AskerRemedy.SpecificAddress(holder, examination), SwitchStubOff(holder)]);

    private static Remedy SwitchStubOff(Holder holder)
    {
        SocketRow socket = holder.Socket;
        return new Remedy
        {
            Summary = "Switch off the stub listener of systemd-resolved; it goes on resolving for this host.",
            Change = holder.Owners.Length == 1
                ? new CloseListeners { ProcessId = holder.Owners[0].ProcessId, Protocol = null, Port = socket.Local.Port }
                : null,
            Apply =
            [
                Sh("mkdir -p /etc/systemd/resolved.conf.d"),
                Sh($"printf '[Resolve]\\nDNSStubListener=no\\n' > {DropIn}"),
                Sh("systemctl restart systemd-resolved"),
                Sh($"cp -Pn /etc/resolv.conf {Saved}"),
                Sh("ln -sfn ../run/systemd/resolve/resolv.conf /etc/resolv.conf"),
            ],
            Revert =
            [
                Sh($"rm {DropIn}"),
                Sh("systemctl restart systemd-resolved"),
                Sh($"mv -fT {Saved} /etc/resolv.conf"),
            ],
            NeedsElevation = true,
            Risk = RemedyRisk.Medium,
            Consequence = "Programs that ask 127.0.0.53 directly get no answer; the last two commands point /etc/resolv.conf at the real name servers and keep what it was.",
            Recheck = holder.Request,
        };
    }

    private static RemedyCommand Sh(string text) => new() { Shell = CommandShell.Sh, Text = text };
}
