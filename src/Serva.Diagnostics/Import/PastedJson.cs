using System;
using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Serva.Diagnostics.Import;

/// <summary>JSON that stood in a text, and where.</summary>
/// <param name="Root">Its value.</param>
/// <param name="Text">The name of the text.</param>
/// <param name="FirstLine">The line it begins on, from 1.</param>
/// <param name="LastLine">The line it ends on.</param>
/// <param name="Before">The last line before it that says something, where the command may stand; empty for none.</param>
internal sealed record PastedJson(JsonElement Root, string Text, int FirstLine, int LastLine, string Before);

/// <summary>
/// Gathers the lines of a list or an object until it is whole. A line that cannot go on breaks it at once, so that each line is
/// looked at twice at most, however broken the text is.
/// </summary>
internal sealed class JsonGathering(string textName, ImportWork work)
{
    private const int Deepest = 64;
    private const int Longest = 128 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private JsonReaderState _state;
    private int _consumed;
    private int _first;
    private int _last;
    private string _before = "";

    /// <summary>Whether lines are awaited.</summary>
    public bool IsOpen { get; private set; }

    public int FirstLine => _first;

    /// <summary>Whether a line may begin one: a list of objects, an empty list, or what nft prints.</summary>
    public static bool Begins(ReadOnlySpan<char> line)
    {
        line = line.TrimStart(" \t");
        if (line.IsEmpty || line[0] is not ('[' or '{'))
            return false;
        ReadOnlySpan<char> rest = line[1..].TrimStart(" \t");
        return line[0] == '[' ? rest.IsEmpty || rest[0] is '{' or ']' : rest.IsEmpty || rest.StartsWith("\"nftables\"", StringComparison.Ordinal);
    }

    public void Begin(int line, string before)
    {
        _bytes.ResetWrittenCount();
        _state = new JsonReaderState(new JsonReaderOptions { MaxDepth = Deepest, AllowMultipleValues = true });
        _consumed = 0;
        _first = line;
        _before = before;
        IsOpen = true;
    }

    /// <summary>Takes a line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="number">Its number.</param>
    /// <param name="rest">What stands behind the value, when it is whole.</param>
    /// <param name="isBroken">Whether the line cannot go on; the lines before it are lost.</param>
    /// <returns>The value, when it is whole.</returns>
    public PastedJson? Take(ReadOnlySpan<char> line, int number, out string rest, out bool isBroken)
    {
        rest = "";
        int start = _bytes.WrittenCount;
        work.Visited += line.Length;
        Encoding.UTF8.GetBytes(line, _bytes);
        _bytes.GetSpan(1)[0] = (byte)'\n';
        _bytes.Advance(1);
        isBroken = _bytes.WrittenCount > Longest;
        try
        {
            var reader = new Utf8JsonReader(_bytes.WrittenSpan[_consumed..], isFinalBlock: false, _state);
            while (!isBroken && reader.Read())
            {
                if (reader.CurrentDepth > 0 || reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                    continue;
                _last = number;
                int end = _consumed + (int)reader.BytesConsumed;
                rest = Encoding.UTF8.GetString(_bytes.WrittenSpan[Math.Max(end, start)..]).TrimEnd('\n');
                return Whole(end);
            }

            _consumed += (int)reader.BytesConsumed;
            _state = reader.CurrentState;
        }
        catch (JsonException)
        {
            isBroken = true;
        }

        IsOpen = !isBroken;
        return null;
    }

    /// <summary>The text ends, and with it what was begun.</summary>
    public void Close() => IsOpen = false;

    private PastedJson? Whole(int end)
    {
        IsOpen = false;
        work.Visited += end;
        var reader = new Utf8JsonReader(_bytes.WrittenSpan[..end], new JsonReaderOptions { MaxDepth = Deepest });
        return new PastedJson(JsonElement.ParseValue(ref reader), textName, _first, _last, _before);
    }
}
