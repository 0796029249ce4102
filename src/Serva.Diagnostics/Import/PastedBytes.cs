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

    /// <summary>The text; null when the bytes are none.</summary>
    public static TextReader? Open(Stream content)
    {
        var head = new byte[Sample];
        int length = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        Stream whole = new HeadedStream(head.AsMemory(0, length), content);
        ReadOnlySpan<byte> sample = head.AsSpan(0, length);
        if (sample.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || sample.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]) || sample.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]))
            return new StreamReader(whole, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, Sample);
        Encoding? encoding = sample.Contains((byte)0) ? Utf16Of(sample) : null;
        if (encoding is null && sample.Contains((byte)0))
            return null;
        return new StreamReader(whole, encoding ?? OneByteOf(sample) ?? Encoding.UTF8, detectEncodingFromByteOrderMarks: false, Sample);
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

    /// <summary>What was read already, then the rest.</summary>
    private sealed class HeadedStream(ReadOnlyMemory<byte> head, Stream rest) : Stream
    {
        private ReadOnlyMemory<byte> _head = head;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (_head.IsEmpty)
                return rest.Read(buffer);
            int length = Math.Min(buffer.Length, _head.Length);
            _head.Span[..length].CopyTo(buffer);
            _head = _head[length..];
            return length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
