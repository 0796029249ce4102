using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.HolderIssues;

/// <summary>SD1008: a socket of the other address family holds the port, because one of the two is dual-stack.</summary>
internal sealed class DualStackHolder : HolderIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1008",
        Title = "A socket of the other address family holds the port",
        Severity = Severity.Error,
        Needs = SnapshotTables.Sockets,
        IsAboutBinds = true,
        Grade = SourceGrade.Measured,
        References =
        [
            "https://man7.org/linux/man-pages/man7/ipv6.7.html",
            "https://learn.microsoft.com/windows/win32/winsock/dual-stack-sockets",
            "https://www.rfc-editor.org/rfc/rfc3493#section-5.3",
        ],
    };

    /// <inheritdoc/>
    /// <remarks>A socket unit that is a port alone is bound like this: SD1029 tells which it is.</remarks>
    public override Certainty Explains(Holder holder, HostSnapshot host) =>
        holder.IsServer && holder.Owner is not null && holder.Held.All(IsOtherFamily) && !SystemdHoldsPort.IsSystemd(holder) ? Certainty.Certain : Certainty.None;

    /// <inheritdoc/>
    protected override IEnumerable<Finding> Find(Holder holder, Examination examination)
    {
        yield return HolderFinding.Of(Info, holder, examination, Summary(holder, examination.Host), Remedies(holder, examination));
    }

    /// <inheritdoc/>
    protected override string Summary(Holder holder, HostSnapshot host) => AsksDual(holder)
        ? $"{HolderWords.Place(holder.Request)} was asked for as a dual-stack socket, and its IPv4 half is held: {holder.Places} by {holder.Description}."
        : $"{holder.Places} {(holder.IsPlural ? "are IPv6 sockets that serve" : "is an IPv6 socket that serves")} IPv4 too, so {HolderWords.Place(holder.Request)} is taken although no IPv4 socket shows: {holder.Description}.";

    /// <inheritdoc/>
    protected override IEnumerable<Remedy?> Remedies(Holder holder, Examination examination)
    {
        if (AsksDual(holder))
            return [IPv6Only(holder.Request), StopRemedy.For(holder, examination)];
        return
        [
            AskerRemedy.SpecificAddress(holder, examination),
            ConfigureHolder(
                $"Let {holder.Subject} serve IPv6 alone (IPV6_V6ONLY; nginx: ipv6only=on, many programs: an IPv6-only setting), so that IPv4 is free.",
                holder, "The holder no longer serves IPv4 clients on this port."),
            StopRemedy.For(holder, examination),
        ];
    }

    private static bool AsksDual(Holder holder) =>
        holder.Request.Endpoint.Address is { IsIPv6: true, IsIPv4Mapped: false };

    // Mapped addresses count as IPv4: they are an IPv4 socket in all but name.
    private static bool IsOtherFamily(HeldQuestion held)
    {
        NetAddress wanted = held.Question.Prediction!.Request.Endpoint.Address.UnmapIPv4();
        NetAddress address = held.Conflict.Socket.Local.Address.UnmapIPv4();
        return wanted.Family != address.Family;
    }

    private static Remedy IPv6Only(BindRequest request)
    {
        BindRequest alone = request with { DualMode = false };
        return AskerRemedy.Configure(
            "Let your server open its IPv6 socket for IPv6 alone (IPV6_V6ONLY; .NET: socket.DualMode = false).",
            alone,
            "IPv4 clients still reach the program that holds the IPv4 side.");
    }
}
