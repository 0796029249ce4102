using System;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>Reads cases and profiles within limits, and turns whatever is wrong into a <see cref="CaseFormatException"/>.</summary>
internal static partial class CaseReading
{
    private const int FirstBuffer = 64 * 1024;
    private const int LastDoubling = 16 * 1024 * 1024;
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static DiagnosticCase ReadCase(Stream stream, CaseLimits limits)
    {
        var scanner = new CaseScanner(limits);
        ReadOnlySpan<byte> json = ReadBytes(stream, limits, scanner).Span;
        return Deserialize(Upgrade(json, scanner), CaseFormat.Of<DiagnosticCase>());
    }

    public static ServiceProfile ReadProfile(Stream stream, CaseLimits limits, HostSnapshot? host)
    {
        var scanner = new CaseScanner(limits);
        return Deserialize(ReadBytes(stream, limits, scanner).Span, host is null ? CaseFormat.Of<ServiceProfile>() : CaseFormat.ProfileFor(host));
    }

    /// <summary>The bytes of a text; what cannot be UTF-8 is refused.</summary>
    public static byte[] ToBytes(string json, CaseLimits limits)
    {
        if (json.Length > limits.Bytes)
            throw TooLarge(limits);
        try
        {
            return s_strictUtf8.GetBytes(json);
        }
        catch (EncoderFallbackException error)
        {
            throw new CaseFormatException("half a surrogate pair is no text", CasePlace.Whole, error);
        }
    }

    /// <summary>What the JSON reader complains about, without the place that it appends and without the types of a program.</summary>
    public static string ProblemOf(JsonException error)
    {
        string problem = error.Message;
        foreach (string place in (ReadOnlySpan<string>)[" Path: $", " LineNumber: "])
        {
            int end = problem.LastIndexOf(place, StringComparison.Ordinal);
            if (end >= 0)
                problem = problem[..end];
        }

        problem = UnknownMember().Replace(problem, "$1 is no member here");
        problem = MissingMembers().Replace(problem, "required here and missing: $1");
        problem = WrongKind().Replace(problem, "the value could not be converted to what belongs here");
        problem = TooDeep().Replace(problem, "beyond the limits of a case: a depth of more than $1");
        return TypeName().Replace(problem, "");
    }

    [GeneratedRegex(@"^The JSON property ('.*') could not be mapped to any \.NET member contained in type '.*'\.?$", RegexOptions.Singleline)]
    private static partial Regex UnknownMember();

    [GeneratedRegex(@"^JSON deserialization for type '[^']*' was missing required properties including: (.*?)\.?$", RegexOptions.Singleline)]
    private static partial Regex MissingMembers();

    [GeneratedRegex(@"^The JSON value could not be converted to .*$", RegexOptions.Singleline)]
    private static partial Regex WrongKind();

    [GeneratedRegex(@"^The maximum configured depth of ([0-9]+) has been exceeded\..*$", RegexOptions.Singleline)]
    private static partial Regex TooDeep();

    [GeneratedRegex(@" (?:encountered during deserialization )?(?:of|on|for) type '[^']*'")]
    private static partial Regex TypeName();

    /// <summary>Brings an older format to the one that is read. There is one format so far.</summary>
    private static ReadOnlySpan<byte> Upgrade(ReadOnlySpan<byte> json, CaseScanner scanner) => scanner.FormatVersion switch
    {
        1 => json,
        > DiagnosticCase.CurrentFormatVersion => throw new CaseFormatException(
            $"the case has format version {scanner.FormatVersion}; this program reads up to version {DiagnosticCase.CurrentFormatVersion}",
            scanner.FormatVersionPlace(json)),
        null when !scanner.HasFormatVersion => throw new CaseFormatException("not a case: formatVersion is missing", CasePlace.Whole),
        _ => throw new CaseFormatException("formatVersion is no version of the format", scanner.FormatVersionPlace(json)),
    };

    private static ReadOnlyMemory<byte> ReadBytes(Stream stream, CaseLimits limits, CaseScanner scanner)
    {
        if (stream.CanSeek && stream.Length - stream.Position > limits.Bytes)
            throw TooLarge(limits);
        long mostBytes = Math.Clamp(limits.Bytes + 1L, 1, Array.MaxLength);
        // One byte more than there should be, so that the end is seen without another buffer.
        long expected = stream.CanSeek ? stream.Length - stream.Position + 1 : 0;
        byte[] buffer = Allocate(Math.Clamp(expected, Math.Min(FirstBuffer, mostBytes), mostBytes));
        int bomLength = 0;
        int length = 0;
        while (true)
        {
            // Read as much again before it is scanned: what is beyond a limit is refused early, and no blank is passed often.
            int wanted = Math.Min(buffer.Length - length, Math.Max(length, FirstBuffer));
            int read = stream.ReadAtLeast(buffer.AsSpan(length, wanted), wanted, throwOnEndOfStream: false);
            bool isFirst = length == 0;
            bool isFinal = read < wanted;
            length += read;
            if (length > limits.Bytes || length == Array.MaxLength)
                throw TooLarge(limits);
            if (isFirst)
                bomLength = CheckStart(buffer.AsSpan(0, length));
            scanner.Scan(buffer.AsSpan(bomLength, length - bomLength), isFinal);
            if (isFinal)
                return buffer.AsMemory(bomLength, length - bomLength);
            if (length == buffer.Length)
                buffer = Grow(buffer, mostBytes);
        }
    }

    /// <summary>
    /// A larger buffer. From some size on it is the largest there may be: what is not written to takes no memory, and a
    /// buffer that doubles leaves as much behind as it holds.
    /// </summary>
    private static byte[] Grow(byte[] buffer, long mostBytes)
    {
        byte[] larger = Allocate(buffer.Length >= LastDoubling ? mostBytes : Math.Min(buffer.Length * 2L, mostBytes));
        buffer.CopyTo(larger, 0);
        return larger;
    }

    private static byte[] Allocate(long length) => GC.AllocateUninitializedArray<byte>((int)length);

    /// <summary>Refuses what is no UTF-8 text at first sight; answers the length of the byte order mark.</summary>
    private static int CheckStart(ReadOnlySpan<byte> start)
    {
        int bomLength = start.StartsWith("\ufeff"u8) ? 3 : 0;
        if (start[bomLength..].TrimStart(" \t\r\n"u8).IsEmpty)
            throw new CaseFormatException("the file is empty", CasePlace.Whole);
        if (start.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || start.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
            throw new CaseFormatException("the file is UTF-16; a case is UTF-8", CasePlace.Whole);
        return bomLength;
    }

    private static T Deserialize<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> info)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, info) ?? throw new JsonException("null is no case.", "$", 0, 0);
        }
        catch (JsonException error)
        {
            throw new CaseFormatException(ProblemOf(error), CaseScanner.Locate(json, OffsetOf(error, json)), error);
        }
    }

    /// <summary>The offset of an error in the whole text: a nested value counts its lines from its own start.</summary>
    private static int OffsetOf(JsonException error, ReadOnlySpan<byte> json)
    {
        int offset = 0;
        long lines = error.LineNumber ?? 0;
        long position = error.BytePositionInLine ?? 0;
        if (error is NestedJsonException nested)
            (offset, lines, position) = ((int)nested.Start, nested.LineWithin, nested.BytePositionWithin);
        for (; lines > 0; lines--)
        {
            int end = json[offset..].IndexOf((byte)'\n');
            if (end < 0)
                break;
            offset += end + 1;
        }

        return (int)Math.Min(offset + position, json.Length);
    }

    private static CaseFormatException TooLarge(CaseLimits limits) =>
        new(FormattableString.Invariant($"beyond the limits of a case: more than {limits.Bytes:N0} bytes"), CasePlace.Whole);
}
