using System;
using System.IO;

namespace Serva.Diagnostics.Import;

/// <summary>Reads lines into one buffer. Lines end as editors count them: with a line feed.</summary>
internal sealed class LineReader(TextReader text)
{
    /// <summary>The longest line in characters; of a longer one the rest is dropped.</summary>
    public const int Longest = 64 * 1024 * 1024;

    private char[] _buffer = new char[32 * 1024];
    private int _start, _end;
    private bool _isAtEnd;

    /// <summary>The number of the last line, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The next line without its end; false after the last one.</summary>
    public bool TryRead(out ReadOnlySpan<char> line)
    {
        int searched = _start;
        while (true)
        {
            int found = _buffer.AsSpan(searched, _end - searched).IndexOf('\n');
            if (found >= 0)
            {
                line = _buffer.AsSpan(_start, searched + found - _start).TrimEnd('\r');
                _start = searched + found + 1;
                Number++;
                return true;
            }

            if (_isAtEnd)
                break;
            searched = _end;
            Fill(ref searched);
        }

        line = _buffer.AsSpan(_start, _end - _start).TrimEnd('\r');
        bool isLine = _end > _start;
        _start = _end;
        Number += isLine ? 1 : 0;
        return isLine;
    }

    private void Fill(ref int searched)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            searched -= _start;
            _end -= _start;
            _start = 0;
        }

        // Room for one character alone is none: it may be half of one.
        if (_buffer.Length - _end < 2 && _buffer.Length < Longest)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        else if (_buffer.Length - _end < 2)
            searched = _end = Longest / 2;
        int read = text.Read(_buffer, _end, _buffer.Length - _end);
        _isAtEnd = read == 0;
        _end += read;
    }
}
