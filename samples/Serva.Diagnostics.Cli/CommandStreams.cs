using System;
using System.IO;
using System.Text;

namespace Serva.Diagnostics.Cli;

/// <summary>Where a command reads and writes. Output is UTF-8 without a byte order mark and buffered until the end.</summary>
internal sealed class CommandStreams : IDisposable
{
    public const string CommandName = "serva-diag";

    private const int LongestComplaint = 1000;

    private readonly OutputStream _stream;

    private CommandStreams(Stream input, OutputStream stream, TextWriter output, TextWriter error)
    {
        _stream = stream;
        Input = input;
        Output = output;
        Error = error;
    }

    public Stream Input { get; }

    /// <summary>How many characters a line of prose may have: those of the terminal, between 60 and 120; 100 where there is none.</summary>
    public int Width { get; } = FindWidth();

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    public static CommandStreams OfThisProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        // Without a description of the terminal .NET sends it nothing of its own; the command prints plain text alone.
        if (!OperatingSystem.IsWindows())
            Environment.SetEnvironmentVariable("TERM", null);
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected)
            Console.OutputEncoding = utf8;
        // A reader that went away (| head) is no error: the console stream swallows a broken pipe.
        var stream = new OutputStream(Console.OpenStandardOutput());
        return new CommandStreams(
            Console.OpenStandardInput(),
            stream,
            new StreamWriter(stream, utf8, 16 * 1024) { NewLine = "\n" },
            new StreamWriter(Console.OpenStandardError(), utf8, 1024) { NewLine = "\n", AutoFlush = true });
    }

    /// <summary>Writes text and a line end if it has none.</summary>
    public void Print(string text)
    {
        Output.Write(text);
        if (!text.EndsWith('\n'))
            Output.Write('\n');
    }

    /// <summary>Writes a line of something that goes on, at once.</summary>
    /// <exception cref="ReaderGoneException">Nobody reads standard output any more.</exception>
    public void PrintAtOnce(string line)
    {
        _stream.MindsItsReader = true;
        Output.Write(line);
        Output.Write('\n');
        Output.Flush();
    }

    /// <summary>Writes one line to standard error, whatever the message holds.</summary>
    public void Complain(string message)
    {
        var line = new StringBuilder(CommandName).Append(": ");
        foreach (char c in message.Length <= LongestComplaint ? message : string.Concat(message.AsSpan(0, LongestComplaint), "..."))
            line.Append(char.IsControl(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator ? ' ' : c);
        try
        {
            Error.WriteLine(line);
        }
        catch (IOException)
        {
            // Nobody listens: the exit status still tells.
        }
    }

    private static int FindWidth()
    {
        try
        {
            return Console.IsOutputRedirected || Console.WindowWidth == 0 ? 100 : Math.Clamp(Console.WindowWidth, 60, 120);
        }
        catch (Exception error) when (error is IOException or PlatformNotSupportedException)
        {
            return 100;
        }
    }

    public void TryFlushOutput()
    {
        try
        {
            Output.Flush();
        }
        catch (OutputException)
        {
            // The first complaint is the one that is told.
        }
    }

    public void Dispose()
    {
        // Not disposing Output: it was flushed, and a failed flush was told.
        Input.Dispose();
    }

    /// <summary>Standard output, with its failures told apart from those of other files.</summary>
    private sealed class OutputStream(Stream inner) : Stream
    {
        /// <summary>Whether a reader that went away ends the command; else the rest of the output is dropped.</summary>
        public bool MindsItsReader { get; set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                if (MindsItsReader && Console.IsOutputRedirected)
                    StandardOutput.Write(buffer);
                else
                    inner.Write(buffer);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                throw new OutputException($"cannot write the output: {error.Message}");
            }
        }
    }
}
