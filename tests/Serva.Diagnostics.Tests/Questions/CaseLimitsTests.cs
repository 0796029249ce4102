using System;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class CaseLimitsTests
{
    private const int Mebibyte = 1024 * 1024;

    [Theory]
    [InlineData("blanks", " ", "more than 1,048,576 bytes")]
    [InlineData("brackets", "[", "depth")]
    [InlineData("one text", "a", "text of more than 65,536 bytes")]
    [InlineData("list", "[1,1,1,1,1,1,", "depth")]
    [InlineData("zeros", "\0", "invalid start of a value")]
    public void FromJson_EndlessStream_RefusedInBoundedMemory(string name, string unit, string problem)
    {
        string start = "{\"formatVersion\":1,\"host\":" + (unit == "a" ? "\"" : "");
        using var stream = new RepeatingStream(Encoding.UTF8.GetBytes(start), Encoding.UTF8.GetBytes(unit), length: null);
        var limits = new CaseLimits { Bytes = Mebibyte };
        long before = GC.GetAllocatedBytesForCurrentThread();

        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(stream, limits));

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(error.Message.Contains(problem, StringComparison.Ordinal), $"{name}: {error.Message}");
        Assert.True(allocated < 3 * Mebibyte, $"{name}: {allocated:N0} bytes allocated for a limit of one mebibyte");
        Assert.True(stream.Delivered <= Mebibyte + 1, $"{name}: {stream.Delivered:N0} bytes read");
    }

    [Fact]
    public void FromJson_ManyBlanksOfUnknownLength_TakeLittleMoreThanTheLimit()
    {
        using var stream = new RepeatingStream("{\"formatVersion\":1,\"host\":{"u8.ToArray(), Encoding.UTF8.GetBytes(new string(' ', 4096)), length: null);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(stream, new CaseLimits { Bytes = 128 * Mebibyte }));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 128L * Mebibyte, 170L * Mebibyte);
    }

    [Fact]
    public void FromJson_SeekableStream_OneBufferOfItsLength()
    {
        string json = DiagnosticCaseJsonTests.WithTable("\"sockets\":" + new string(' ', 20 * Mebibyte) + "{\"coverage\":\"complete\",\"rows\":[]}");
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        long before = GC.GetAllocatedBytesForCurrentThread();

        DiagnosticCase.FromJson(stream);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 20L * Mebibyte, 22L * Mebibyte);
    }

    [Fact]
    public void FromJson_RowsOfOneProcess_ShareItsRow()
    {
        const string Row = """{"protocol":"tcp","local":"10.0.0.1:80","owners":[{"processId":7,"name":"nginx"}]}""";
        string other = Row.Replace("nginx", "other", StringComparison.Ordinal);
        DiagnosticCase read = DiagnosticCase.FromJson(DiagnosticCaseJsonTests.WithTable($"\"sockets\":{{\"coverage\":\"complete\",\"rows\":[{Row},{Row},{other},{Row}]}}"));

        Assert.Same(read.Host.Sockets[0].Owners[0], read.Host.Sockets[1].Owners[0]);
        Assert.Equal(["nginx", "nginx", "other", "nginx"], read.Host.Sockets.Select(socket => socket.Owners[0].Name));
    }

    [Fact]
    public void FromJson_EndlessListElements_RefusedAtTheLimit()
    {
        using var stream = new RepeatingStream("{\"formatVersion\":1,\"questions\":["u8.ToArray(), "{},"u8.ToArray(), length: null);

        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(stream, new CaseLimits { ListElements = 1000 }));

        Assert.Contains("more than 1,000 elements in lists (line 1, byte 3033, $.questions[1000])", error.Message, StringComparison.Ordinal);
        Assert.Equal(64 * 1024, stream.Delivered);
    }

    [Fact]
    public void FromJson_SeekableStreamThatClaimsAGibibyte_RefusedWithoutReading()
    {
        using var stream = new RepeatingStream("{"u8.ToArray(), " "u8.ToArray(), length: 1L << 30);

        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(stream));

        Assert.Equal("beyond the limits of a case: more than 268,435,456 bytes", error.Message);
        Assert.Equal(0, stream.Delivered);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(2, false)]
    public void FromJson_RowsOverAllTables_CountTogether(int limit, bool isAccepted)
    {
        string json = DiagnosticCaseJsonTests.WithTable(
            "\"updates\":{\"coverage\":\"complete\",\"rows\":[{\"id\":\"a\"},{\"id\":\"b\"}]},"
            + "\"settings\":{\"coverage\":\"complete\",\"rows\":[{\"name\":\"a\",\"value\":\"b\"}]}");
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var limits = new CaseLimits { Rows = limit, ListElements = 0 };

        Exception? error = Record.Exception(() => DiagnosticCase.FromJson(stream, limits));

        Assert.Equal(isAccepted, error is null);
        if (error is not null)
            Assert.EndsWith("more than 2 rows (line 1, byte 226, $.host.settings.rows[0])", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromJson_ExactlyAtTheByteLimit_Accepted()
    {
        byte[] json = Encoding.UTF8.GetBytes(DiagnosticCaseJsonTests.Smallest);
        using var stream = new MemoryStream(json);
        using var again = new MemoryStream(json);

        Assert.NotNull(DiagnosticCase.FromJson(stream, new CaseLimits { Bytes = json.Length }));
        Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(again, new CaseLimits { Bytes = json.Length - 1 }));
    }

    [Fact]
    public void FromJson_TextAtAndBeyondTheLimit_AcceptedAndRefused()
    {
        string fits = DiagnosticCaseJsonTests.WithQuestion("{\"service\":\"" + new string('s', 65536) + "\"}");
        string tooLong = DiagnosticCaseJsonTests.WithQuestion("{\"service\":\"" + new string('s', 65537) + "\"}");

        Assert.Equal(65536, DiagnosticCase.FromJson(fits).Questions[0].Service!.Length);
        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(tooLong));
        Assert.Equal("$.questions[0].service", error.Path);
    }

    [Theory]
    [InlineData("{\"service\":", "\"s\"}")]
    [InlineData("{\"service\":\"s\"", ",\"error\":{\"text\":\"t\"}}")]
    [InlineData("{\"service\":\"s\",", "\"error\":{\"text\":\"t\"}}")]
    public void FromJson_ManyBlanksBetweenTokens_AreNoText(string start, string end)
    {
        // Ends of the read buffer fall behind the blanks and inside the token that follows.
        for (int blanks = 130_700; blanks < 131_000; blanks++)
            Assert.Equal("s", DiagnosticCase.FromJson(DiagnosticCaseJsonTests.WithQuestion(start + new string(' ', blanks) + end)).Questions[0].Service);
    }

    [Fact]
    public void FromJson_NestedBeyondTheDepth_Refused()
    {
        string json = "{\"formatVersion\":1,\"host\":" + string.Concat(Enumerable.Repeat("{\"a\":", 64)) + "1" + new string('}', 65);

        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(json));

        Assert.Contains("depth", error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Length < 500, error.Message);
    }

    [Theory]
    [InlineData("UTF-16 LE", new byte[] { 0xff, 0xfe, (byte)'{', 0 }, "UTF-16")]
    [InlineData("UTF-16 BE", new byte[] { 0xfe, 0xff, 0, (byte)'{' }, "UTF-16")]
    [InlineData("gzip", new byte[] { 0x1f, 0x8b, 8, 0, 0, 0 }, "invalid start")]
    [InlineData("BOM alone", new byte[] { 0xef, 0xbb, 0xbf }, "empty")]
    [InlineData("bad UTF-8 in a name", new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, "formatVersion is missing")]
    public void FromJson_OtherBytes_Refused(string name, byte[] bytes, string problem)
    {
        using var stream = new MemoryStream(bytes);

        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(stream));

        Assert.True(error.Message.Contains(problem, StringComparison.Ordinal), $"{name}: {error.Message}");
    }

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\u0080\"")]
    public void FromJson_TextThatIsNoUnicode_Refused(string text)
    {
        byte[] json = Encoding.Latin1.GetBytes(DiagnosticCaseJsonTests.WithQuestion("{\"service\":" + text + "}"));
        using var stream = new MemoryStream(json);

        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(stream));

        Assert.Equal("$.questions[0].service", error.Path);
    }

    [Fact]
    public void FromJson_StringWithHalfASurrogate_Refused() =>
        Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson("{\"\ud800\":1}"));

    [Fact]
    public void FromJson_ByteOrderMark_Skipped()
    {
        using var stream = new MemoryStream([0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(DiagnosticCaseJsonTests.Smallest)]);

        Assert.NotNull(DiagnosticCase.FromJson(stream));
        Assert.NotNull(DiagnosticCase.FromJson("\ufeff" + DiagnosticCaseJsonTests.Smallest));
    }

    [Fact]
    public void FromJson_EveryTruncation_RefusedAsCaseFormat()
    {
        string json = DiagnosticCase.FromJson(DiagnosticCaseJsonTests.WithQuestion("{\"service\":\"\u00fc\",\"bind\":{\"protocol\":\"udp\",\"endpoint\":\"[::]:1\"}}")).ToJson();
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        for (int length = 0; length < bytes.Length; length++)
        {
            using var stream = new MemoryStream(bytes, 0, length);
            Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(stream));
        }
    }

    [Fact]
    public void FromJson_EveryByteChanged_ReadOrRefusedAsCaseFormat()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(DiagnosticCaseJsonTests.WithTable(
            "\"sockets\":{\"coverage\":\"partial\",\"gaps\":[{\"part\":\"a\",\"reason\":\"b\"}],\"rows\":[{\"protocol\":\"udp\",\"local\":\"0.0.0.0:1\",\"userId\":7}]}"));
        int refused = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            foreach (byte change in (byte[])[0, (byte)'"', (byte)'9', (byte)'{', 0xff])
            {
                byte[] changed = [.. bytes];
                changed[i] = change;
                using var stream = new MemoryStream(changed);
                Exception? error = Record.Exception(() => DiagnosticCase.FromJson(stream));
                Assert.True(error is null or CaseFormatException, $"byte {i} as {change}: {error}");
                if (error is not null)
                {
                    refused++;
                    Assert.DoesNotContain(error.Message, char.IsControl);
                }
            }
        }

        Assert.True(refused > bytes.Length * 3);
    }

    [Fact]
    public void Message_HostileNames_OneShortPlainLine()
    {
        string name = "\\u001b[31m\\u202e\\n" + new string('n', 5000);

        CaseFormatException error = Assert.Throws<CaseFormatException>(() => DiagnosticCase.FromJson(DiagnosticCaseJsonTests.WithTable($"\"{name}\":1")));

        Assert.InRange(error.Message.Length, 1, 600);
        Assert.DoesNotContain(error.Message, c => char.IsControl(c) || c == '\u202e');
    }

    /// <summary>A start and then the same bytes again and again: for ever, or up to a length that it claims.</summary>
    private sealed class RepeatingStream(byte[] start, byte[] unit, long? length) : Stream
    {
        public long Delivered { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => length is not null;

        public override bool CanWrite => false;

        public override long Length => length ?? throw new NotSupportedException();

        public override long Position { get => Delivered; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            for (int i = 0; i < buffer.Length; i++, Delivered++)
                buffer[i] = Delivered < start.Length ? start[Delivered] : unit[(Delivered - start.Length) % unit.Length];
            return buffer.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
