using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>
/// Random folders of units, read by this library and by systemd itself: <c>systemd --test</c> loads them, prints what it made of
/// them and starts nothing. It wants to be no root for that.
/// </summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
[SupportedOSPlatform("linux")]
public sealed class UnitAgreementTests : IDisposable
{
    private const string Systemd = "/usr/lib/systemd/systemd";

    private static readonly string[] s_fragments =
        ["a.service", "a-b.service", "a-b-c.service", "d.service", "e.service", "s.socket", "v.socket", "t@.service", "u@.service", "x.target"];

    private static readonly string[] s_names =
        ["a.service", "a-b.service", "a-b-c.service", "d.service", "e.service", "s.socket", "v.socket", "t@1.service", "t@a-b.service", "u@1.service", "x.target", "al.service", "al-as.service", "w@1.service"];

    private static readonly string[] s_needs = ["Requires", "Requisite", "BindsTo", "PartOf", "PropagatesStopTo", "StopPropagatedFrom", "Wants", "After"];

    private static readonly string[] s_mentioned = [.. s_names, "gone.service", "no unit", "\"d.service\"", "bad.type"];

    // systemd reads them by the name that it met first, so that they mean nothing certain in a unit with several.
    private static readonly string[] s_byName = ["t@.service", "t@%i.service", "%p.service", "%N.socket", "%n", "u@%j.service"];

    private static readonly string[] s_sockets =
        ["22", "0", "127.0.0.1:69", "0.0.0.0:80", "[::1]:443", "[::]:8080", "/run/x", "@y", "70000", "", "vsock:2:3"];

    private readonly string _root = Directory.CreateTempSubdirectory("serva-units-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    [Trait("Long", "Yes")]
    public void Read_RandomUnits_AsSystemdReadsThem()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Systemd) && (!Environment.IsPrivilegedProcess || Tool.Exists("setpriv")), "needs systemd and setpriv");
        int seed = Extent.Seed(28_111), edges = 0, binds = 0, aliases = 0;
        var random = new Random(seed);
        File.SetUnixFileMode(_root, (UnixFileMode)0b111_101_101);
        for (int i = Extent.Of(10, 60, 2000); i > 0; i--)
        {
            string first = Path.Combine(_root, $"{i}a"), second = Path.Combine(_root, $"{i}b");
            Plant(random, withAliases: i % 2 == 0, first, second);
            Dictionary<string, ServiceRow> read = Read(first, second).ToDictionary(row => row.Name);
            Dictionary<string, LoadedUnit> loaded = [];
            string? difference = "not compared";
            // systemd walks its tables in an order that each run makes anew, on which some of what it forgets or merges depends.
            for (int tries = 0; tries < 5 && difference is not null; tries++)
            {
                loaded = Load(first, second);
                difference = loaded.Where(unit => IsJudged(unit.Key, unit.Value)).Select(unit => Difference(unit.Key, unit.Value, read)).FirstOrDefault(its => its is not null);
            }

            Assert.True(difference is null, $"seed {seed}, {i} to go, {difference}\n{Shown(first)}{Shown(second)}");
            foreach ((string name, LoadedUnit unit) in loaded.Where(unit => IsJudged(unit.Key, unit.Value)))
            {
                edges += unit.StopsWith.Count;
                binds += unit.Listens.Count;
                aliases += unit.Aliases;
            }
        }

        Assert.True(edges > 50 && binds > 5 && aliases > 5, $"{edges} dependencies, {binds} binds, {aliases} aliases");
        TestContext.Current.TestOutputHelper?.WriteLine($"{edges} dependencies, {binds} binds and {aliases} aliases agree");
    }

    /// <summary>What nobody could read is not what is not there.</summary>
    [Fact]
    public void Read_AFileThatCannotBeRead_IsAGap()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        string units = Path.Combine(_root, "units");
        Directory.CreateDirectory(units);
        Write(units, "a.service", "[Unit]\nRequires=b.service\n");
        Link(units, "gone.service", "nowhere.service");
        Assert.Equal(Coverage.Complete, Places(units).Coverage);
        Directory.CreateDirectory(Path.Combine(units, "lab.socket"));

        Table<ServiceRow> table = Places(units);

        Assert.Equal(Coverage.Partial, table.Coverage);
        Assert.Equal(Path.Combine(units, "lab.socket"), Assert.Single(table.Gaps).Part);
        Assert.Equal("a.service", Assert.Single(table).Name);
    }

    // Mounts, slices and devices are of this machine.
    private static bool IsJudged(string name, LoadedUnit unit) =>
        unit.LoadState is not ("not-found" or "error") && name != "default.target"
        && (name.EndsWith(".service", StringComparison.Ordinal) || name.EndsWith(".socket", StringComparison.Ordinal) || name == "x.target");

    private static string? Difference(string name, LoadedUnit unit, Dictionary<string, ServiceRow> read)
    {
        // An instance that only another unit speaks of, and a target that stops with nothing.
        if (!read.TryGetValue(name, out ServiceRow? row))
            return !s_names.Contains(name) || (name == "x.target" && unit.StopsWith.Count == 0) ? null : $"{name} was not read";

        // systemd may have forgotten a unit that it did not find by the time that it prints.
        if (!unit.StopsWith.Where(IsThere).ToHashSet().SetEquals(row.DependsOn.Where(IsThere)))
            return $"{name} stops with {string.Join(' ', unit.StopsWith)}; read: {string.Join(' ', row.DependsOn)}";
        if ((unit.LoadState == "masked") != (row.Start == ServiceStart.Disabled))
            return $"{name} is {unit.LoadState}; read: {row.Start}";
        if (unit.LoadState != "loaded" || !name.EndsWith(".socket", StringComparison.Ordinal))
            return null;
        string[] bound = [.. row.Binds.Select(bind => $"{bind.Protocol} {bind.Endpoint}")];
        return unit.Listens.SequenceEqual(bound) && unit.Triggers == row.Starts ? null
            : $"{name} binds {string.Join(", ", unit.Listens)} for {unit.Triggers}; read: {string.Join(", ", bound)} for {row.Starts}";
    }

    private static void Plant(Random random, bool withAliases, params string[] directories)
    {
        string[] mentioned = withAliases ? s_mentioned : [.. s_mentioned, .. s_byName];
        foreach (string directory in directories)
            Directory.CreateDirectory(directory);
        Write(directories[0], "default.target", $"[Unit]\nWants={string.Join(' ', s_names)}\n");
        foreach (string fragment in s_fragments)
        {
            foreach (string directory in directories)
            {
                switch (random.Next(10))
                {
                    case < 6:
                        Write(directory, fragment, Fragment(random, mentioned, fragment));
                        break;
                    // An alias of a masked unit loads as an error, under whichever name came first.
                    case 6 when !withAliases:
                        Link(directory, fragment, "/dev/null");
                        break;
                }
            }
        }

        if (withAliases)
        {
            string of = s_fragments[random.Next(5)];
            Link(directories[random.Next(2)], "al.service", random.Next(2) == 0 ? of : Path.Combine(directories[1], of));
            Link(directories[1], "al-as.service", random.Next(2) == 0 ? "al.service" : "e.service");
            Link(directories[1], "w@.service", "t@.service");
        }

        for (int i = random.Next(8); i > 0; i--)
        {
            string folder = Path.Combine(directories[random.Next(2)], Pick(random, [.. s_names, "a-.service", "a-b-.service", "t@.service", "service", "socket"]) + ".d");
            Directory.CreateDirectory(folder);
            string name = Pick(random, ["10.conf", "20.conf", "note.txt"]);
            if (random.Next(6) == 0)
                Link(folder, name, "/dev/null");
            else
                Write(folder, name, Unit(random, mentioned, Path.GetFileName(folder).Contains("socket", StringComparison.Ordinal)));
        }

        for (int i = random.Next(6); i > 0; i--)
        {
            string folder = Path.Combine(directories[random.Next(2)], Pick(random, [.. s_names, "t@.service", "a-.service", "service"]) + ".requires");
            Directory.CreateDirectory(folder);
            string name = Pick(random, [.. s_names, "t@.service"]);
            Link(folder, name, random.Next(6) == 0 ? "/dev/null" : "../" + name);
        }
    }

    private static string Fragment(Random random, string[] mentioned, string name)
    {
        bool isSocket = name.EndsWith(".socket", StringComparison.Ordinal);
        var text = new StringBuilder(Unit(random, mentioned, isSocket));
        if (name.EndsWith(".service", StringComparison.Ordinal))
            text.Append("[Service]\nExecStart=/bin/true\n");
        if (isSocket)
            text.Append("[Socket]\nListenStream=/run/always\n");
        return text.ToString();
    }

    private static string Unit(Random random, string[] mentioned, bool isSocket)
    {
        var text = new StringBuilder("# a unit\n[Unit]\n");
        if (random.Next(3) == 0)
            text.Append(CultureInfo.InvariantCulture, $"Description={Pick(random, ["one", "100 %%", "with; signs # in it"])}\n");
        for (int i = random.Next(4); i > 0; i--)
        {
            text.Append(random.Next(3) == 0 ? "  " : "").Append(Pick(random, s_needs)).Append(random.Next(3) == 0 ? " = " : "=");
            for (int j = random.Next(1, 4); j > 0; j--)
                text.Append(Pick(random, mentioned)).Append(random.Next(5) == 0 ? " \\\n; between\n\t" : " ");
            text.Append('\n');
        }

        if (isSocket)
        {
            text.Append("[Socket]\n");
            for (int i = random.Next(4); i > 0; i--)
                text.Append(CultureInfo.InvariantCulture, $"{Pick(random, ["ListenStream", "ListenDatagram"])}={Pick(random, [.. s_sockets, .. mentioned.Contains("%n") ? (string[])["%i"] : []])}\n");
            if (random.Next(3) == 0)
                text.Append(CultureInfo.InvariantCulture, $"Service={Pick(random, ["a.service", "e.service"])}\n");
        }

        return text.ToString();
    }

    private static Dictionary<string, LoadedUnit> Load(params string[] directories)
    {
        string[] asNobody = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : ["env"];
        string[] command =
        [
            .. asNobody[1..], .. Environment.IsPrivilegedProcess ? (string[])["env"] : [], "-i", "PATH=/usr/bin:/bin", "HOME=/", "XDG_RUNTIME_DIR=/nonexistent",
            $"SYSTEMD_UNIT_PATH={string.Join(':', directories)}", "SYSTEMD_LOG_LEVEL=err", Systemd, "--test", "--system", "--no-pager",
        ];
        string text = Tool.Run(asNobody[0], command);
        var units = new Dictionary<string, LoadedUnit>();
        LoadedUnit unit = new();
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("-> By jobs", StringComparison.Ordinal))
                break;
            string entry = line.Trim();
            if (entry.StartsWith("-> Unit ", StringComparison.Ordinal))
            {
                units[entry[8..^1]] = unit = new LoadedUnit();
                continue;
            }

            if (entry.Split(": ", 2) is not [var key, var value])
                continue;
            switch (key)
            {
                case "Unit Load State":
                    unit.LoadState = value;
                    break;
                case "Alias":
                    unit.Aliases++;
                    break;
                case "Triggers":
                    unit.Triggers = value.Split(' ')[0];
                    break;
                case "ListenStream" or "ListenDatagram" when value.Contains(':', StringComparison.Ordinal) && !value.StartsWith("vsock", StringComparison.Ordinal):
                    unit.Listens.Add($"{(key == "ListenStream" ? "Tcp" : "Udp")} {value}");
                    break;
                case "Requires" or "Requisite" or "BindsTo" or "PartOf" or "StopPropagatedFrom" when value.Contains("-file", StringComparison.Ordinal):
                    string other = value.Split(' ')[0];
                    // What an instance says that nobody runs, but another unit speaks of.
                    bool isOfNobody = other.Contains('@', StringComparison.Ordinal) && !s_names.Contains(other) && !value.Contains("origin-file", StringComparison.Ordinal);
                    if (!other.EndsWith(".slice", StringComparison.Ordinal) && !isOfNobody)
                        unit.StopsWith.Add(other);
                    break;
            }
        }

        Assert.True(units.ContainsKey("default.target"), text);
        return units;
    }

    private static Table<ServiceRow> Read(params string[] directories)
    {
        Table<ServiceRow> table = Places(directories);
        Assert.Equal(Coverage.Complete, table.Coverage);
        return table;
    }

    private static Table<ServiceRow> Places(params string[] directories)
    {
        var run = new CaptureRun(TimeProvider.System, NullLogger.Instance, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        return new LinuxUnits(run, new UnitPlaces([.. directories], directories[0], States(directories[0] + "-states"))).Read();
    }

    private static bool IsThere(string name) => name != "gone.service";

    /// <summary>All of them run, so that instances are known by name.</summary>
    private static string States(string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (string name in s_names)
            Link(directory, $"invocation:{name}", "0123456789abcdef0123456789abcdef");
        return directory;
    }

    private static string Shown(string directory) =>
        string.Concat(Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Select(path => $"== {path} {new FileInfo(path).LinkTarget}\n{(new FileInfo(path).LinkTarget is null ? File.ReadAllText(path) : "")}"));

    private static void Write(string folder, string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    private static void Link(string folder, string name, string target)
    {
        string path = Path.Combine(folder, name);
        File.Delete(path);
        File.CreateSymbolicLink(path, target);
    }

    private static string Pick(Random random, string[] of) => of[random.Next(of.Length)];

    /// <summary>A unit as systemd printed it.</summary>
    private sealed class LoadedUnit
    {
        public string LoadState { get; set; } = "";

        public string? Triggers { get; set; }

        public int Aliases { get; set; }

        public HashSet<string> StopsWith { get; } = [];

        public List<string> Listens { get; } = [];
    }
}
