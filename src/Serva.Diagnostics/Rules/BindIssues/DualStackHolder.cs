using System.Collections.Generic;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1008: a socket of the other address family holds the port, because one of the two is dual-stack.</summary>
internal sealed class DualStackHolder : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = HolderKind.DualStack,
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
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (Holder holder in Holder.Of(examination))
        {
            if (HolderKind.Of(holder, examination) == HolderKind.DualStack)
                yield return Find(holder, examination);
        }
    }

    private Finding Find(Holder holder, Examination examination)
    {
        BindRequest request = holder.Request;
        bool asksDual = request.Endpoint.Address.IsIPv6 && !request.Endpoint.Address.IsIPv4Mapped;
        string summary = asksDual
            ? $"{HolderWords.Place(request)} was asked for as a dual-stack socket, and its IPv4 half is held: {holder.Places} by {holder.Description}."
            : $"{holder.Places} {(holder.IsPlural ? "are IPv6 sockets that serve" : "is an IPv6 socket that serves")} IPv4 too, so {HolderWords.Place(request)} is taken although no IPv4 socket shows: {holder.Description}.";
        Remedy configure = asksDual
            ? IPv6Only(request)
            : AskerRemedy.Configure($"Let {holder.Subject} serve IPv6 alone (IPV6_V6ONLY; nginx: ipv6only=on, many programs: an IPv6-only setting), so that IPv4 is free.", request, "The holder no longer serves IPv4 clients on this port.", "No command is given; set the holder's own configuration back.");
        return HolderFinding.Of(
            Info, holder, examination, summary,
            [asksDual ? configure : AskerRemedy.SpecificAddress(holder, examination), asksDual ? null : configure, StopRemedy.For(holder, examination)]);
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
