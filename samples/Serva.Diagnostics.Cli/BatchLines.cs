using System;
using System.IO;
using System.Text;
using System.Text.Json;

namespace Serva.Diagnostics.Cli;

/// <summary>Answers one line of a batch.</summary>
/// <param name="text">The line.</param>
/// <param name="fault">What is wrong with it, when there is no answer.</param>
/// <param name="position">Where, counted from 0.</param>
/// <returns>What to print; null when the line was not understood.</returns>
internal delegate string? BatchAnswer(string text, out string? fault, out int position);

/// <summary>
/// Reads the lines of a batch in bounded memory. Before it waits for more input it asks for what is answered so far to be
/// flushed, so that a program may talk to the command line by line.
/// </summary>
internal sealed class BatchLines(Stream input, Action beforeWaiting)
{
    public const int LongestLine = 4096;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>Prints an answer or a refusal for every line, in order.</summary>
    /// <param name="path">The file; <c>-</c> reads standard input.</param>
    /// <param name="streams">Where to.</param>
    /// <param name="answer">Answers a line.</param>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static int Run(string path, CommandStreams streams, BatchAnswer answer)
    {
        bool isStandardInput = path == "-";
        Stream input = isStandardInput ? streams.Input : CaseFile.Open(path);
        try
        {
            int status = ExitStatus.Success;
            var lines = new BatchLines(input, streams.Output.Flush);
            while (lines.TryRead(out string? text, out string? fault))
            {
                int position = 0;
                string? printed = text is null ? null : answer(text, out fault, out position);
                if (printed is null)
                    status = ExitStatus.WrongUsage;
                streams.Print(printed ?? Refusal(lines.Number, position + 1, fault!));
            }

            return status;
        }
        catch (IOException error)
        {
            throw UsageException.FromFile("read", isStandardInput ? "standard input" : path, error);
        }
        finally
        {
            if (!isStandardInput)
                input.Dispose();
        }
    }

    /// <summary>The number of the line that was read last, counted from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Reads one line without its end; false when there is no more.</summary>
    /// <param name="line">The line; null when it could not be taken, and then <paramref name="fault"/> says why.</param>
    /// <param name="fault">What is wrong with the line itself.</param>
    public bool TryRead(out string? line, out string? fault)
    {
        line = null;
        fault = null;
        bool isTooLong = false;
        while (true)
        {
            int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length < 0 && !_isAtEnd)
            {
                if (_end - _start > LongestLine)
                {
                    isTooLong = true;
                    _start = _end;
                }

                Fill();
                continue;
            }

            int taken = length < 0 ? _end - _start : length;
            if (length < 0 && taken == 0 && !isTooLong)
                return false;
            ReadOnlySpan<byte> bytes = _buffer.AsSpan(_start, taken);
            _start += length < 0 ? taken : taken + 1;
            Number++;
            if (isTooLong || taken > LongestLine)
                fault = $"longer than {LongestLine} bytes";
            else
                Decode(bytes, out line, out fault);
            return true;
        }
    }

    private void Decode(ReadOnlySpan<byte> bytes, out string? line, out string? fault)
    {
        line = null;
        fault = null;
        if (bytes.EndsWith("\r"u8))
            bytes = bytes[..^1];
        if (Number == 1 && bytes.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        try
        {
            line = _utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            fault = "not UTF-8";
        }
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        beforeWaiting();
        int read = input.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _isAtEnd = read == 0;
    }

    /// <summary>The answer to a line that was not understood.</summary>
    private static string Refusal(int line, int position, string message)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error");
            writer.WriteNumber("line", line);
            writer.WriteNumber("position", position);
            writer.WriteString("message", message);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
