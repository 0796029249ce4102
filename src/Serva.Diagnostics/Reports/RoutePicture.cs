using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Routing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

/// <summary>
/// Draws a decision: the packet enters the host at the top, meets the rule that matched and the route that was taken, and
/// leaves to the right by a router; routes that lost stand under their interface with the reason.
/// </summary>
/// <remarks>No scripts, nothing from outside, the fonts of the system; the colours follow <c>prefers-color-scheme</c>.</remarks>
internal sealed class RoutePicture
{
    private const int MostInterfaces = 12, MostRoutes = 8, MostAddresses = 4, MostRouters = 12, MostDoubts = 4;
    private const int Margin = 24, HostWidth = 628, LaneX = 44, CardX = 68, CardWidth = 568, CardEnd = CardX + CardWidth;
    private const int RouterX = 712, NodeWidth = 196, NodeHeight = 46, DestinationX = 972, WideWidth = 1192, NarrowWidth = (2 * Margin) + HostWidth;
    private const int RowHeight = 24;

    private readonly Svg _svg = new();
    private readonly RouteDecision _decision;
    private readonly HostSnapshot _host;
    private readonly List<DrawnRoute> _routes = [];
    private readonly List<DrawnWay> _ways = [];
    private readonly int _width;
    private int _y;

    private RoutePicture(RouteDecision decision, HostSnapshot host)
    {
        _decision = decision;
        _host = host;
        FindRoutes();
        bool leaves = decision.Outcome != RouteOutcome.Local && _routes.Exists(route => !route.SendsNothing && (route.IsTaken || route.Gateway is not null));
        _width = leaves ? WideWidth : NarrowWidth;
    }

    public static string Draw(RouteDecision decision, HostSnapshot host) => new RoutePicture(decision, host).Draw();

    private string Draw()
    {
        string sentence = RouteReport.Sentence(_decision);
        int hostTop = DrawTitle(sentence.EndsWith(':') ? $"{sentence[..^1]}." : sentence) + 20;
        _y = hostTop + 14;
        int laneFrom = DrawPacket() + 7;
        List<InterfaceRow> shown = Interfaces();
        var entries = new List<int>();
        foreach (InterfaceRow row in shown)
            DrawInterface(row, entries);
        int left = _host.Interfaces.Count - shown.Count;
        if (left > 0)
        {
            string which = shown.Count == MostInterfaces ? "" : _host.Addresses.Coverage == Coverage.Complete ? " without an address" : " of which no address is known";
            _svg.Text("muted", CardX, _y + 12, Number($"and {left} more interface{(left == 1 ? "" : "s")}{which}"), CardWidth);
            _y += 24;
        }

        DrawRefusal(entries);
        int hostBottom = _y + 4;
        DrawLane(laneFrom, entries);
        int bottom = Math.Max(hostBottom, DrawRouters(hostTop, hostBottom));
        int height = DrawDoubts(bottom + 16);

        // What is drawn first lies below: the frame of the host is known last.
        var behind = new Svg();
        behind.Box("page", 0, 0, _width, height, 0);
        behind.Box("host", Margin, hostTop, HostWidth, hostBottom - hostTop, 12);
        return _svg.ToString(behind, _width, height, sentence, Css);
    }

    /// <summary>The answer, on two lines when it is long, and the question. Answers where they end.</summary>
    private int DrawTitle(string sentence)
    {
        int room = (_width - (2 * Margin)) / 12;
        int cut = sentence.Length <= room ? -1 : sentence.LastIndexOf(' ', room);
        _svg.Text("title", Margin, 40, cut < 0 ? sentence : sentence[..cut], _width - (2 * Margin), 18);
        if (cut > 0)
            _svg.Text("title", Margin, 64, sentence[(cut + 1)..], _width - (2 * Margin), 18);
        int y = cut > 0 ? 88 : 64;
        _svg.Text("mono muted", Margin, y, _decision.Flow.ToString(), _width - (2 * Margin), 13);
        return y;
    }

    /// <summary>The packet with its source, and the rule that chose the table. Answers where the lane begins.</summary>
    private int DrawPacket()
    {
        int y = _y + 13;
        _svg.Dot("packet", LaneX, y, 7);
        NetAddress[] sources = [.. _decision.Choices.Where(choice => choice.Source is not null).Select(choice => choice.Source!.Value).Distinct()];
        string from = _decision.Flow.Source is { } bound ? $"source {bound}, as asked"
            : sources.Length == 0 ? "no source" : $"source {string.Join(" or ", sources)}, chosen by the system";
        _svg.Text("strong", CardX, y + 4, _decision.Flow.InputInterface is { } input ? $"packet that arrived on {input}" : "packet", 190, 13);
        _svg.Text("mono", CardX + (_decision.Flow.InputInterface is null ? 56 : 200), y + 4, from, _decision.Flow.InputInterface is null ? 500 : 360);
        _y += 34;
        if (_decision.Trace.LastOrDefault(step => step.Code is "route.rule" or "route.rule.refuses") is { Evidence.Text: { } rule })
        {
            _svg.Box("rule", CardX, _y, CardWidth, 26, 13);
            _svg.Text("mono", CardX + 14, _y + 17, $"rule {rule}", CardWidth - 28);
            _svg.Path(LaneStyle, Number($"M{LaneX} {_y + 13}H{CardX}"));
            _y += 36;
        }

        return y;
    }

    private void DrawInterface(InterfaceRow row, List<int> entries)
    {
        DrawnRoute[] routes = [.. _routes.Where(route => route.Interface == row.Index)];
        AddressRow[] addresses = [.. _host.Addresses.Where(address => address.Interface == row.Index)];
        AddressRow[] shown = [.. addresses.OrderBy(address => Rank(address.Address)).Take(MostAddresses)];
        bool isTaken = Array.Exists(routes, route => route.IsTaken);
        int rows = Math.Min(routes.Length, MostRoutes) + (routes.Length > MostRoutes ? 1 : 0);
        int lines = Math.Max(1, (shown.Length + 1) / 2);
        int height = 12 + 20 + (lines * 18) + (rows == 0 ? 6 : 20 + (rows * RowHeight));
        int top = _y;
        _svg.Box(isTaken ? "card card-taken" : "card", CardX, top, CardWidth, height);
        bool isDown = row.Status is OperationalStatus.Down or OperationalStatus.LowerLayerDown or OperationalStatus.NotPresent;
        _svg.Dot(isDown ? "down" : row.Status == OperationalStatus.Up ? "up" : "unknown", CardX + 18, top + 22, 4);
        _svg.Text(isDown ? "strong muted" : "strong", CardX + 30, top + 26, row.Name, 340, 13);
        _svg.Text("muted", CardEnd - 14, top + 26, Detail(row, isDown), 180, 11, "end");
        int y = top + 46;
        for (int i = 0; i < shown.Length; i++)
        {
            bool isLast = i == shown.Length - 1;
            string more = isLast && addresses.Length > shown.Length ? Number($" and {addresses.Length - shown.Length} more") : "";
            int x = CardX + 30 + (i % 2 * 268);
            int room = isLast && i % 2 == 0 ? CardWidth - 44 : 260;
            (string style, string role) = Role(shown[i].Address);
            _svg.Text(style, x, y + (i / 2 * 18), $"{shown[i].Address.WithoutScope()}/{shown[i].PrefixLength}{role}{more}", room);
        }

        if (shown.Length == 0)
            _svg.Text("muted", CardX + 30, y, _host.Addresses.Coverage == Coverage.Complete ? "no address" : "no address known", 260);
        y = top + 38 + (lines * 18);
        if (rows > 0)
            _svg.Path("rule-line", Number($"M{CardX + 14} {y}H{CardEnd - 14}"));
        for (int i = 0; i < Math.Min(routes.Length, MostRoutes); i++)
        {
            DrawRoute(routes[i], y + 6 + (i * RowHeight));
            if (routes[i].IsTaken)
                entries.Add(y + 6 + (i * RowHeight) + (RowHeight / 2));
        }

        if (routes.Length > MostRoutes)
            _svg.Text("muted", CardX + 30, y + 6 + (MostRoutes * RowHeight) + 16, Number($"and {routes.Length - MostRoutes} more routes"), 300);
        _y = top + height + 10;
    }

    private void DrawRoute(DrawnRoute route, int top)
    {
        int middle = top + (RowHeight / 2);
        if (route.IsTaken)
            _svg.Box("row-taken", CardX + 8, top + 1, CardWidth - 16, RowHeight - 2, 5);
        _svg.Text(route.IsTaken ? "mono accent" : "mono muted", CardX + 30, middle + 4, route.Words, 345);
        _svg.Text(route.IsTaken ? "strong accent" : "muted", CardEnd - 18, middle + 4, route.Reason, 180, 11, "end");
        if (!route.SendsNothing)
            _ways.Add(new DrawnWay(middle, route.Gateway, route.Interface, route.IsTaken));
    }

    /// <summary>A packet that goes nowhere ends in the host.</summary>
    private void DrawRefusal(List<int> entries)
    {
        if (!_decision.Choices.IsEmpty)
            return;
        bool isUnknown = _decision.Outcome == RouteOutcome.Undetermined;
        DrawnRoute[] refusing = [.. _routes.Where(route => route.Interface == 0)];
        string words = isUnknown ? "nobody can say which way it goes" : _decision.NativeError is { } error ? $"refused: {error}" : "dropped without a word";
        string because = _decision.DecidingStep is { } step ? step.Evidence?.Text ?? step.Text : _decision.Unseen.FirstOrDefault() ?? refusing.FirstOrDefault()?.Words ?? "";
        _svg.Box(isUnknown ? "card card-unknown" : "card card-refused", CardX, _y, CardWidth, because.Length == 0 ? 36 : 56);
        _svg.Text(isUnknown ? "strong" : "strong danger", CardX + 18, _y + 23, words, CardWidth - 36, 13);
        if (because.Length > 0)
            _svg.Text("mono muted", CardX + 18, _y + 43, because, CardWidth - 36);
        entries.Add(_y + 18);
        _y += (because.Length == 0 ? 36 : 56) + 10;
    }

    private string LaneStyle =>
        _decision.Outcome == RouteOutcome.Undetermined ? "way doubt-line" : _decision.Choices.IsEmpty ? "way refused-line" : "way taken-line";

    private void DrawLane(int from, List<int> entries)
    {
        foreach (int to in entries)
            _svg.Path(_decision.Choices.IsEmpty && _decision.Outcome != RouteOutcome.Undetermined ? $"{LaneStyle} refused-arrow" : LaneStyle, Number($"M{LaneX} {from}V{to - 10}Q{LaneX} {to} {LaneX + 10} {to}H{CardX - 1 + (_decision.Choices.IsEmpty ? 0 : 7)}"));
    }

    /// <summary>Routers beside their routes, and the destination beside the middle of the ways that were taken. Answers where they end.</summary>
    private int DrawRouters(int top, int bottom)
    {
        DrawnWay[] taken = [.. _ways.Where(way => way.IsTaken)];
        if (_decision.Outcome == RouteOutcome.Local || (taken.Length == 0 && _ways.Count == 0))
            return bottom;
        int[] across = [.. taken.Where(way => way.Gateway is null).Select(way => way.Y).Order()];
        var routers = new List<DrawnRouter>();
        foreach (IGrouping<(NetAddress, uint), DrawnWay> group in _ways.Where(way => way.Gateway is not null).GroupBy(way => (way.Gateway!.Value, way.Interface)).OrderBy(group => group.Min(way => way.Y)))
        {
            if (routers.Count == MostRouters && !group.Any(way => way.IsTaken))
                continue;
            int y = Math.Max((int)(group.Any(way => way.IsTaken) ? group.Where(way => way.IsTaken) : group).Average(way => way.Y), routers.Count == 0 ? top + (NodeHeight / 2) : routers[^1].Y + NodeHeight + 12);
            foreach (int line in across.Where(line => Math.Abs(line - y) < (NodeHeight / 2) + 12))
                y = line + (NodeHeight / 2) + 12;
            routers.Add(new DrawnRouter(group.Key.Item1, y, group.Any(way => way.IsTaken), [.. group]));
        }

        int[] ends = [.. routers.Where(router => router.IsTaken).Select(router => router.Y).Concat(across)];
        int destinationY = ends.Length == 0 ? 0 : Math.Max((int)ends.Average(), top + (NodeHeight / 2));
        foreach (DrawnRouter router in routers)
        {
            foreach (DrawnWay way in router.Ways)
            {
                // Beside the way that was taken a line to the same router says nothing more.
                if (way.IsTaken)
                    Curve("way taken-line arrow", CardEnd - 8, way.Y, RouterX, router.Y);
                else if (!router.IsTaken)
                    Curve("way lost-line", CardEnd, way.Y, RouterX, router.Y);
            }

            if (router.IsTaken)
                Curve("way taken-line arrow", RouterX + NodeWidth, router.Y, DestinationX, destinationY);
            DrawNode(router.IsTaken ? "card card-taken" : "card", RouterX, router.Y, "router", router.Address, router.IsTaken);
        }

        foreach (DrawnWay way in taken.Where(way => way.Gateway is null))
            Curve("way taken-line arrow", CardEnd - 8, way.Y, DestinationX, destinationY);
        if (ends.Length > 0)
            DrawNode("card destination", DestinationX, destinationY, taken.All(way => way.Gateway is null) ? "destination, on the link" : "destination", _decision.Flow.Destination, true);
        return Math.Max(routers.Count == 0 ? 0 : routers[^1].Y + (NodeHeight / 2), ends.Length == 0 ? 0 : destinationY + (NodeHeight / 2));
    }

    private void DrawNode(string style, int x, int middle, string label, NetAddress address, bool isTaken)
    {
        _svg.Box(style, x, middle - (NodeHeight / 2), NodeWidth, NodeHeight);
        _svg.Text("muted", x + (NodeWidth / 2), middle - 5, label, NodeWidth - 16, 11, "middle");
        _svg.Text(isTaken ? "mono strong" : "mono muted", x + (NodeWidth / 2), middle + 13, address.WithoutScope().ToString(), NodeWidth - 12, 12, "middle");
    }

    private void Curve(string style, int x1, int y1, int x2, int y2)
    {
        // Straight to the edge of the host, then a bend: lines that cross a card could not be told apart.
        int bend = Math.Max(Margin + HostWidth, x1);
        int middle = (bend + x2) / 2;
        _svg.Path(style, y1 == y2 ? Number($"M{x1} {y1}H{x2 - 2}") : Number($"M{x1} {y1}H{bend}C{middle} {y1} {middle} {y2} {x2 - 2} {y2}"));
    }

    private int DrawDoubts(int y)
    {
        int shown = _decision.Unseen.Length > MostDoubts ? MostDoubts - 1 : _decision.Unseen.Length;
        for (int i = 0; i < shown; i++, y += 20)
            _svg.Text("muted", Margin, y + 12, $"not certain: {_decision.Unseen[i]}", _width - (2 * Margin));
        if (shown < _decision.Unseen.Length)
        {
            _svg.Text("muted", Margin, y + 12, Number($"and {_decision.Unseen.Length - shown} more doubts"), _width - (2 * Margin));
            y += 20;
        }

        return y + 12;
    }

    /// <summary>The routes that fit the destination: those that were considered, then the others of the snapshot.</summary>
    private void FindRoutes()
    {
        // The decision tells of the tables that were asked; the picture shows what stands in the others too.
        IEnumerable<(RouteRow Route, string Reason)> considered = _decision.Considered.Select(route => (route.Route, Reason(route))).Concat(FittingRoutes());
        var known = new HashSet<RouteRow>();
        foreach (RouteChoice choice in _decision.Choices)
        {
            if (choice.Route is { NextHops.IsEmpty: true } route)
                known.Add(route);
            _routes.Add(new DrawnRoute(choice.Interface, choice.Route is { } taken ? Words(taken, choice.Gateway, choice.Table) : "without a route", "taken", choice.Gateway, true, false));
        }

        foreach ((RouteRow route, string reason) in considered.Where(entry => known.Add(entry.Route)))
        {
            if (_decision.Choices.Any(choice => choice.Route == route))
                continue;
            bool sendsNothing = route.Kind is RouteKind.Blackhole or RouteKind.Unreachable or RouteKind.Prohibit or RouteKind.Throw or RouteKind.Local or RouteKind.Broadcast;
            if (route.NextHops.IsEmpty)
                _routes.Add(new DrawnRoute(route.Interface ?? 0, Words(route, route.Gateway, null), reason, route.Gateway, false, sendsNothing));
            foreach (NextHopRow hop in route.NextHops)
                _routes.Add(new DrawnRoute(hop.Interface, Words(route, hop.Gateway, null), reason, hop.Gateway, false, sendsNothing));
        }
    }

    private IEnumerable<(RouteRow Route, string Reason)> FittingRoutes()
    {
        NetAddress destination = _decision.Flow.Destination.WithoutScope();
        uint? table = _decision.Choices.FirstOrDefault()?.Table;
        RouteRow[] rows =
        [
            .. _host.Routes
                .Where(row => row.Destination.Contains(destination))
                .OrderBy(row => table is null || row.Table == table ? 0 : 1).ThenByDescending(row => row.Destination.Length).ThenBy(row => row.Metric)
                .Take(RouteDecision.MostConsidered),
        ];
        RouteRow? decides = _decision.Choices.FirstOrDefault()?.Route
            ?? (_decision.Trace.Any(step => step.Code == "route.refuses") ? Array.Find(rows, row => row.Kind is RouteKind.Blackhole or RouteKind.Unreachable or RouteKind.Prohibit) : null);
        return rows.Select(row => (row, decides is null || row == decides ? "" : Reason(row, decides)));
    }

    private static string Reason(RouteRow row, RouteRow taken) =>
        row.Table != taken.Table ? $"in table {RouteWords.OfTable(row.Table)}"
        : row.Destination.Length < taken.Destination.Length ? Words(RouteLoss.ShorterPrefix)
        : row.Metric > taken.Metric ? Words(RouteLoss.HigherMetric)
        : Words(RouteLoss.Order);

    private static string Reason(ConsideredRoute considered) =>
        considered.Loss == RouteLoss.OtherTable ? $"in table {RouteWords.OfTable(considered.Route.Table)}" : Words(considered.Loss);

    private static string Words(RouteLoss loss) => loss switch
    {
        RouteLoss.None => "",
        RouteLoss.ShorterPrefix => "another prefix is longer",
        RouteLoss.HigherMetric => "another one costs less",
        RouteLoss.Order => "another one comes first",
        RouteLoss.OtherInterface => "the source is not here",
        RouteLoss.DefaultRoutesDisabled => "default routes are off",
        RouteLoss.InterfaceDown => "the interface is down",
        RouteLoss.RouterSilent => "the router is silent",
        RouteLoss.TypeOfService => "for another tos",
        _ => "for other sources",
    };

    private string Words(RouteRow route, NetAddress? router, uint? table)
    {
        string destination = route.Destination.IsDefault ? "default" : route.Destination.ToString();
        string via = router is { } gateway ? $" via {gateway.WithoutScope()}" : "";
        string named = _host.Platform.Family == PlatformFamily.Linux && (table ?? route.Table) is var number and not 254 and not 0 ? $" table {RouteWords.OfTable(number)}" : "";
        string metric = Cost(route) is var cost && cost == 0 && _host.Platform.Family == PlatformFamily.Linux ? "" : Number($" metric {cost}");
        return $"{RouteWords.OfKind(route.Kind)}{destination}{via}{metric}{named}";
    }

    private long Cost(RouteRow route) => _decision.Considered.FirstOrDefault(entry => entry.Route == route)?.Cost ?? route.Metric;

    /// <summary>Those of the ways first, then those of routes that fit, then the source's and the destination's, then others with addresses.</summary>
    private List<InterfaceRow> Interfaces()
    {
        HashSet<uint> taken = [.. _decision.Choices.Select(choice => choice.Interface)];
        HashSet<uint> fitting = [.. _routes.Select(route => route.Interface)];
        HashSet<uint> named = [.. _host.Addresses.Where(row => Role(row.Address).Role.Length > 0).Select(row => row.Interface)];
        HashSet<uint> addressed = [.. _host.Addresses.Select(row => row.Interface)];
        return
        [
            .. _host.Interfaces
                .Where(row => fitting.Contains(row.Index) || addressed.Contains(row.Index))
                .OrderBy(row => taken.Contains(row.Index) ? 0 : fitting.Contains(row.Index) ? 1 : named.Contains(row.Index) ? 2 : 3)
                .Take(MostInterfaces),
        ];
    }

    private (string Style, string Role) Role(NetAddress address)
    {
        NetAddress plain = address.WithoutScope();
        return plain == _decision.Flow.Destination.WithoutScope() ? ("mono accent strong", "  is the destination")
            : plain == _decision.Flow.Source?.WithoutScope() || _decision.Choices.Any(choice => choice.Source?.WithoutScope() == plain) ? ("mono accent strong", "  is the source")
            : ("mono", "");
    }

    // Of an interface with many addresses those of the question first.
    private int Rank(NetAddress address) =>
        Role(address).Role.Length > 0 ? 0 : address.IsIPv4 == _decision.Flow.Destination.IsIPv4 ? 1 : address.IsLinkLocal ? 3 : 2;

    private static string Detail(InterfaceRow row, bool isDown)
    {
        string kind = row.Type == NetworkInterfaceType.Loopback ? "loopback" : row.Description is { } description && description != row.Name ? description : row.Kind ?? "";
        return isDown ? kind.Length == 0 ? "down" : $"{kind}, down" : kind;
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record DrawnRoute(uint Interface, string Words, string Reason, NetAddress? Gateway, bool IsTaken, bool SendsNothing);

    private sealed record DrawnWay(int Y, NetAddress? Gateway, uint Interface, bool IsTaken);

    private sealed class DrawnRouter(NetAddress address, int y, bool isTaken, DrawnWay[] ways)
    {
        public NetAddress Address => address;

        public int Y => y;

        public bool IsTaken => isTaken;

        public DrawnWay[] Ways => ways;
    }

    private const string Css = """
        text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:#1f2328;unicode-bidi:isolate}
        .mono{font-family:ui-monospace,"Cascadia Mono",Consolas,Menlo,"DejaVu Sans Mono",monospace}
        .title{font-weight:600}.strong{font-weight:600}.muted{fill:#59636e}.accent{fill:#0550ae}.danger{fill:#b3261e}
        .page{fill:#ffffff}.host{fill:#f4f6f8;stroke:#d1d9e0}.card{fill:#ffffff;stroke:#d1d9e0}.rule{fill:#eaeef2;stroke:none}
        .card-taken{stroke:#0969da;stroke-width:1.5}.destination{fill:#ddf4ff;stroke:#0969da;stroke-width:1.5}
        .card-refused{fill:#ffebe9;stroke:#cf222e}.card-unknown{fill:#fff8c5;stroke:#9a6700;stroke-dasharray:5 4}
        .row-taken{fill:#ddf4ff}.rule-line{stroke:#e2e7ec;fill:none}.packet{fill:#0969da}
        .up{fill:#1a7f37}.down{fill:#cf222e}.unknown{fill:#8c959f}
        .way{fill:none;stroke-width:2;stroke-linecap:round}.taken-line{stroke:#0969da}.refused-line{stroke:#cf222e}.refused-arrow{marker-end:url(#refused)}
        .doubt-line{stroke:#9a6700;stroke-dasharray:5 5}.lost-line{stroke:#afb8c1;stroke-width:1.25;stroke-dasharray:4 4}
        .arrow{marker-end:url(#taken)}.head-taken{fill:#0969da}.head-refused{fill:#cf222e}
        @media (prefers-color-scheme:dark){
        text{fill:#e6edf3}.muted{fill:#9198a1}.accent{fill:#79c0ff}.danger{fill:#ff7b72}
        .page{fill:#0d1117}.host{fill:#151b23;stroke:#3d444d}.card{fill:#0d1117;stroke:#3d444d}.rule{fill:#262c36}
        .card-taken{stroke:#4493f8}.destination{fill:#121d2f;stroke:#4493f8}
        .card-refused{fill:#25171c;stroke:#f85149}.card-unknown{fill:#272115;stroke:#d29922}
        .row-taken{fill:#121d2f}.rule-line{stroke:#2a313c}.packet{fill:#4493f8}
        .up{fill:#3fb950}.down{fill:#f85149}.unknown{fill:#6e7681}
        .taken-line{stroke:#4493f8}.refused-line{stroke:#f85149}.doubt-line{stroke:#d29922}.lost-line{stroke:#545d68}
        .head-taken{fill:#4493f8}.head-refused{fill:#f85149}
        }

        """;
}
