using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using Serva.Diagnostics.Import;
using Serva.Diagnostics.Import.Linux;
using Serva.Diagnostics.Import.Windows;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>A text that somebody pasted or saved, and what to call it.</summary>
public sealed record ImportText
{
    /// <summary>The name by which lines are told, for example that of a file.</summary>
    public required string Name { get; init; }

    /// <summary>The text, with what a terminal shows around it.</summary>
    public required string Text { get; init; }
}

/// <summary>A file that somebody saved, and what to call it.</summary>
public sealed record ImportFile
{
    /// <summary>The name by which lines are told.</summary>
    public required string Name { get; init; }

    /// <summary>The bytes, read once from where the stream stands.</summary>
    public required Stream Content { get; init; }
}

/// <summary>Lines of a text that were understood as the output of one command.</summary>
public sealed record ImportedBlock
{
    /// <summary>The name of the text.</summary>
    public required string TextName { get; init; }

    /// <summary>The first line, from 1.</summary>
    public required int FirstLine { get; init; }

    /// <summary>The last line.</summary>
    public required int LastLine { get; init; }

    /// <summary>The command, for example <c>ip route</c> or <c>route print</c>.</summary>
    public required string Command { get; init; }

    /// <summary>How many rows it gave, of whatever tables.</summary>
    public required int Rows { get; init; }
}

/// <summary>Lines of a text that look like data and were not understood.</summary>
public sealed record UnrecognizedLines
{
    /// <summary>The name of the text.</summary>
    public required string TextName { get; init; }

    /// <summary>The first line, from 1.</summary>
    public required int FirstLine { get; init; }

    /// <summary>The last line.</summary>
    public required int LastLine { get; init; }

    /// <summary>What is wrong, or what the first line says; cut when long. As untrusted as the text.</summary>
    public required string Reason { get; init; }
}

/// <summary>Where a row was read.</summary>
public readonly record struct ImportedPlace
{
    /// <summary>The name of the text.</summary>
    public required string TextName { get; init; }

    /// <summary>The line, from 1.</summary>
    public required int Line { get; init; }
}

/// <summary>An error that the texts tell of, and the question that it asks of the host.</summary>
public sealed record ImportedError
{
    /// <summary>Where it stands.</summary>
    public required ImportedPlace Place { get; init; }

    /// <summary>The text.</summary>
    public required string Text { get; init; }

    /// <summary>What was read in it.</summary>
    public required ErrorReading Reading { get; init; }

    /// <summary>The bind that failed, as a question; null when the text does not say which.</summary>
    public Question? Question { get; init; }
}

/// <summary>A host made from text that people can paste from a machine without this tool.</summary>
/// <remarks>
/// <para>
/// Understood are, of Windows XP to 11 in any language, <c>netstat</c>, <c>route print</c>, <c>tasklist</c>, <c>sc queryex</c>,
/// <c>netsh</c>, <c>reg query</c>, <c>ver</c> and <c>systeminfo</c>; of Linux <c>ss</c>, <c>netstat</c>, <c>ip</c> with and without
/// <c>-j</c>, <c>nft -j</c>, <c>iptables-save</c>, <c>sysctl</c> and <c>uname</c>; of other systems <c>netstat -an</c> and <c>lsof -i</c>;
/// and errors of binds as programs and logs write them. Several of them may stand in one text, with prompts and prose around. What
/// a text does not show is not claimed: a table that no text gave is <see cref="Coverage.NotRequested"/>, and one with parts
/// missing names them.
/// </para>
/// <para>Pure and total. Linear in the length of the texts, each of which is read once; memory is that of the rows.</para>
/// </remarks>
public sealed class ImportedHost
{
    internal const int MostUnrecognized = 100;

    private readonly HostDraft _draft;

    private ImportedHost(HostDraft draft, HostSnapshot? host, string? fault, ImportNotes notes, IReadOnlyList<string> names)
    {
        _draft = draft;
        Host = host;
        Fault = fault;
        Blocks = [.. notes.Blocks.OrderBy(block => IndexOf(block.TextName)).ThenBy(block => block.FirstLine)];
        Unrecognized = [.. notes.Unrecognized.OrderBy(place => IndexOf(place.TextName)).ThenBy(place => place.FirstLine)];
        UnrecognizedLineCount = notes.UnrecognizedCount;
        Errors = host is null ? [] : [.. draft.Errors.Select(error => ErrorOf(error, host.Platform.Family))];

        int IndexOf(string name)
        {
            for (int i = 0; i < names.Count; i++)
            {
                if (names[i] == name)
                    return i;
            }

            return names.Count;
        }
    }

    /// <summary>The host; null when the texts are of none, or of two.</summary>
    public HostSnapshot? Host { get; }

    /// <summary>Why there is no host; null when there is one.</summary>
    public string? Fault { get; }

    /// <summary>What was understood, in the order of the texts.</summary>
    public ImmutableArray<ImportedBlock> Blocks { get; }

    /// <summary>What was not: the first hundred places.</summary>
    public ImmutableArray<UnrecognizedLines> Unrecognized { get; }

    /// <summary>How many lines were not understood altogether.</summary>
    public int UnrecognizedLineCount { get; }

    /// <summary>The errors that the texts tell of, in their order.</summary>
    public ImmutableArray<ImportedError> Errors { get; }

    internal ImportWork Work { get; private init; } = new();

    /// <summary>The host with the binds that the errors ask about, each once.</summary>
    /// <exception cref="InvalidOperationException">There is no host.</exception>
    public DiagnosticCase ToCase() => new()
    {
        Host = Host ?? throw new InvalidOperationException(Fault),
        // Serva tells itself from another program by its name.
        Profile = Host.Processes.Any(ServiceProfile.Serva.Server!.Matches) && Errors.Any(error => error.Question is not null) ? ServiceProfile.Serva : null,
        Questions = [.. Errors.Select(error => error.Question).OfType<Question>().DistinctBy(question => question.Bind is null ? (object)question : question.Bind)],
    };

    /// <summary>Where a socket of the host was read; null when the host has no such row.</summary>
    /// <param name="index">The row of <see cref="HostSnapshot.Sockets"/>.</param>
    public ImportedPlace? FindSocket(int index) => Host is not null && (uint)index < (uint)_draft.Sockets.Places.Count ? _draft.Sockets.Places[index] : null;

    /// <summary>Reads texts of one host, taken at about the same time.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="capturedAt">When they were taken, which no text tells.</param>
    public static ImportedHost Read(IReadOnlyList<ImportText> texts, DateTimeOffset capturedAt)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var reading = new Readers();
        foreach (ImportText text in texts)
            reading.Take(text.Name, new StringReader(text.Text), null);
        return reading.ToHost(capturedAt);
    }

    /// <summary>Reads files as they are: UTF-8, UTF-16 with or without its mark, or a code page of Windows.</summary>
    /// <remarks>Bytes that are no text are refused: <see cref="Fault"/> names the file.</remarks>
    /// <param name="files">The files, each read to its end and not closed.</param>
    /// <param name="capturedAt">When they were taken.</param>
    /// <param name="progress">Hears now and then how many characters of a file were read; null for nobody.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ImportedHost Read(IEnumerable<ImportFile> files, DateTimeOffset capturedAt, IProgress<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        var reading = new Readers();
        foreach (ImportFile file in files)
        {
            using TextReader? text = PastedBytes.Open(file.Content);
            if (text is null)
                return reading.Refuse($"'{file.Name}' is no text: it has zero bytes, as programs and archives have");
            reading.Take(file.Name, text, progress);
        }

        return reading.ToHost(capturedAt);
    }

    private static ImportedError ErrorOf((ErrorReading Reading, string Text, ImportedPlace Place) error, PlatformFamily family)
    {
        var seen = new ObservedError { Code = error.Reading.Code, Text = error.Text };
        return new ImportedError
        {
            Place = error.Place,
            Text = error.Text,
            Reading = error.Reading,
            Question = error.Reading.Outcome == BindOutcome.Undetermined ? null : error.Reading.ToQuestion(family, null, seen),
        };
    }

    /// <summary>The readers of one import, in the order in which they are asked.</summary>
    private sealed class Readers
    {
        private readonly HostDraft _draft = new();
        private readonly ImportNotes _notes = new();
        private readonly ImportWork _work = new();
        private readonly List<string> _names = [];
        private readonly BlockReader[] _readers;
        private readonly IpRouteImport _ip;
        private readonly RoutePrintImport _print;

        public Readers()
        {
            _ip = new IpRouteImport(_draft);
            _print = new RoutePrintImport(_draft);
            _readers =
            [
                new WindowsNetstatReader(_draft), new SsReader(_draft), new NetToolsReader(_draft), new LsofReader(_draft), new TasklistReader(_draft),
                new ScQueryReader(_draft), new NetshPortsReader(_draft), new NetshInterfacesReader(_draft), new AdvFirewallReader(_draft), new RegistryFirewallReader(_draft),
                new HttpServiceReader(_draft), new IptablesReader(_draft), new IpTextReader(_draft, _ip), new SysctlReader(_draft), new SystemReader(_draft), new PsReader(_draft),
                new VersionReader(_draft), new SystemInfoReader(_draft), _print,
            ];
        }

        public void Take(string name, TextReader text, IProgress<long>? progress)
        {
            _names.Add(name);
            new TextReading(name, _draft, _readers, _ip, _notes, _work).Read(text, progress);
        }

        public ImportedHost Refuse(string fault) => new(_draft, null, fault, _notes, _names) { Work = _work };

        public ImportedHost ToHost(DateTimeOffset capturedAt)
        {
            _ip.RefuseOthers(_notes);
            if (_draft.Families.Count > 1)
                return Refuse($"the texts are of a {string.Join(" and of a ", _draft.Families.Order().Select(family => family.ToString()).Reverse())} host: one at a time");
            if (_draft.Families.Count == 0 && !_draft.Sockets.IsThere)
                return Refuse("nothing in the texts was recognized: no output of a command that is known here");
            foreach (BlockReader reader in _readers)
            {
                reader.Finish();
                if (reader.MissedLines > 0)
                    reader.Lack($"lines among the rows of {reader.Command} were not understood");
            }

            PlatformFamily family = _draft.Families.FirstOrDefault();
            var host = new HostSnapshot
            {
                CapturedAt = capturedAt,
                Platform = new HostPlatform
                {
                    Family = family,
                    Version = new Version(family == PlatformFamily.Windows ? 6 : 0, 0),
                    VersionAssumedBecause = "no text tells the version",
                    Name = family == PlatformFamily.Windows ? "Windows, taken to be Vista or later" : $"{family} of a version that the texts do not tell",
                },
            };
            if (family == PlatformFamily.Windows && _print.HasAny)
                host = _print.AddTo(host);
            if (family == PlatformFamily.Linux)
                host = _ip.AddTo(host, _notes);
            return new ImportedHost(_draft, _draft.Complete(host), null, _notes, _names) { Work = _work };
        }
    }
}
