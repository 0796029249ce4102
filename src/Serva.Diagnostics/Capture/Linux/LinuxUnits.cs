using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Text;
using Serva.Diagnostics.Formats.Proc;
using Serva.Diagnostics.Formats.Systemd;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>Where a system manager has its units.</summary>
/// <param name="directories">What it loads units from, the first counts.</param>
/// <param name="booted">A directory that is there when systemd runs the system (sd_booted(3)).</param>
/// <param name="states">Where it shows which units run.</param>
internal sealed class UnitPlaces(ImmutableArray<string> directories, string booted, string states)
{
    private const string Runtime = "/run/systemd/system";

    /// <summary>As systemd is built (<c>systemd-analyze unit-paths</c>).</summary>
    public static UnitPlaces OfSystem { get; } = new(
        [
            "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient", "/run/systemd/generator.early",
            "/etc/systemd/system", "/etc/systemd/system.attached", Runtime, "/run/systemd/system.attached", "/run/systemd/generator",
            "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/generator.late",
        ],
        Runtime,
        "/run/systemd/units");

    public ImmutableArray<string> Directories => directories;

    public string Booted => booted;

    public string States => states;
}

/// <summary>
/// The units of systemd's system manager, from the files that it loads them from (systemd.unit(5)), and which of them run, from
/// <c>/run/systemd/units/invocation:NAME</c>: systemd makes that link when it starts a unit's program and takes it away when the
/// unit is inactive (unit_export_invocation_id, unit_unlink_state_files). Everyone may read them; nobody is asked.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxUnits(CaptureRun run, UnitPlaces places)
{
    private const string Invocation = "invocation:";
    private const int MaxFile = 1 << 16, MaxEntries = 16_384, MaxText = 16 << 20;

    private readonly List<UnitEntry> _entries = [];
    private readonly byte[] _buffer = new byte[MaxFile];
    private int _textLength;
    private (string Path, int Error)? _refused;

    public Table<ServiceRow> Read()
    {
        var table = new TableReading<ServiceRow>(run, "Services", $"{places.Booted} and the other directories of units, {places.States}");
        SourceClock clock = run.StartSource();
        int error = LinuxDirectory.ReadNames(places.Booted, [], clock);
        table.Succeeded();
        if (error == LinuxError.NoEntry)
        {
            table.Note = "systemd does not run this system";
            return table.ToTable();
        }

        var states = new List<string>();
        error = LinuxDirectory.ReadNames(places.States, states, clock);
        HashSet<string>? started = error == 0 ? Started(states) : null;
        if (error != 0)
            table.Missing("states", $"{places.States}: {LinuxError.Describe(error)}");
        for (int rank = 0; rank < places.Directories.Length; rank++)
        {
            if (ReadDirectory(places.Directories[rank], rank, clock) is { } reason)
                table.Missing(places.Directories[rank], reason);
        }

        // A unit whose file is kept from us may bind what is asked about, or stop with what is stopped.
        if (_refused is { } refused)
            table.Missing(refused.Path, LinuxError.Describe(refused.Error));
        table.Rows.AddRange(UnitFiles.ToServices(_entries, started));
        return table.ToTable();
    }

    private static HashSet<string> Started(List<string> states)
    {
        var started = new HashSet<string>();
        foreach (string state in states)
        {
            if (state.StartsWith(Invocation, StringComparison.Ordinal))
                started.Add(state[Invocation.Length..]);
        }

        return started;
    }

    /// <returns>Why it was not read to the end; null when it was, or is not there.</returns>
    private string? ReadDirectory(string directory, int rank, SourceClock clock)
    {
        var names = new List<string>();
        int error = LinuxDirectory.ReadNames(directory, names, clock);
        if (error != 0)
            return error == LinuxError.NoEntry ? null : LinuxError.Describe(error);
        foreach (string name in names)
        {
            if (UnitName.IsValid(name))
            {
                if (Add(directory, "", name, rank, clock) is { } reason)
                    return reason;
                continue;
            }

            if (!name.EndsWith(".d", StringComparison.Ordinal) && !name.EndsWith(".requires", StringComparison.Ordinal) && !name.EndsWith(".wants", StringComparison.Ordinal))
                continue;
            var inside = new List<string>();
            error = LinuxDirectory.ReadNames($"{directory}/{name}", inside, clock);
            if (error is not (0 or LinuxError.NoEntry))
                return $"{name}: {LinuxError.Describe(error)}";
            foreach (string file in inside)
            {
                if (Add(directory, name, file, rank, clock) is { } reason)
                    return reason;
            }
        }

        return null;
    }

    private string? Add(string directory, string folder, string name, int rank, SourceClock clock)
    {
        if (clock.IsOver())
            return SourceClock.TimedOut;
        if (_entries.Count >= MaxEntries || _textLength >= MaxText)
            return "there are too many units";
        string path = folder.Length == 0 ? $"{directory}/{name}" : $"{directory}/{folder}/{name}";
        string? linksTo = LinkOf(path);
        // Through a link, so that one that ends at /dev/null is empty.
        int length = LinuxFile.ReadAll(path, _buffer);
        if (length < 0 && length != -LinuxError.NoEntry)
            _refused ??= (path, -length);
        string? text = length < 0 ? null : Encoding.UTF8.GetString(_buffer.AsSpan(0, length));
        _textLength += text?.Length ?? 0;
        _entries.Add(new UnitEntry { Rank = rank, IsTransient = directory.EndsWith("/transient", StringComparison.Ordinal), Folder = folder, Name = name, LinksTo = linksTo, Text = text });
        return null;
    }

    private static string? LinkOf(string path)
    {
        byte[] terminated = Encoding.UTF8.GetBytes(path + '\0');
        Span<byte> link = stackalloc byte[MachineText.MaxLength];
        int length = LinuxFile.ReadLinkAt(terminated, link);
        return length <= 0 ? null : MachineText.Read(link[..length]);
    }
}
