using System;
using System.Collections.Generic;
using System.Text;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics.Reports;

/// <summary>Collects the lines of a text report. All text is made harmless here, so that no report can forget it.</summary>
internal sealed class TextLines(int width = TextLines.UsualWidth)
{
    /// <summary>The width of a line where nobody said what room there is.</summary>
    public const int UsualWidth = 100;

    private readonly StringBuilder _text = new();

    /// <summary>A blank line, unless there is one already.</summary>
    public void Blank()
    {
        if (_text.Length > 1 && !(_text[^1] == '\n' && _text[^2] == '\n'))
            _text.Append('\n');
    }

    /// <summary>One line, never broken: a command, or cells that stand under each other.</summary>
    public void Line(string indent, string text) => _text.Append(indent).Append(SafeText.Of(text)).Append('\n');

    /// <summary>Prose that follows a label, broken between words; the next lines stand under the first word.</summary>
    public void Prose(string label, string text)
    {
        string safe = SafeText.Of(text);
        int room = Math.Max(width - label.Length, 40);
        string lead = label;
        foreach ((int start, int length) in Break(safe, room))
        {
            _text.Append(lead).Append(safe, start, length).Append('\n');
            lead = new string(' ', label.Length);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static IEnumerable<(int Start, int Length)> Break(string text, int room)
    {
        int start = 0;
        while (text.Length - start > room)
        {
            int end = text.LastIndexOf(' ', start + room, room + 1);
            if (end <= start)
                end = text.IndexOf(' ', start + room);
            if (end < 0)
                break;
            yield return (start, end - start);
            start = end + 1;
        }

        yield return (start, text.Length - start);
    }
}
