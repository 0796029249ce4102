using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1004: the stub listener of systemd-resolved holds port 53.</summary>
internal sealed class ResolvedStubHoldsDns : HolderIssue
{
    private const string DropIn = "/etc/systemd/resolved.conf.d/50-serva-diagnostics.conf";
    private const string Saved = "/etc/resolv.conf.before-serva-diagnostics";

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1004",
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
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.IsServer && holder.Socket.Local.Port == 53 && (holder.Owner?.Unit == "systemd-resolved.service" || IsProgram(holder, "systemd-resolved"))
            ? Certainty.Certain
            : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => $"The local resolver systemd-resolved holds {holder.Places}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination) =>
        [AskerRemedy.SpecificAddress(holder, examination), SwitchStubOff(holder)];

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
