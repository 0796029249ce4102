using System;
using System.Globalization;

namespace Serva.Diagnostics.Import;

/// <summary>A line of a pasted text, by words. What readers look at is counted, so that a test can hold them to it.</summary>
internal readonly ref struct PastedLine
{
    /// <summary>A longer line is the output of no command but those that print JSON.</summary>
    public const int Longest = 16 * 1024;

    /// <summary>What stands behind so many words belongs to the last one.</summary>
    public const int MostWords = 64;

    private const int LongestNumber = 10;

    private readonly ReadOnlySpan<char> _text;
    private readonly ReadOnlySpan<Range> _words;
    private readonly ImportWork _work;

    /// <param name="text">The line without its end.</param>
    /// <param name="room">Room for <see cref="MostWords"/> words.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="work">Counts what is looked at.</param>
    public PastedLine(ReadOnlySpan<char> text, Span<Range> room, ImportedPlace place, ImportWork work)
    {
        _text = text.TrimEnd();
        _work = work;
        Place = place;
        int count = 0, at = 0;
        while (count < MostWords)
        {
            int blanks = _text[at..].IndexOfAnyExcept(' ', '\t');
            if (blanks < 0)
                break;
            int start = at + blanks;
            int length = _text[start..].IndexOfAny(' ', '\t');
            at = length < 0 || count == MostWords - 1 ? _text.Length : start + length;
            room[count++] = start..at;
        }

        _words = room[..count];
        work.Visited += text.Length;
    }

    public ImportedPlace Place { get; }

    /// <summary>How many words there are.</summary>
    public int Count => _words.Length;

    /// <summary>How many blanks stand before the first word.</summary>
    public int Indent => _words.IsEmpty ? 0 : _words[0].Start.Value;

    /// <summary>The line without blanks at its end.</summary>
    public ReadOnlySpan<char> Text => Look(_text);

    /// <summary>A word; empty for one that is not there.</summary>
    public ReadOnlySpan<char> this[int word] => word < _words.Length ? Look(_text[_words[word]]) : default;

    /// <summary>A word and all that follows; empty for one that is not there.</summary>
    public ReadOnlySpan<char> From(int word) => word < _words.Length ? Look(_text[_words[word].Start.Value..]) : default;

    /// <summary>Where a word begins.</summary>
    public int StartOf(int word) => _words[word].Start.Value;

    /// <summary>Whether a word is this one, in this case.</summary>
    public bool Is(int word, string text) => word < _words.Length && _text[_words[word]].SequenceEqual(text);

    /// <summary>Whether a word begins with this character.</summary>
    public bool Begins(int word, char first) => word < _words.Length && _text[_words[word].Start] == first;

    /// <summary>The first character of the first word.</summary>
    public char First => _text[_words[0].Start];

    /// <summary>The last character of a word.</summary>
    public char LastOf(int word) => _text[_words[word].End.Value - 1];

    /// <summary>How long a word is.</summary>
    public int LengthOf(int word) => word < _words.Length ? _words[word].End.Value - _words[word].Start.Value : 0;

    /// <summary>A word that is a number without a sign.</summary>
    public bool TryNumber(int word, out uint number)
    {
        number = 0;
        return word < _words.Length && _text[_words[word]].Length <= LongestNumber && char.IsAsciiDigit(_text[_words[word].Start]) && uint.TryParse(Look(_text[_words[word]]), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>This line behind the beginning that an earlier one holds.</summary>
    public string Behind(string beginning) => string.Concat(beginning, " ", Text.TrimStart());

    private ReadOnlySpan<char> Look(ReadOnlySpan<char> part)
    {
        _work.Visited += part.Length;
        return part;
    }
}

/// <summary>How much an import looked at.</summary>
internal sealed class ImportWork
{
    /// <summary>Characters, each as often as it was looked at.</summary>
    public long Visited { get; set; }
}
