using System;
using System.IO;
using System.Text;

namespace Serva.Diagnostics.Cli;

/// <summary>
/// Where a command reads and writes. Output is UTF-8 without a byte order mark and buffered until the end. Nothing is opened
/// before it is used: a short answer takes less time than a console.
/// </summary>
internal sealed class CommandStreams : IDisposable
{
    public const string CommandName = "serva-diag";

    private const int LongestComplaint = 1000;
    private const int LongestAtOnce = 8 * 1024;

    private readonly OutputStream _stream = new();
    private TextWriter? _output;

    public CommandStreams()
    {
        // Without a description of the terminal .NET sends it nothing of its own; the command prints plain text alone.
        if (!OperatingSystem.IsWindows())
            Environment.SetEnvironmentVariable("TERM", null);
        else
            UseUtf8OnConsole();
    }

    private static UTF8Encoding WithoutMark => new(encoderShouldEmitUTF8Identifier: false);

    public Stream Input => field ??= Console.OpenStandardInput();

    /// <summary>How many characters a line of prose may have: those of the terminal, between 60 and 120; 100 where there is none.</summary>
    public int Width => field != 0 ? field : field = FindWidth();

    public TextWriter Output => _output ??= new StreamWriter(_stream, WithoutMark, 16 * 1024) { NewLine = "\n" };

    public TextWriter Error => field ??= new StreamWriter(Console.OpenStandardError(), WithoutMark, 1024) { NewLine = "\n", AutoFlush = true };

    /// <summary>Writes text and a line end if it has none.</summary>
    public void Print(string text)
    {
        Output.Write(text);
        if (!text.EndsWith('\n'))
            Output.Write('\n');
    }

    /// <summary>Writes the whole answer of a command, and a line end if it has none. A short one goes out at once: a writer would take longer.</summary>
    public void PrintWhole(string text)
    {
        if (text.Length > LongestAtOnce)
        {
            Print(text);
            return;
        }

        Flush();
        _stream.Write(Encoding.UTF8.GetBytes(text.EndsWith('\n') ? text : text + "\n"));
    }

    /// <summary>Writes what is still held back.</summary>
    public void Flush() => _output?.Flush();

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

    // Not the writer: it was flushed, and a failed flush was told.
    public void Dispose() => _stream.Dispose();

    private static void UseUtf8OnConsole()
    {
        if (!Console.IsOutputRedirected)
            Console.OutputEncoding = WithoutMark;
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
            Flush();
        }
        catch (OutputException)
        {
            // The first complaint is the one that is told.
        }
    }

    /// <summary>Standard output, with its failures told apart from those of other files.</summary>
    private sealed class OutputStream : Stream
    {
        private Stream? _console;

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

        public override void Flush() => _console?.Flush();

        protected override void Dispose(bool disposing)
        {
            _console?.Dispose();
            base.Dispose(disposing);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                // On Windows only the console's stream writes every character to a console.
                if (!OperatingSystem.IsWindows() || (MindsItsReader && Console.IsOutputRedirected))
                    StandardOutput.Write(buffer);
                else
                    (_console ??= Console.OpenStandardOutput()).Write(buffer);
            }
            catch (ReaderGoneException) when (!MindsItsReader)
            {
                // A reader that went away (| head) is no error, as it is none for the console's stream.
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                throw new OutputException($"cannot write the output: {error.Message}");
            }
        }
    }
}
