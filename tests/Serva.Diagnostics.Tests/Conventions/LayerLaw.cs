using System;
using System.Collections.Generic;
using System.Linq;

namespace Serva.Diagnostics.Tests.Conventions;

/// <summary>Which room may use which: the arrow list of docs/architecture.md.</summary>
internal static class LayerLaw
{
    private static readonly Dictionary<string, string[]> s_arrows = new(StringComparer.Ordinal)
    {
        ["Addressing"] = [],
        ["Snapshots"] = ["Addressing"],
        ["Questions"] = ["Addressing", "Snapshots"],
        ["Formats"] = ["Addressing", "Snapshots", "Questions"],
        ["Import"] = ["Addressing", "Snapshots", "Questions", "Formats"],
        ["Routing"] = ["Addressing", "Snapshots", "Questions"],
        ["Binding"] = ["Addressing", "Snapshots", "Questions", "Routing"],
        ["Firewall"] = ["Addressing", "Snapshots", "Questions", "Routing"],
        ["Rules"] = ["Addressing", "Snapshots", "Questions", "Routing", "Binding", "Firewall"],
        ["Reports"] = ["Addressing", "Snapshots", "Questions", "Import", "Routing", "Binding", "Firewall", "Rules"],
        ["Capture"] = ["Addressing", "Snapshots", "Formats"],
        ["Probing"] = ["Addressing", "Snapshots", "Questions", "Formats"],
    };

    /// <summary>Whether code of one room may use types of another. The root may use everything, nobody uses the root.</summary>
    public static bool Allows(string from, string to) =>
        from == to || from == "root" || (s_arrows.TryGetValue(from, out string[]? allowed) && allowed.Contains(to));

    /// <summary>The uses that no arrow allows, one readable line each.</summary>
    public static IEnumerable<string> Violations(IEnumerable<Use> uses) =>
        from use in uses
        where use.Document is not null && use.ToDocument is not null
        let fromRoom = AssemblyUses.RoomOf(use.Document!)
        let toRoom = AssemblyUses.RoomOf(use.ToDocument!)
        where !Allows(fromRoom, toRoom)
        select $"{fromRoom} may not use {toRoom}: {use.From} ({use.Document}) uses {use.ToType} ({use.ToDocument})";
}
