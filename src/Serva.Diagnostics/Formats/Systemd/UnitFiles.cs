using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Systemd;

/// <summary>
/// What systemd makes of the files that it loads its units from (systemd.unit(5)): names and aliases, masks, templates, drop-ins,
/// and which unit stops with which. What it adds by itself (slices, <c>sysinit.target</c>, mounts) is left out: none of it is
/// stopped to free a port.
/// </summary>
internal sealed class UnitFiles
{
    private const int DeepestAlias = 8;
    private const string Wants = ".wants", Requires = ".requires", DropIns = ".d";

    private readonly Dictionary<string, UnitEntry> _fragments = [];
    private readonly Dictionary<string, List<UnitEntry>> _folders = [];
    private readonly ILookup<string, string> _aliases;

    private UnitFiles(IEnumerable<UnitEntry> entries)
    {
        foreach (UnitEntry entry in entries.OrderBy(entry => entry.Rank))
        {
            if (entry.Folder.Length > 0)
            {
                if (!_folders.TryGetValue(entry.Folder, out List<UnitEntry>? folder))
                    _folders[entry.Folder] = folder = [];
                folder.Add(entry);
            }
            else if (UnitName.IsValid(entry.Name))
            {
                _fragments.TryAdd(entry.Name, entry);
            }
        }

        _aliases = _fragments.Keys.Select(name => (Name: name, Of: Canonical(name))).Where(pair => pair.Name != pair.Of).ToLookup(pair => pair.Of, pair => pair.Name);
    }

    /// <summary>The services and sockets, and the units of other kinds that stop with another, ordered by name.</summary>
    /// <param name="entries">The files.</param>
    /// <param name="started">The names of units that were started and have not ended; null when that is not known.</param>
    public static ImmutableArray<ServiceRow> ToServices(IEnumerable<UnitEntry> entries, IReadOnlySet<string>? started)
    {
        var files = new UnitFiles(entries);
        return [.. files.Units(started).OrderBy(row => row.Name, StringComparer.Ordinal)];
    }

    private List<ServiceRow> Units(IReadOnlySet<string>? started)
    {
        var names = new HashSet<string>();
        var enabled = new HashSet<string>();
        foreach (string name in _fragments.Keys.Concat(started ?? ImmutableHashSet<string>.Empty))
            Add(name, names);
        foreach ((string folder, List<UnitEntry> entries) in _folders)
        {
            if (!folder.EndsWith(Wants, StringComparison.Ordinal) && !folder.EndsWith(Requires, StringComparison.Ordinal))
                continue;
            foreach (UnitEntry entry in entries.Where(entry => !entry.IsMask))
            {
                if (Add(entry.Name, names) is { } wanted)
                    enabled.Add(wanted);
            }
        }

        var needs = new Dictionary<string, SortedSet<string>>();
        var read = new Dictionary<string, UnitAssignment[]>();
        foreach (string name in names)
        {
            // Drop-ins count for a masked unit too.
            read[name] = Assignments(name);
            foreach ((string unit, string needed) in Needs(name, read[name]))
            {
                if (!needs.TryGetValue(unit, out SortedSet<string>? its))
                    needs[unit] = its = new SortedSet<string>(StringComparer.Ordinal);
                if (unit != needed)
                    its.Add(needed);
            }
        }

        var rows = new List<ServiceRow>();
        foreach (string name in names)
        {
            bool isSocket = UnitName.Type(name) == "socket", isService = UnitName.Type(name) == "service";
            ImmutableArray<string> stopsWith = needs.TryGetValue(name, out SortedSet<string>? its) ? [.. its] : [];
            if (!isSocket && !isService && stopsWith.IsEmpty)
                continue;
            UnitAssignment[] assignments = read[name];
            rows.Add(new ServiceRow
            {
                Name = name,
                State = started is null ? ServiceState.Unknown
                    : started.Contains(name) ? ServiceState.Running
                    : isService ? ServiceState.Stopped
                    : ServiceState.Unknown,
                Start = IsMasked(name) ? ServiceStart.Disabled : enabled.Contains(name) ? ServiceStart.Automatic : ServiceStart.Manual,
                IsTransient = Fragment(name) is { IsTransient: true },
                DependsOn = stopsWith,
                Binds = isSocket ? SocketUnit.Binds(assignments, name) : [],
                Starts = isSocket ? Canonical(SocketUnit.Starts(assignments, name)) : null,
            });
        }

        return rows;
    }

    /// <summary>Notes a unit under the name that its file has; null for a template and for what is no unit.</summary>
    private string? Add(string name, HashSet<string> names)
    {
        if (!UnitName.IsValid(name) || UnitName.IsTemplate(name) || Canonical(name) is not { } unit || UnitName.IsTemplate(unit))
            return null;
        if (Fragment(unit)?.Text is null)
            return null;
        names.Add(unit);
        return unit;
    }

    private UnitEntry? Fragment(string name) =>
        _fragments.TryGetValue(name, out UnitEntry? own) ? own
        : UnitName.Instance(name) is { Length: > 0 } && _fragments.TryGetValue(UnitName.Template(name), out UnitEntry? template) ? template
        : null;

    private bool IsMasked(string name) => Fragment(name) is { IsMask: true };

    /// <summary>The name that a link of the directories leads to: a link to a unit of another name is an alias, if that unit is there.</summary>
    private string Canonical(string name)
    {
        string unit = name;
        for (int depth = 0; depth < DeepestAlias && AliasOf(unit) is { } next; depth++)
            unit = next;
        return Fragment(unit)?.Text is null ? name : unit;
    }

    private string? AliasOf(string name)
    {
        if (!UnitName.IsValid(name) || Fragment(name) is not { LinksTo: { } target } entry)
            return null;
        string linked = Path.GetFileName(target);
        if (!UnitName.IsValid(linked) || UnitName.Type(linked) != UnitName.Type(name) || linked == entry.Name)
            return null;

        // The instance goes with it: a@1.service of a@.service, which links to b@.service, is b@1.service.
        if (UnitName.IsTemplate(linked))
        {
            if (UnitName.Instance(name) is not { } instance)
                return null;
            linked = UnitName.WithInstance(linked, instance);
        }

        return linked == name ? null : linked;
    }

    private IEnumerable<string> Aliases(string name) => UnitName.Instance(name) is { Length: > 0 } instance
        ? _aliases[name].Concat(_aliases[UnitName.Template(name)].Select(alias => UnitName.WithInstance(alias, instance)))
        : _aliases[name];

    private UnitAssignment[] Assignments(string name)
    {
        IEnumerable<UnitAssignment> own = Fragment(name)?.Text is { } text ? UnitFile.Read(text) : [];
        return [.. own, .. Beside(name, DropIns).Where(entry => entry.Name.EndsWith(".conf", StringComparison.Ordinal)).SelectMany(entry => entry.Text is { } more ? UnitFile.Read(more) : [])];
    }

    /// <summary>
    /// What the folders of a unit have, in the order of the file names. Of one file name the first counts: by directory, and in
    /// a directory the unit's own folder before its template's and those of its name cut at dashes; the folder of the type comes
    /// last (unit_file_find_dropin_paths).
    /// </summary>
    private IEnumerable<UnitEntry> Beside(string name, string suffix)
    {
        var found = new SortedDictionary<string, UnitEntry>(StringComparer.Ordinal);
        foreach (string unit in Aliases(name).OrderBy(alias => alias, StringComparer.Ordinal).Prepend(name))
        {
            IEnumerable<(UnitEntry Entry, int Place)> entries = FoldersOf(unit).SelectMany((folder, place) => Entries(folder + suffix).Select(entry => (entry, place)));
            foreach ((UnitEntry entry, int _) in entries.OrderBy(its => its.Entry.Rank).ThenBy(its => its.Place))
                found.TryAdd(entry.Name, entry);
        }

        foreach (UnitEntry entry in Entries(UnitName.Type(name) + suffix))
            found.TryAdd(entry.Name, entry);
        return found.Values.Where(entry => !entry.IsMask);
    }

    /// <summary><c>a-b@1.service</c>, <c>a-b@.service</c>, <c>a-.service</c>.</summary>
    private static IEnumerable<string> FoldersOf(string name)
    {
        yield return name;
        string type = UnitName.Type(name), prefix = UnitName.Prefix(name);
        if (UnitName.Instance(name) is { Length: > 0 })
            yield return UnitName.Template(name);
        for (int dash = prefix.TrimEnd('-').LastIndexOf('-'); dash > 0; dash = prefix[..dash].LastIndexOf('-'))
            yield return $"{prefix[..(dash + 1)]}.{type}";
    }

    private List<UnitEntry> Entries(string folder) => _folders.TryGetValue(folder, out List<UnitEntry>? entries) ? entries : [];

    /// <summary>Pairs of a unit and one that it stops with (unit_dependency_to_atom: what propagates a stop).</summary>
    private IEnumerable<(string Unit, string Needed)> Needs(string name, UnitAssignment[] assignments)
    {
        foreach (UnitAssignment assignment in assignments)
        {
            if (assignment.Section != "Unit")
                continue;
            bool toOthers = assignment.Key == "PropagatesStopTo";
            if (!toOthers && assignment.Key is not ("Requires" or "RequiresOverridable" or "Requisite" or "RequisiteOverridable" or "BindsTo" or "BindTo" or "PartOf" or "StopPropagatedFrom"))
                continue;
            foreach (string word in assignment.Value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                if (UnitName.Expand(word, name) is { } expanded && Named(expanded, name) is { } other)
                    yield return toOthers ? (other, name) : (name, other);
            }
        }

        foreach (UnitEntry entry in Beside(name, Requires))
        {
            if (Named(entry.Name, name) is { } needed)
                yield return (name, needed);
        }
    }

    /// <summary>The unit that another names; a template gets the instance, or else the prefix, of who names it (resolve_template).</summary>
    private string? Named(string name, string by)
    {
        if (!UnitName.IsValid(name))
            return null;
        if (UnitName.IsTemplate(name))
            name = UnitName.WithInstance(name, UnitName.Instance(by) ?? UnitName.Prefix(by));
        return Canonical(name);
    }
}
