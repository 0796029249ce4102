using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary><c>tasklist</c> and <c>tasklist /svc</c> in any language: the ruler of equals signs says where the columns are.</summary>
/// <remarks>
/// <code>
/// Image Name                     PID Services
/// ========================= ======== ============================================
/// System Idle Process              0 N/A
/// svchost.exe                   1504 EventSystem, W32Time,
///                                    WebClient
/// </code>
/// </remarks>
internal sealed class TasklistReader(HostDraft draft) : BlockReader(draft)
{
    private const int LongestName = 260;

    private int _columns;
    private int _idEnd;
    private string _none = "N/A";
    private int? _last;
    private bool _isOpen, _mayBeAll;

    public override string Command => "tasklist";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Begins(0, '=') && line.Count is 3 or 5 && line.From(0).IndexOfAnyExcept('=', ' ') < 0)
        {
            _columns = line.Count;
            _idEnd = line.StartOf(1) + line[1].Length;
            (_last, _isOpen) = (null, false);
            _mayBeAll = !Draft.LastCommand.Contains('|', StringComparison.Ordinal) && !Draft.LastCommand.Contains("/fi", StringComparison.OrdinalIgnoreCase)
                && !Draft.LastCommand.Contains("-fi", StringComparison.OrdinalIgnoreCase);
            Draft.See(PlatformFamily.Windows);
            return LineUse.Heading;
        }

        if (_columns == 0)
            return LineUse.Refused;
        return _isOpen && line.Indent > 8 ? AddServices(line) : ReadRow(line);
    }

    public override void Lack(string reason) => Draft.LackProcesses(reason);

    public override void End() => (_columns, _last, _isOpen) = (0, null, false);

    private LineUse ReadRow(scoped in PastedLine line)
    {
        // The id ends where its column does; names are cut to theirs, and wide characters move everything.
        int at = -1;
        for (int i = 1; i < line.Count && at < 0; i++)
        {
            if (line.TryNumber(i, out uint number) && number <= int.MaxValue && (line.StartOf(i) + line[i].Length == _idEnd || (_columns == 3 && i == line.Count - 1 && IsApart(line, i)) || IsBehindName(line, i)))
                at = i;
        }

        if (at < 0)
            return LineUse.Refused;
        line.TryNumber(at, out uint id);
        ReadOnlySpan<char> text = line.Text;
        string name = text[..line.StartOf(at)].Trim().ToString();
        if (name.Length > LongestName)
            return LineUse.Refused;
        _last = (int)id;
        ReadOnlySpan<char> rest = at + 1 < line.Count ? line.From(at + 1) : default;
        // Every whole list begins with the idle process.
        Draft.HasAllProcesses |= id == 0 && _mayBeAll;
        if (id == 0 && _columns == 3 && !rest.IsEmpty)
            _none = rest.ToString();
        Draft.AddProcess(new ProcessRow { ProcessId = (int)id, Name = name }, _columns == 3 ? "tasklist /svc" : "tasklist");
        if (_columns == 3 && !rest.SequenceEqual(_none))
            Take(rest, line.Place);
        else
            _isOpen = false;
        return LineUse.Row;
    }

    // Prose may end with a number too, such as that of an error.
    private static bool IsApart(scoped in PastedLine line, int word) => line.StartOf(word) - line.StartOf(word - 1) - line[word - 1].Length > 1;

    private static bool IsBehindName(scoped in PastedLine line, int word) => line[word - 1].EndsWith(".exe", StringComparison.OrdinalIgnoreCase);

    private LineUse AddServices(scoped in PastedLine line)
    {
        Take(line.From(0), line.Place);
        return LineUse.Understood;
    }

    private void Take(ReadOnlySpan<char> list, ImportedPlace place)
    {
        _isOpen = list.EndsWith(',');
        foreach (Range part in list.Split(','))
        {
            ReadOnlySpan<char> name = list[part].Trim();
            if (!name.IsEmpty)
                Draft.AddService(new ServiceRow { Name = name.ToString(), State = ServiceState.Running, Start = ServiceStart.Unknown, ProcessId = _last }, place, "tasklist /svc");
        }
    }
}
