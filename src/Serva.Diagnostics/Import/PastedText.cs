using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;

namespace Serva.Diagnostics.Import;

/// <summary>JSON that stood in a text, and where.</summary>
/// <param name="Root">Its value.</param>
/// <param name="Text">The name of the text.</param>
/// <param name="FirstLine">The line it begins on, from 1.</param>
/// <param name="LastLine">The line it ends on.</param>
/// <param name="Before">The last line before it that says something, where the command may stand; empty for none.</param>
/// <param name="BeforeLine">That line's number.</param>
internal sealed record PastedJson(JsonElement Root, string Text, int FirstLine, int LastLine, string Before, int BeforeLine);

/// <summary>A text by lines, of which parts can be taken out. Lines end as editors count them: with a line feed.</summary>
internal sealed class PastedText
{
    private const int Deepest = 32;
    private const int LongestBefore = 200;

    private readonly string _text;
    private readonly List<int> _starts = [0];
    private readonly bool[] _isTaken;

    public PastedText(ImportText text)
    {
        Name = text.Name;
        _text = text.Text;
        for (int at = _text.IndexOf('\n', StringComparison.Ordinal); at >= 0; at = _text.IndexOf('\n', at + 1))
            _starts.Add(at + 1);
        _isTaken = new bool[_starts.Count];
    }

    public string Name { get; }

    public int LineCount => _starts.Count;

    /// <summary>A line by its number from 1, without its end.</summary>
    public ReadOnlySpan<char> Line(int number) =>
        _text.AsSpan(_starts[number - 1], (number < LineCount ? _starts[number] : _text.Length) - _starts[number - 1]).TrimEnd("\r\n");

    /// <summary>Whether a line was understood as part of something else.</summary>
    public bool IsTaken(int number) => _isTaken[number - 1];

    /// <summary>Takes a line out.</summary>
    public void Take(int number) => _isTaken[number - 1] = true;

    /// <summary>
    /// Takes out every list of objects that begins where a line or another one does. Each line is parsed at most once for every
    /// level of nesting, however broken the text is.
    /// </summary>
    public IEnumerable<PastedJson> TakeJson()
    {
        if (!_text.Contains('[', StringComparison.Ordinal))
            yield break;
        byte[] bytes = Encoding.UTF8.GetBytes(_text);
        int[] starts = ByteStarts();
        string before = "";
        int beforeLine = 1;
        for (int line = 1; line <= LineCount; line++)
        {
            int at = starts[line - 1];
            bool isJson = false;
            while (TryParse(bytes, ref at, out JsonElement root))
            {
                int last = LineAt(starts, at - 1);
                yield return new PastedJson(root, Name, line, last, before, beforeLine);
                for (; line < last; line++)
                    Take(line);
                Take(last);
                isJson = true;
                before = "";
            }

            // A prompt may follow on the line where the list ended.
            ReadOnlySpan<char> rest = isJson ? Encoding.UTF8.GetString(bytes, at, starts[line] - at) : Line(line);
            rest = rest.Trim();
            if (rest.IsEmpty)
                continue;
            beforeLine = line;
            before = rest[^Math.Min(rest.Length, LongestBefore)..].ToString();
        }
    }

    private static bool TryParse(byte[] bytes, ref int at, out JsonElement root)
    {
        root = default;
        ReadOnlySpan<byte> rest = bytes.AsSpan(at).TrimStart(" \t\r"u8);
        int start = bytes.Length - rest.Length;
        if (rest.IsEmpty || rest[0] != '[' || rest[1..].TrimStart(" \t\r\n"u8) is not [(byte)'{' or (byte)']', ..])
            return false;
        try
        {
            var reader = new Utf8JsonReader(rest, new JsonReaderOptions { MaxDepth = Deepest, AllowMultipleValues = true });
            root = JsonElement.ParseValue(ref reader);
            at = start + (int)reader.BytesConsumed;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private int[] ByteStarts()
    {
        int[] starts = new int[LineCount + 1];
        for (int i = 0; i < LineCount; i++)
        {
            int end = i + 1 < LineCount ? _starts[i + 1] : _text.Length;
            starts[i + 1] = starts[i] + Encoding.UTF8.GetByteCount(_text.AsSpan(_starts[i], end - _starts[i]));
        }

        return starts;
    }

    private static int LineAt(int[] starts, int at)
    {
        int found = Array.BinarySearch(starts, at);
        return found >= 0 ? found + 1 : ~found;
    }
}
