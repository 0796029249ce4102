using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics.Reports;

/// <summary>
/// The conflicts that a report shows of all that there are: who holds the port first, then a few of the connections.
/// A busy server has thousands of connections on its port, and none says more than the next.
/// </summary>
internal static class ShownConflicts
{
    private const int MostHolders = 16;
    private const int MostConnections = 3;
    private const int MostReasons = 6;

    public static ImmutableArray<BindConflict> Of(BindPrediction prediction) =>
    [
        .. prediction.Conflicts.Where(conflict => Holder.IsHolder(conflict.Socket)).Take(MostHolders),
        .. prediction.Conflicts.Where(conflict => !Holder.IsHolder(conflict.Socket)).Take(MostConnections),
    ];

    /// <summary>What is left out: <c>and 4,997 more connections</c>; null when nothing is.</summary>
    public static string? More(BindPrediction prediction, int shown)
    {
        int left = prediction.Conflicts.Length - shown;
        if (left == 0)
            return null;
        bool areConnections = prediction.Conflicts.Count(conflict => Holder.IsHolder(conflict.Socket)) <= MostHolders;
        return string.Create(CultureInfo.InvariantCulture, $"and {left:N0} more {(areConnections ? "connection" : "socket")}{(left == 1 ? "" : "s")}");
    }

    /// <summary>What was not seen, and how much more of it when there is much.</summary>
    public static IEnumerable<string> Unseen(BindPrediction prediction)
    {
        int left = prediction.Unseen.Length - MostReasons;
        return left <= 0
            ? prediction.Unseen
            : prediction.Unseen.Take(MostReasons).Append(string.Create(CultureInfo.InvariantCulture, $"{left:N0} more that could not be seen"));
    }
}
