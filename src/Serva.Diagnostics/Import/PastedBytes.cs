using System;
using System.IO;
using System.Text;

namespace Serva.Diagnostics.Import;

/// <summary>Finds out how a file of text is encoded. The words of a console in another language are all that depends on it.</summary>
internal static class PastedBytes
{
    private const int Sample = 64 * 1024;

    // Consoles of western Europe and of China, then Windows' own: the first under which the bytes are letters among letters.
    private static readonly int[] s_codePages = [850, 1252, 936];

    /// <summary>The text; null when the bytes are none. The stream is not closed with it.</summary>
    public static TextReader? Open(Stream content)
    {
        var head = new byte[Sample];
        int length = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> sample = head.AsSpan(0, length);
        foreach (Encoding marked in (Encoding[])[Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            if (sample.StartsWith(marked.Preamble))
                return new DecodedText(head.AsMemory(marked.Preamble.Length..length), content, marked);
        }

        bool hasZeros = sample.Contains((byte)0);
        Encoding? encoding = hasZeros ? Utf16Of(sample) : OneByteOf(sample) ?? Encoding.UTF8;
        return encoding is null ? null : new DecodedText(head.AsMemory(0, length), content, encoding);
    }

    // Nearly every other byte of western text in UTF-16 is zero, and none beside it.
    private static UnicodeEncoding? Utf16Of(ReadOnlySpan<byte> sample)
    {
        int even = 0, odd = 0;
        for (int i = 0; i < sample.Length; i++)
        {
            if (sample[i] == 0)
                _ = (i & 1) == 0 ? even++ : odd++;
        }

        int half = sample.Length / 4;
        return odd > half && even == 0 ? new UnicodeEncoding(bigEndian: false, byteOrderMark: false)
            : even > half && odd == 0 ? new UnicodeEncoding(bigEndian: true, byteOrderMark: false) : null;
    }

    private static Encoding? OneByteOf(ReadOnlySpan<byte> sample)
    {
        if (IsUtf8(sample))
            return null;
        Encoding? best = null;
        int most = -1;
        foreach (int page in s_codePages)
        {
            if (CodePagesEncodingProvider.Instance.GetEncoding(page, EncoderFallback.ReplacementFallback, DecoderFallback.ReplacementFallback) is not { } encoding)
                continue;
            int score = Score(encoding.GetString(sample), page);
            if (score > most)
                (best, most) = (encoding, score);
        }

        return best;
    }

    // What is cut off at the sample's end is no fault.
    private static bool IsUtf8(ReadOnlySpan<byte> sample)
    {
        int cut = 0;
        while (cut < 4 && cut < sample.Length && sample.Length == Sample && (sample[^(cut + 1)] & 0xc0) == 0x80)
            cut++;
        return System.Text.Unicode.Utf8.IsValid(sample[..^cut]) || (cut < sample.Length && System.Text.Unicode.Utf8.IsValid(sample[..^Math.Min(cut + 1, sample.Length)]));
    }

    private static int Score(string text, int page)
    {
        int score = 0;
        foreach (char c in text)
        {
            score += c switch
            {
                < '\u0080' => 0,
                'ä' or 'ö' or 'ü' or 'Ä' or 'Ö' or 'Ü' or 'ß' or 'é' or 'è' or 'à' or 'ê' or 'ç' or 'É' or 'È' or 'À' or 'ñ' or 'ó' or 'í' or 'á' or 'ú' or 'â' or 'î' or 'ô' or '’' => 3,
                >= '\u4e00' and <= '\u9fa5' => page == 936 ? 4 : 0,
                '\ufffd' => -8,
                _ => -2,
            };
        }

        return Math.Max(score, 0);
    }

    /// <summary>What was read already, then the rest, as characters.</summary>
    private sealed class DecodedText(ReadOnlyMemory<byte> head, Stream rest, Encoding encoding) : TextReader
    {
        private readonly Decoder _decoder = encoding.GetDecoder();
        private readonly byte[] _buffer = new byte[Sample];
        private ReadOnlyMemory<byte> _bytes = head;
        private bool _isAtEnd;

        public override int Read(char[] buffer, int index, int count)
        {
            while (count > 0)
            {
                if (_bytes.IsEmpty && !_isAtEnd)
                {
                    int read = rest.Read(_buffer);
                    _bytes = _buffer.AsMemory(0, read);
                    _isAtEnd = read == 0;
                }

                _decoder.Convert(_bytes.Span, buffer.AsSpan(index, count), flush: _isAtEnd, out int used, out int made, out _);
                _bytes = _bytes[used..];
                if (made > 0 || (_isAtEnd && _bytes.IsEmpty))
                    return made;
                if (used == 0 && !_bytes.IsEmpty)
                    return 0;
            }

            return 0;
        }
    }
}
