using System;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Serva.Diagnostics;

/// <summary>
/// Walks the tokens of a case while its bytes arrive, so that a file beyond the limits is refused as soon as it
/// passes one, and remembers where it is, so that an error can name its place.
/// </summary>
internal sealed class CaseScanner(CaseLimits limits)
{
    private const string BeyondLimits = "beyond the limits of a case: ";

    private const int DeepestShown = 10;

    private readonly Level[] _levels = new Level[CaseLimits.DeepestNesting + 1];
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = Math.Clamp(limits.Depth, 1, CaseLimits.DeepestNesting) });
    private int _scanned;
    private int _depth;
    private int _rows;
    private int _elements;
    private int _formatVersionAt;

    /// <summary>Whether the root's <c>formatVersion</c> was met.</summary>
    public bool HasFormatVersion => _formatVersionAt != 0;

    /// <summary>The root's <c>formatVersion</c>; null when it is there and no whole number, or not there.</summary>
    public int? FormatVersion { get; private set; }

    /// <summary>Where the version stands.</summary>
    public CasePlace FormatVersionPlace(ReadOnlySpan<byte> json) => Locate(json, _formatVersionAt);

    /// <summary>Walks on over the bytes that are there.</summary>
    /// <param name="json">All bytes from the first one on: those of the last call and more.</param>
    /// <param name="isFinal">Whether the text ends here.</param>
    /// <exception cref="CaseFormatException">The text is no JSON, or beyond a limit.</exception>
    public void Scan(ReadOnlySpan<byte> json, bool isFinal)
    {
        var reader = new Utf8JsonReader(json[_scanned..], isFinal, _state);
        long start = _scanned;
        try
        {
            while (reader.Read())
            {
                Enter(ref reader, json, (int)(start + reader.TokenStartIndex));
            }
        }
        catch (JsonException error)
        {
            _scanned = (int)(start + reader.BytesConsumed);
            throw new CaseFormatException(
                CaseReading.ProblemOf(error),
                new CasePlace((error.LineNumber ?? 0) + 1, (error.BytePositionInLine ?? 0) + 1, PathHere(json)),
                error);
        }

        _scanned = (int)(start + reader.BytesConsumed);
        _state = reader.CurrentState;
        // What is left is the beginning of one token, behind the blanks and separators before it.
        if (json[_scanned..].TrimStart(" \t\r\n,:"u8).Length > (long)limits.TextBytes + 2)
            throw TextTooLong(json, _scanned);
    }

    /// <summary>The line, byte and path of an offset.</summary>
    public static CasePlace Locate(ReadOnlySpan<byte> json, int offset)
    {
        offset = Math.Clamp(offset, 0, json.Length);
        ReadOnlySpan<byte> before = json[..offset];
        int line = before.Count((byte)'\n') + 1;
        int position = offset - (before.LastIndexOf((byte)'\n') + 1) + 1;
        var scanner = new CaseScanner(new CaseLimits { Bytes = int.MaxValue, Rows = int.MaxValue, ListElements = int.MaxValue, TextBytes = int.MaxValue - 2 });
        var reader = new Utf8JsonReader(json, isFinalBlock: true, scanner._state);
        try
        {
            while (reader.BytesConsumed < offset && reader.Read() && reader.TokenStartIndex <= offset)
                scanner.Enter(ref reader, json, (int)reader.TokenStartIndex);
        }
        catch (JsonException)
        {
            // Behind a syntax error there is no path; the one up to it is the answer.
        }

        return new CasePlace(line, position, scanner.PathHere(json));
    }

    private void Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int tokenStart)
    {
        if (reader.ValueSpan.Length > limits.TextBytes)
            throw TextTooLong(json, tokenStart);
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                ref Level named = ref _levels[_depth];
                named.NameStart = tokenStart + 1;
                named.NameLength = reader.ValueSpan.Length;
                return;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                _depth--;
                return;
        }

        if (_depth > 0 && _levels[_depth].IsArray)
            CountElement(reader.TokenType, json, tokenStart);
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            _depth++;
            _levels[_depth] = new Level { IsArray = reader.TokenType == JsonTokenType.StartArray, Index = -1 };
        }
        else if (_depth == 1 && NameAt(json, 1).SequenceEqual("formatVersion"u8))
        {
            _formatVersionAt = tokenStart;
            FormatVersion = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int version) ? version : null;
        }
    }

    private void CountElement(JsonTokenType token, ReadOnlySpan<byte> json, int tokenStart)
    {
        _levels[_depth].Index++;
        // The serializer lets null through here: an element's nullability is not in its metadata.
        if (token == JsonTokenType.Null)
            throw Refused("null is no element of a list", json, tokenStart);
        bool isRow = _depth == 4 && NameAt(json, 3).SequenceEqual("rows"u8) && NameAt(json, 1).SequenceEqual("host"u8);
        if (isRow && ++_rows > limits.Rows)
            throw Refused($"{BeyondLimits}more than {Number(limits.Rows)} rows", json, tokenStart);
        if (!isRow && ++_elements > limits.ListElements)
            throw Refused($"{BeyondLimits}more than {Number(limits.ListElements)} elements in lists", json, tokenStart);
    }

    private ReadOnlySpan<byte> NameAt(ReadOnlySpan<byte> json, int depth) =>
        json.Slice(_levels[depth].NameStart, _levels[depth].NameLength);

    private CaseFormatException TextTooLong(ReadOnlySpan<byte> json, int offset) =>
        Refused($"{BeyondLimits}a text of more than {Number(limits.TextBytes)} bytes", json, offset);

    private CaseFormatException Refused(string problem, ReadOnlySpan<byte> json, int offset)
    {
        ReadOnlySpan<byte> before = json[..offset];
        return new CaseFormatException(
            problem,
            new CasePlace(before.Count((byte)'\n') + 1, offset - before.LastIndexOf((byte)'\n'), PathHere(json)));
    }

    private string PathHere(ReadOnlySpan<byte> json)
    {
        var path = new StringBuilder("$");
        for (int depth = 1; depth <= _depth; depth++)
        {
            // No member of a case lies so deep; what does says the same again and again.
            if (depth > DeepestShown)
                return path.Append("...").ToString();
            ref readonly Level level = ref _levels[depth];
            if (!level.IsArray && level.NameLength > 0)
                path.Append('.').Append(Encoding.UTF8.GetString(NameAt(json, depth)[..Math.Min(level.NameLength, 64)]));
            else if (level.IsArray && level.Index >= 0)
                path.Append('[').Append(level.Index.ToString(CultureInfo.InvariantCulture)).Append(']');
        }

        return path.ToString();
    }

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>One open object or array: the member or element that is being read.</summary>
    private struct Level
    {
        public bool IsArray;
        public int Index;
        public int NameStart;
        public int NameLength;
    }
}
