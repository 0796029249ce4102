using System;
using System.Collections.Generic;
using System.IO;
using Serva.Diagnostics.Formats.Nftables;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import;

/// <summary>Goes through a text once, line by line: a line goes to the reader that took the last one, else to the first that wants it.</summary>
internal sealed class TextReading
{
    private const int LongestTitle = 200;
    private const int MostTitles = 4;
    private const int ShortestEcho = 12;

    // What stands behind a value is looked at again.
    private const int MostValues = 8;

    private readonly string _name;
    private readonly HostDraft _draft;
    private readonly IReadOnlyList<BlockReader> _readers;
    private readonly IpRouteImport _ip;
    private readonly ImportNotes _notes;
    private readonly ImportWork _work;
    private readonly JsonGathering _json;
    private readonly ErrorLines _errors;
    private readonly Range[] _room = new Range[PastedLine.MostWords];

    private BlockReader? _current;
    private int _firstLine, _lastLine, _rows, _unread;
    private string _before = "";
    private bool _isUnderstood;

    public TextReading(string name, HostDraft draft, IReadOnlyList<BlockReader> readers, IpRouteImport ip, ImportNotes notes, ImportWork work)
    {
        _name = name;
        _draft = draft;
        _readers = readers;
        _ip = ip;
        _notes = notes;
        _work = work;
        _json = new JsonGathering(name, work);
        _errors = new ErrorLines(draft);
    }

    /// <summary>Reads the text to its end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="progress">Hears now and then how many characters were read; null for nobody.</param>
    public void Read(TextReader text, IProgress<long>? progress)
    {
        var lines = new LineReader(text);
        long characters = 0, told = 0;
        while (lines.TryRead(out ReadOnlySpan<char> line))
        {
            characters += line.Length + 1;
            Take(line, lines.Number);
            if (progress is not null && characters - told > 1 << 20)
                progress.Report(told = characters);
        }

        if (_json.IsOpen)
            BreakJson(lines.Number);
        EndBlock();
        _errors.EndParagraph();
        _draft.LastCommand = "";
        _draft.Titles.Clear();
        if (!_isUnderstood && lines.Number > 0)
            _notes.Refuse(_name, 1, lines.Number, "nothing of it is known here");
    }

    private void Take(ReadOnlySpan<char> line, int number)
    {
        bool isRest = false;
        for (int values = 0; _json.IsOpen || (values < MostValues && JsonGathering.Begins(line)); values++)
        {
            if (!_json.IsOpen)
                _json.Begin(number, _before);
            int first = _json.FirstLine;
            PastedJson? found = _json.Take(line, number, out string rest, out bool isBroken);
            if (isBroken)
            {
                if (first == number)
                    break;
                BreakJson(number - 1);
                continue;
            }

            if (found is null)
                return;
            EndBlock();
            _isUnderstood |= TakeJson(found);
            _before = "";
            // A prompt, or another list, may follow where this one ended.
            line = rest;
            isRest = true;
        }

        if (!line.IsWhiteSpace())
            TakeWords(line, number, isRest);
        else
            _errors.EndParagraph();
    }

    private bool TakeJson(PastedJson found)
    {
        if (NftablesJson.Decode(found.Root) is not { } rules)
            return _ip.Take(found);
        _draft.See(PlatformFamily.Linux);
        _draft.AddNftables(rules, found.Before);
        _notes.Add(new ImportedBlock { TextName = _name, FirstLine = found.FirstLine, LastLine = found.LastLine, Command = "nft -j", Rows = rules.Rules.Length });
        return true;
    }

    private void BreakJson(int last)
    {
        _notes.Refuse(_name, _json.FirstLine, last, "JSON that breaks off");
        _isUnderstood = true;
        _json.Close();
    }

    private void TakeWords(ReadOnlySpan<char> text, int number, bool isRest)
    {
        if (text.Length > PastedLine.Longest)
        {
            Refuse(text, number);
            return;
        }

        var line = new PastedLine(text, _room, new ImportedPlace { TextName = _name, Line = number }, _work);
        if (line.Count == 0)
            return;
        // A prompt tells more than what follows it looks like.
        bool hasPrompt = text.ContainsAny('>', '$', '#');
        if (hasPrompt && TakeCommand(line, text, hasPrompt))
            return;
        LineUse use = LineUse.Refused;
        if (_current is not null && (use = _current.Read(line)) != LineUse.Refused)
        {
            Extend(_current, number, use);
            return;
        }

        foreach (BlockReader reader in _readers)
        {
            if (reader != _current && (use = reader.Read(line)) != LineUse.Refused)
            {
                _isUnderstood = true;
                if (use == LineUse.Understood)
                    return;
                EndBlock();
                _current = reader;
                Extend(reader, number, use);
                return;
            }
        }

        if (!hasPrompt && TakeCommand(line, text, hasPrompt))
            return;
        _before = Tail(text);
        if (_errors.Take(line))
            _isUnderstood = true;
        else if (!isRest && text.ContainsAnyInRange('0', '9') && !IsComplaint(text))
            Refuse(text, number);
        if (_draft.Titles.Count == MostTitles)
            _draft.Titles.Dequeue();
        _draft.Titles.Enqueue(_before);
    }

    private bool TakeCommand(scoped in PastedLine line, ReadOnlySpan<char> text, bool hasPrompt)
    {
        ReadOnlySpan<char> command = CommandLine.Find(line, hasPrompt);
        if (command.IsEmpty)
            return false;
        EndBlock();
        _isUnderstood = true;
        _draft.Titles.Clear();
        _draft.LastCommand = command[..Math.Min(command.Length, LongestTitle)].ToString();
        _before = Tail(text);
        return true;
    }

    private void Extend(BlockReader reader, int number, LineUse use)
    {
        _errors.EndParagraph();
        _draft.Titles.Clear();
        _isUnderstood = true;
        reader.MissedLines += _firstLine > 0 ? _unread : 0;
        _unread = 0;
        if (use == LineUse.Understood)
            return;
        if (_firstLine == 0)
            _firstLine = number;
        _lastLine = number;
        _rows += use == LineUse.Row ? 1 : 0;
    }

    private void EndBlock()
    {
        if (_current is null)
            return;
        _notes.Add(new ImportedBlock { TextName = _name, FirstLine = _firstLine, LastLine = _lastLine, Command = _current.Command, Rows = _rows });
        _current.End();
        _current = null;
        _firstLine = _lastLine = _rows = _unread = 0;
    }

    // "The following command was not found: interface ipv4 show ...", in whatever language.
    private bool IsComplaint(ReadOnlySpan<char> text)
    {
        int blank = _draft.LastCommand.IndexOf(' ', StringComparison.Ordinal);
        return blank > 0 && _draft.LastCommand.Length - blank > ShortestEcho && text.Contains(_draft.LastCommand.AsSpan(blank + 1), StringComparison.Ordinal);
    }

    private static string Tail(ReadOnlySpan<char> line)
    {
        line = line.Trim();
        return line[^Math.Min(line.Length, LongestTitle)..].ToString();
    }

    private void Refuse(ReadOnlySpan<char> text, int number)
    {
        _unread++;
        _isUnderstood = true;
        _notes.Refuse(_name, number, number, Formats.UnreadLine.Of(number, text).Text);
    }
}
