using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Serva.Diagnostics.Import;
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

/// <summary>A host made from text that people can paste from a machine without this tool.</summary>
/// <remarks>
/// <para>
/// Understood are <c>ip -j</c> of Linux (<c>link</c>, <c>addr</c>, <c>route show table all</c>, <c>rule</c>, <c>addrlabel</c>,
/// <c>neigh</c>; with <c>-d</c>, <c>-4</c>, <c>-6</c>) and <c>route print</c> of Windows NT 3.5 to 11 in any language, several
/// of them in one text, with prompts and prose around them. What a text does not show is not claimed: a table that no text
/// gave is <see cref="Coverage.NotRequested"/>, and one with parts missing names them.
/// </para>
/// <para>Pure, total and linear in the length of the texts.</para>
/// </remarks>
public sealed class ImportedHost
{
    internal const int MostUnrecognized = 100;

    private ImportedHost(HostSnapshot? host, string? fault, ImmutableArray<ImportedBlock> blocks, ImmutableArray<UnrecognizedLines> unrecognized, int unrecognizedCount)
    {
        Host = host;
        Fault = fault;
        Blocks = blocks;
        Unrecognized = unrecognized;
        UnrecognizedLineCount = unrecognizedCount;
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

    /// <summary>Reads texts of one host, taken at about the same time.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="capturedAt">When they were taken, which no text tells.</param>
    public static ImportedHost Read(IReadOnlyList<ImportText> texts, DateTimeOffset capturedAt)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var ip = new IpRouteImport();
        var print = new RoutePrintImport();
        foreach (ImportText text in texts)
        {
            var pasted = new PastedText(text);
            ip.Take(pasted);
            print.Add(pasted);
        }

        print.Read();
        var notes = new ImportNotes();
        bool isLinux = ip.HasAny, isWindows = print.HasAny;
        if (isLinux == isWindows)
        {
            string fault = isLinux ? "the texts are of a Linux and of a Windows host: one at a time" : "nothing in the texts was recognized; understood are 'ip -j' of Linux and 'route print' of Windows";
            print.Report(notes);
            return new ImportedHost(null, fault, notes.Blocks, notes.Unrecognized, notes.UnrecognizedCount);
        }

        HostSnapshot host = isLinux ? ip.ToHost(capturedAt, notes) : print.ToHost(capturedAt);
        print.Report(notes);
        return new ImportedHost(host, null, notes.Blocks, notes.Unrecognized, notes.UnrecognizedCount);
    }
}
