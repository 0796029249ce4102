using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.RoutePrint;

/// <summary>What a <c>route print</c> of Windows says, each row with the line it came from.</summary>
/// <remarks>
/// <para>
/// An IPv4 row names its interface by address, the interface list by number, and nothing joins the two. So an interface that
/// only an address names gets a row of its own: the address is its name, and its index is invented
/// (<see cref="InterfaceRow.IsIndexInvented"/>). Joined are the loopback interface, which is number 1 on every Windows, and
/// the only adapter with the only other address.
/// </para>
/// <para>
/// Since Vista the column Metric of active routes is the route's own metric plus the interface's, and the print has no way to
/// tell them apart. <see cref="RouteRow.Metric"/> then holds that sum, and <see cref="InterfaceRow.MetricV4"/> and
/// <see cref="InterfaceRow.MetricV6"/> are 0, so that the cost of a route is right and its parts are not claimed. Before Vista
/// the column is the route's own metric, and nothing is added to it. Persistent routes show their own metric on all.
/// </para>
/// </remarks>
internal sealed class RoutePrint
{
    /// <summary>Listed interfaces in the list's order, then those that routes alone name. Up when an active route leaves by it, else unknown.</summary>
    public required ImmutableArray<TextRow<InterfaceRow>> Interfaces { get; init; }

    /// <summary>
    /// The addresses that the column Interface names, then those that host routes tell. The prefix is that of the subnet's route
    /// on the interface; without one it is the address alone.
    /// </summary>
    public required ImmutableArray<TextRow<AddressRow>> Addresses { get; init; }

    /// <summary>The active routes, in the print's order.</summary>
    public required ImmutableArray<TextRow<RouteRow>> Routes { get; init; }

    /// <summary>
    /// The routes that come back at every start, whether or not they are active now. They name no interface in IPv4. A metric
    /// that is a word (Default) is Windows' own, 256.
    /// </summary>
    public required ImmutableArray<TextRow<RouteRow>> PersistentRoutes { get; init; }

    /// <summary>The lines that look like data and were not understood, the first <see cref="RoutePrintText.MostUnread"/> of them.</summary>
    public required ImmutableArray<UnreadLine> Unread { get; init; }

    /// <summary>How many lines were not understood, kept in <see cref="Unread"/> or not.</summary>
    public required int UnreadCount { get; init; }

    /// <summary>Whether the layout is that of Vista and later; false before; null when nothing in the print tells.</summary>
    public required bool? IsVistaOrLater { get; init; }

    /// <summary>Whether the print has a table of IPv4 routes, be it empty.</summary>
    public required bool HasIPv4 { get; init; }

    /// <summary>Whether the print has a table of IPv6 routes, be it empty.</summary>
    public required bool HasIPv6 { get; init; }

    /// <summary>Whether no line shows that the last table of active routes had ended: rows may be missing.</summary>
    public required bool EndsEarly { get; init; }
}
