using System;
using System.Buffers;
using System.Text;
using Serva.Diagnostics.Formats.ErrorText;

namespace Serva.Diagnostics.Import;

/// <summary>Finds errors of binds in prose and logs: in a line, or in the lines around it up to a blank one.</summary>
internal sealed class ErrorLines(HostDraft draft)
{
    private const int MostErrors = 100;
    private const int LongestParagraph = 4096;

    private static readonly SearchValues<string> s_marks = SearchValues.Create(
        ["bind", "10013", "10048", "10049", "10047", "10054", "EADDR", "EACCES", "0x8007", "already in use", "in use", "permission", "denied", "WSAE", "HttpListener", "listen "],
        StringComparison.OrdinalIgnoreCase);

    private readonly StringBuilder _paragraph = new();
    private ImportedPlace _place;
    private bool _isOpen;

    /// <summary>Whether a line tells of an error, with what the lines before it say.</summary>
    public bool Take(scoped in PastedLine line)
    {
        ReadOnlySpan<char> text = line.Text;
        if (_paragraph.Length + text.Length < LongestParagraph)
            _paragraph.Append(text).Append('\n');
        if (draft.Errors.Count >= MostErrors || text.Length > LongestParagraph || !text.ContainsAny(s_marks))
            return false;
        ErrorReading reading = ErrorTextReader.Read(text);
        if (reading.Name is null)
        {
            if (reading is { Port: null, Program: null })
                return false;
            Open(line.Place);
            return true;
        }

        if (reading.Port is null)
        {
            Open(line.Place);
            return true;
        }

        draft.Errors.Add((reading, text.Trim().ToString(), line.Place));
        _isOpen = false;
        _paragraph.Clear();
        return true;
    }

    /// <summary>A blank line, or the output of a command: what was said before is said.</summary>
    public void EndParagraph()
    {
        if (_isOpen && ErrorTextReader.Read(_paragraph.ToString()) is { Name: not null } reading)
            draft.Errors.Add((reading, _paragraph.ToString().Trim(), _place));
        _isOpen = false;
        _paragraph.Clear();
    }

    private void Open(ImportedPlace place)
    {
        if (!_isOpen)
            _place = place;
        _isOpen = true;
    }
}
