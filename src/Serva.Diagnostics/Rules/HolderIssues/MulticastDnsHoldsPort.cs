using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1032: another multicast DNS responder holds UDP 5353, or Avahi's wide-area socket a high port.</summary>
internal sealed class MulticastDnsHoldsPort : HolderIssue
{
    private const int MulticastDns = 5353, FirstWideArea = 32768;

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1032",
        Title = "Another multicast DNS responder holds the port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://www.rfc-editor.org/rfc/rfc6762#section-15.1",
            "https://github.com/avahi/avahi/issues/760",
            "https://github.com/systemd/systemd/issues/5530",
        ],
    };

    /// <inheritdoc/>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.Socket.Protocol != TransportProtocol.Udp ? Certainty.None
        : holder.Socket.Local.Port == MulticastDns && IsProgram(holder, "avahi-daemon", "mDNSResponder", "mDNSRespo", "systemd-resolved") ? Certainty.Certain
        : IsWideArea(holder) ? Certainty.Certain
        : Certainty.None;

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => IsWideArea(holder)
        ? $"Avahi's wide-area socket took {holder.Places} by chance: {holder.Description}"
        : $"The multicast DNS responder {holder.Description} holds {holder.Places}";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination)
    {
        if (IsWideArea(holder))
        {
            yield return ConfigureHolder("Set enable-wide-area=no in avahi-daemon.conf and restart Avahi: hardly anybody uses it.", holder, "Names outside of the local network are no longer asked for by Avahi.");
            yield return StopRemedy.For(holder, examination);
            yield break;
        }

        BindRequest shared = holder.Request with { ReuseAddress = true, ReusePort = examination.Host.Platform.Family == PlatformFamily.Linux };
        if (examination.Binds.Predict(shared).Outcome == BindOutcome.Success)
        {
            yield return AskerRemedy.Configure(
                "Share the port, as RFC 6762 asks for: set SO_REUSEADDR, on Unix SO_REUSEPORT too, before your server binds.",
                shared, "Multicast reaches every one of them; a unicast reply reaches only one.");
        }

        yield return StopRemedy.For(holder, examination);
    }

    private static bool IsWideArea(Holder holder) =>
        holder.Socket is { Protocol: TransportProtocol.Udp, Local.Port: >= FirstWideArea } && IsProgram(holder, "avahi-daemon");
}
