using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Addressing;

public sealed class EndpointPathTests
{
    [Fact]
    public void Multiplier_SearchedFromOne_IsTheSmallestThatSeparatesAllLayouts()
    {
        uint[] layouts = [.. Layouts()];
        Assert.Equal(81, layouts.Distinct().Count());
        uint multiplier = 1;
        while (!Separates(layouts, multiplier))
            multiplier++;
        Assert.Equal(IPv4EndpointTables.Multiplier, multiplier);
    }

    [Fact]
    public void EachPath_VectorsAndCorners_NeverDisagreesWithTheParser()
    {
        int texts = 0;
        foreach (string text in Texts())
        {
            bool accepted = ReferenceParser.TryEndpoint(text, out NetEndpoint expected);
            EndpointPaths.CheckAgree(text, accepted, expected);
            texts++;
        }

        Assert.True(texts > 3000);
    }

    /// <summary>Colons at all places, with digits between them, short and long, with a zone and without.</summary>
    [Theory]
    [InlineData(14, "1", "]:80")]
    [InlineData(11, "1", "%7]:80")]
    [InlineData(11, "F", "%12]:65535")]
    [InlineData(10, "ab", "]:443")]
    [InlineData(10, "0cd", "]:1")]
    [InlineData(9, "9999", "]:65535")]
    public void EachPath_ColonsAtAllPlaces_NeverDisagreesWithTheParser(int places, string digits, string end)
    {
        int accepted = 0;
        for (int count = 0; count <= places; count++)
        {
            for (int mask = 0; mask < 1 << count; mask++)
            {
                string text = "[" + string.Concat(Enumerable.Range(0, count).Select(place => (mask >> place & 1) != 0 ? ":" : digits)) + end;
                bool isRight = ReferenceParser.TryEndpoint(text, out NetEndpoint expected);
                EndpointPaths.CheckAgree(text, isRight, expected);
                accepted += isRight ? 1 : 0;
            }
        }

        Assert.True(accepted > 10, $"{accepted} accepted");
    }

    /// <summary>Every mask of colons in a window behind so many right groups; as many follow as there must be.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void EightGroups_ColonsAtAllPlacesOfAPair_OnlyRightGroupsAreRead(int groupsBefore)
    {
        int accepted = 0;
        for (int mask = 0; mask < 1 << 13; mask++)
        {
            int width = int.Log2(mask | 1); // the highest bit is none of the window
            string window = string.Concat(Enumerable.Range(0, width).Select(place => (mask >> place & 1) != 0 ? ':' : "1a9F"[place & 3]));
            int groupsBehind = int.Max(8 - groupsBefore - int.PopCount(mask), 0);
            string address = string.Concat(Enumerable.Repeat("dEf0:", groupsBefore)) + window + string.Concat(Enumerable.Repeat(":4321", groupsBehind));
            foreach (string end in new[] { "]:1", "]:65535", ":]:80", "]1:80" })
            {
                string text = "[" + address + end;
                bool isRight = ReferenceParser.TryEndpoint(text, out NetEndpoint expected);
                EndpointPaths.CheckAgree(text, isRight, expected);
                if (!isRight || !IsForEightGroups(text) || text.Contains("::", StringComparison.Ordinal))
                    continue;
                Assert.True(EndpointReader.TryReadFullIPv6<char>(text, out NetEndpoint read) && read == expected, text);
                accepted++;
            }
        }

        Assert.True(accepted > 20 || !FullIPv6EndpointVector.IsSupported, $"{accepted} accepted");
    }

    /// <summary>All lengths of groups and ports.</summary>
    [Fact]
    public void EightGroups_AllLengths_AreReadWithoutHelp()
    {
        Assert.SkipUnless(FullIPv6EndpointVector.IsSupported, "this machine cannot run the path for eight groups");
        Random random = new(6);
        int read = 0;
        for (int lengths = 0; lengths < 1 << 16; lengths++)
        {
            string address = string.Join(':', Enumerable.Range(0, 8).Select(group => Group(1 + (lengths >> (2 * group) & 3))));
            for (int digits = 1; digits <= 6; digits++)
            {
                string port = random.Next(int.Min(65536, (int)Math.Pow(10, digits))).ToString($"D{digits}", CultureInfo.InvariantCulture);
                string text = $"[{address}]:{port}";
                if (!IsForEightGroups(text))
                    continue;
                Assert.True(ReferenceParser.TryEndpoint(text, out NetEndpoint expected), text);
                Assert.True(EndpointReader.TryReadFullIPv6<char>(text, out NetEndpoint endpoint) && endpoint == expected, text);
                Assert.True(EndpointReader.TryReadFullIPv6<byte>(Encoding.ASCII.GetBytes(text), out endpoint) && endpoint == expected, text);
                read++;
            }
        }

        // All with 30 hexadecimal and decimal digits or more, of 32 and six.
        Assert.Equal(18_563, read);

        string Group(int digits) => string.Concat(Enumerable.Range(0, digits).Select(_ => "0123456789abcdefABCDEF"[random.Next(22)]));
    }

    /// <summary>Many masks of delimiters share the row of a layout: none may pass for it.</summary>
    [Theory]
    [InlineData('1', '.', ':')]
    [InlineData('0', '.', ':')]
    [InlineData('1', ':', ':')]
    [InlineData('1', '.', '.')]
    [InlineData('1', ':', '.')]
    [InlineData('1', '/', ':')]
    public void Vector128_DelimitersAtAllPlaces_OnlyTheLayouts(char digit, char delimiter, char last)
    {
        int accepted = 0;
        Span<char> text = stackalloc char[IPv4EndpointVector.MaxLength];
        Span<byte> utf8 = stackalloc byte[IPv4EndpointVector.MaxLength];
        for (uint mask = 1; mask < 1 << 16; mask++)
        {
            text.Fill(digit);
            for (int place = 0; place < 16; place++)
            {
                if ((mask >> place & 1) != 0)
                    text[place] = mask >> place == 1 ? last : delimiter;
            }

            Encoding.ASCII.GetBytes(text, utf8);

            for (int length = IPv4EndpointVector.MinLength; length <= IPv4EndpointVector.MaxLength; length++)
            {
                ReadOnlySpan<char> whole = text[..length];
                bool read = EndpointReader.TryReadIPv4(whole, out NetEndpoint endpoint);
                Assert.Equal(read, EndpointReader.TryReadIPv4<byte>(utf8[..length], out NetEndpoint fromBytes));
                Assert.Equal(endpoint, fromBytes);
                accepted += read ? 1 : 0;
                if (read)
                    Assert.True(ReferenceParser.TryEndpoint(new string(whole), out NetEndpoint expected) && expected == endpoint, new string(whole));
            }
        }

        // Of 81 layouts with one to five digits behind them; of zeros only the layout without a zero before another.
        Assert.Equal(!IPv4EndpointVector.IsSupported || (delimiter, last) != ('.', ':') ? 0 : (digit == '0' ? 1 : 81) * 5, accepted);
    }

    [Fact]
    public void AnyOrLoopback_EveryPort_IsWrittenAndReadWithoutHelp()
    {
        Span<char> text = stackalloc char[EndpointFormatter.MaxLength];
        Span<byte> utf8 = stackalloc byte[EndpointFormatter.MaxLength];
        foreach (string address in new[] { "[::]", "[::1]" })
        {
            for (int port = 0; port <= ushort.MaxValue; port++)
            {
                string expected = $"{address}:{port}";
                NetEndpoint endpoint = NetEndpoint.Create(NetAddress.Parse(address.AsSpan(1, address.Length - 2)), port);
                text.Fill('~');
                utf8.Fill((byte)'~');
                Assert.True(endpoint.TryFormat(text, out int written));
                Assert.True(endpoint.TryFormat(utf8, out int bytes));
                Assert.Equal(expected, text[..written]);
                Assert.Equal(expected, Encoding.ASCII.GetString(utf8[..bytes]));
                Assert.False(text[written..].ContainsAnyExcept('~') || utf8[bytes..].ContainsAnyExcept((byte)'~'), expected);

                Assert.True(EndpointReader.TryReadAnyOrLoopback(text[..written], out NetEndpoint read));
                Assert.Equal(endpoint, read);
                Assert.True(EndpointReader.TryReadAnyOrLoopback<byte>(utf8[..bytes], out read));
                Assert.Equal(endpoint, read);
            }
        }
    }

    [Theory]
    [InlineData("128-bit", false)]
    [InlineData("AVX2", true)]
    [InlineData("AVX-512", true)]
    [InlineData("scalar", false)]
    [InlineData("scalar", true)]
    public void EachPath_CanonicalTextOfItsFamily_IsReadWithoutHelp(string path, bool six)
    {
        (_, EndpointPaths.Reader<char> chars, EndpointPaths.Reader<byte> bytes, bool runs) = EndpointPaths.All.Single(row => row.Name == path);
        Assert.SkipUnless(runs, $"this machine cannot run the {path} path");
        Random random = new(5);
        for (int i = 0; i < 20_000; i++)
        {
            NetEndpoint endpoint = NetEndpoint.Create(six ? RandomIPv6(random) : NetAddress.FromIPv4((uint)random.NextInt64(1L << 32)), random.Next(65536));
            if (endpoint.Address.IsIPv4Mapped && path != "scalar")
                continue; // a dotted tail is the scalar reader's
            string text = endpoint.ToString();
            if (text.Length > IPv6EndpointVector.MaxLength && path != "scalar")
                continue; // a full address with a long zone is the scalar reader's too
            Assert.True(chars(text, out NetEndpoint read) && read == endpoint, text);
            Assert.True(bytes(Encoding.ASCII.GetBytes(text), out read) && read == endpoint, text);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public unsafe void EachPath_TextAtAPageBorder_TouchesNothingOutside(bool atEnd)
    {
        using GuardedPage page = new();
        foreach (string text in Texts().Where(text => text.Length <= 200))
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            byte* bytes = atEnd ? page.End - utf8.Length : page.Start;
            utf8.CopyTo(new Span<byte>(bytes, utf8.Length));
            foreach ((_, _, EndpointPaths.Reader<byte> reader, bool runs) in EndpointPaths.All)
            {
                if (runs)
                    reader(new ReadOnlySpan<byte>(bytes, utf8.Length), out _);
            }

            _ = NetEndpoint.TryParse(new ReadOnlySpan<byte>(bytes, utf8.Length), out _);
            _ = NetEndpoint.TryParsePrefix(new ReadOnlySpan<byte>(bytes, utf8.Length), out _, out _);
            char* chars = (char*)(atEnd ? page.End - (2 * text.Length) : page.Start);
            text.CopyTo(new Span<char>(chars, text.Length));
            foreach ((_, EndpointPaths.Reader<char> reader, _, bool runs) in EndpointPaths.All)
            {
                if (runs)
                    reader(new ReadOnlySpan<char>(chars, text.Length), out _);
            }

            _ = NetEndpoint.TryParse(new ReadOnlySpan<char>(chars, text.Length), out _);
            _ = NetEndpoint.TryParsePrefix(new ReadOnlySpan<char>(chars, text.Length), out _, out _);
        }
    }

    [Fact]
    public unsafe void Parse_TextTooLong_IsRefusedWithoutReadingOneCharacter()
    {
        using GuardedPage page = new();
        byte* unreadable = page.End;
        foreach (int length in new[] { 129, 1000, int.MaxValue / 4 })
        {
            ReadOnlySpan<byte> utf8 = new(unreadable, length);
            ReadOnlySpan<char> chars = new(unreadable, length);
            Assert.False(NetEndpoint.TryParse(utf8, out _, out EndpointError error));
            Assert.Equal(new EndpointError(EndpointFault.TooLong, 128, length - 128), error);
            Assert.False(NetEndpoint.TryParse(chars, out _));
            Assert.False(NetEndpoint.TryParse(chars, 80, out _));
            Assert.False(NetAddress.TryParse(utf8, out _));
            Assert.False(NetAddress.TryParse(chars, out _));
            Assert.False(NetPrefix.TryParse(utf8, out _));
            Assert.False(NetPrefix.TryParse(chars, out _));
            foreach (EndpointDialect dialect in Enum.GetValues<EndpointDialect>())
            {
                Assert.False(EndpointText.TryParse(utf8, dialect, out _));
                Assert.False(EndpointText.TryParse(chars, dialect, out _, out error));
                Assert.Equal(EndpointFault.TooLong, error.Fault);
            }
        }
    }

    [Theory]
    [InlineData("192.0.2.1:80 LISTEN", "192.0.2.1:80", 12)]
    [InlineData("[fe80::1%4]:80\tx", "[fe80::1%4]:80", 14)]
    [InlineData("1.2.3.4:80", "1.2.3.4:80", 10)]
    [InlineData("1.2.3.4:80, 5.6.7.8:90", "1.2.3.4:80", 10)]
    [InlineData("1.2.3.4:80.5", "", 0)]
    [InlineData(" 1.2.3.4:80", "", 0)]
    [InlineData("", "", 0)]
    public void TryParsePrefix_Column_AnswersValueAndLength(string text, string expected, int length)
    {
        Assert.Equal(length > 0, NetEndpoint.TryParsePrefix(text, out NetEndpoint endpoint, out int consumed));
        Assert.Equal((expected, length), (endpoint.ToString(), consumed));
        Assert.Equal(length > 0, NetEndpoint.TryParsePrefix(Encoding.UTF8.GetBytes(text), out endpoint, out consumed));
        Assert.Equal((expected, length), (endpoint.ToString(), consumed));
    }

    [Fact]
    public void TryFormat_RoomOfAnySize_WritesAllOrNothingAndNothingBehind()
    {
        Random random = new(9);
        char[] chars = new char[80];
        byte[] bytes = new byte[80];
        for (int i = 0; i < 20_000; i++)
        {
            NetAddress address = random.Next(2) == 0 ? NetAddress.FromIPv4((uint)(random.NextInt64(1L << 32) & (random.Next(2) == 0 ? 0x0f0f0fff : -1))) : RandomIPv6(random);
            NetEndpoint endpoint = NetEndpoint.Create(address, random.Next(1 << random.Next(17)));
            string text = endpoint.ToString();
            int room = random.Next(81);
            Array.Fill(chars, '#');
            Array.Fill(bytes, (byte)'#');
            bool fits = room >= text.Length;
            Assert.Equal(fits, endpoint.TryFormat(chars.AsSpan(0, room), out int written));
            Assert.Equal(fits ? text.Length : 0, written);
            Assert.Equal((fits ? text : "").PadRight(80, '#'), new string(chars));
            Assert.Equal(fits, endpoint.TryFormat(bytes.AsSpan(0, room), out written));
            Assert.Equal((fits ? text : "").PadRight(80, '#'), Encoding.ASCII.GetString(bytes));
        }
    }

    private static bool IsForEightGroups(string text)
        => FullIPv6EndpointVector.IsSupported && text.Length is >= FullIPv6EndpointVector.MinLength and <= FullIPv6EndpointVector.MaxLength;

    private static bool Separates(uint[] layouts, uint multiplier)
    {
        Span<ulong> taken = stackalloc ulong[4];
        taken.Clear();
        foreach (uint layout in layouts)
        {
            uint slot = layout * multiplier >> 24;
            if ((taken[(int)(slot >> 6)] >> (int)(slot & 63) & 1) != 0)
                return false;
            taken[(int)(slot >> 6)] |= 1UL << (int)(slot & 63);
        }

        return true;
    }

    private static IEnumerable<uint> Layouts()
    {
        for (int a = 1; a <= 3; a++)
        {
            for (int b = 1; b <= 3; b++)
            {
                for (int c = 1; c <= 3; c++)
                {
                    for (int d = 1; d <= 3; d++)
                        yield return 1u << a | 1u << (a + b + 1) | 1u << (a + b + c + 2) | 1u << (a + b + c + d + 3);
                }
            }
        }
    }

    // Vectors; eight colons in two runs at all places of long texts; eight groups with right and wrong ports; more colons than an
    // address has, of which a row for fewer sees all digits; every form of "::" with every number of colons; every length of
    // octets and ports; strings of one character; and each character of some texts replaced by each of those next to the borders of the grammar.
    private static IEnumerable<string> Texts()
    {
        foreach (string text in EndpointVectors.Endpoints.Select(row => row.Data.Item1).Concat(EndpointVectors.WrongEndpoints.Select(row => row.Data.Item1)))
            yield return text;
        foreach (int length in new[] { FullIPv6EndpointVector.MinLength, 41, FullIPv6EndpointVector.MaxLength })
        {
            for (int first = 1; first <= length - 8; first++)
            {
                for (int second = first + 4; second <= length - 4; second++)
                {
                    string text = "[" + new string('a', first - 1) + "::::" + new string('1', second - first - 4) + "::::" + new string('9', length - second - 4);
                    yield return text;
                    yield return text[..second] + ']' + text[second..^1];
                }
            }
        }

        foreach (string address in new[] { "1111:2222:3333:4444:5555:6666:7777:8888", "1111:2222:3333:4444:5555:6:777:8888", "1:22:333:4444:5555:6666:7777:8888", "1111:2222:3333:4444:5555:6666:77:8" })
        {
            foreach (string port in new[] { "", "9", "65535", "65536", "99999", "100000", "999999", "065535", "065536", "0065535", "0065536", "1234567", "00000080", "12345678", "8O", "-1" })
                yield return $"[{address}]:{port}";
        }

        for (int lead = 0; lead <= 7; lead++)
        {
            for (int colons = 1; colons <= 42; colons++)
            {
                foreach (string end in new[] { "]:80", "d]:80", "abcd]:80", ":2]:80", ":2::]:80", "]:65535", "%7]:80", "abcd%7]:8" })
                    yield return "[" + string.Concat(Enumerable.Repeat("1:", lead)) + new string(':', colons) + end;
            }
        }

        for (int before = 0; before <= 9; before++)
        {
            for (int after = 0; after <= 9; after++)
            {
                string left = string.Join(':', Enumerable.Range(1, before));
                string right = string.Join(':', Enumerable.Range(1, after).Select(number => $"{number:x}"));
                yield return $"[{left}::{right}]:80";
                yield return $"[{left}:{right}]:80";
                yield return $"[{left}::{right}%7]:80";
                yield return $"[{left}::{right}::]:80";
                yield return $"[:{left}::{right}:]:80";
                yield return $"[{left}::{right}:1.2.3.4]:80";
            }
        }

        string[] octets = ["", "0", "9", "00", "01", "10", "99", "001", "100", "255", "256", "999", "1000"];
        foreach (string first in octets)
        {
            foreach (string last in octets)
            {
                foreach (string port in new[] { "", "0", "10", "100", "1000", "10000", "65535", "65536", "99999", "000080", "0000000000080" })
                {
                    yield return $"{first}.1.22.{last}:{port}";
                    yield return $"1.{last}.{first}.255:{port}";
                }
            }
        }

        for (int length = 0; length <= 140; length++)
        {
            foreach (char character in "0.:[]%\u00e9")
                yield return new string(character, length);
            yield return "[::1%" + new string('1', length) + "]:80";
            yield return "[::1]:" + new string('0', length) + "80";
            yield return "[1:2:3:4:5:6:7:" + new string('8', length) + "]:80";
            yield return "1.2.3.4:" + new string('0', length) + "1";
        }

        foreach (string text in new[] { "1.2.3.4:5", "192.168.100.200:65535", "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535", "[fe80::1%12]:546", "[::]:0" })
        {
            for (int i = 0; i < text.Length; i++)
            {
                foreach (char character in "/09:;@AFGZ[\\]^`afgz{~.%- \0\u007f\u0080\u00ff\u0130\u0131\u3030\u8030\uff10\uffff")
                    yield return text[..i] + character + text[(i + 1)..];
                yield return text[..i];
                yield return text[i..];
            }
        }
    }

    private static NetAddress RandomIPv6(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        int zeros = random.Next(256) & random.Next(256);
        for (int group = 0; group < 8; group++)
        {
            if ((zeros & 1 << group) != 0)
                bytes.Slice(group * 2, 2).Clear();
            else if (random.Next(2) == 0)
                bytes[group * 2] = (byte)(bytes[group * 2] & random.Next(16));
        }

        // A last group of one digit, a zone of one digit and a port of one digit leave the least room for what is written ahead.
        if (random.Next(4) == 0)
            (bytes[14], bytes[15]) = (0, (byte)random.Next(16));
        if (random.Next(8) == 0)
        {
            bytes[..10].Clear();
            bytes[10..12].Fill(0xff);
        }

        return NetAddress.FromBytes(bytes, random.Next(3) == 0 ? (uint)random.Next(1 << random.Next(1, 20)) : 0);
    }
}
