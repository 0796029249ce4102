using System;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Formats.ErrorText;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.ErrorText;

public sealed class ErrorTextReaderTests
{
    private const int Mutations = 60_000;

    public static TheoryData<int> Numbers() => [.. Enumerable.Range(0, PastedErrors.All.Count)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Read_PastedText_ErrorProgramAndRequest(int number)
    {
        PastedError pasted = PastedErrors.All[number];

        ErrorReading reading = ErrorTextReader.Read(pasted.Text);

        Assert.True(
            (pasted.Name, pasted.Code, pasted.Program, pasted.Bind) == (reading.Name, reading.Code, reading.Program, reading.ToRequest(PlatformFamily.Linux)?.ToString()),
            $"{pasted.Text}: {reading.Name} {reading.Code} {reading.Program} {reading.ToRequest(PlatformFamily.Linux)}");
        AssertSound(reading, pasted.Text);
    }

    [Theory]
    [InlineData("nginx: [emerg] bind() to 192.0.2.9:80 failed (98: Address already in use)", ErrorFact.Error, "98")]
    [InlineData("nginx: [emerg] bind() to 192.0.2.9:80 failed (98: Address already in use)", ErrorFact.Address, "192.0.2.9")]
    [InlineData("nginx: [emerg] bind() to 192.0.2.9:80 failed (98: Address already in use)", ErrorFact.Port, "80")]
    [InlineData("nginx: [emerg] bind() to [2001:db8::9]:80 failed (98: Address already in use)", ErrorFact.Address, "[2001:db8::9]")]
    [InlineData("listen udp4 0.0.0.0:53: bind: address already in use", ErrorFact.Protocol, "udp4")]
    [InlineData("listen udp4 0.0.0.0:53: bind: address already in use", ErrorFact.Error, "address already in use")]
    [InlineData("listen udp4 0.0.0.0:53: bind: address already in use", ErrorFact.Program, "listen udp")]
    [InlineData("Failed to bind to address http://[::]:8096: address already in use.", ErrorFact.Port, "8096")]
    [InlineData("failed to create listening socket for port 53: Address already in use", ErrorFact.Port, "53")]
    public void Read_PastedText_SaysWhereItStands(string text, ErrorFact fact, string said)
    {
        ErrorPlace place = Assert.Single(ErrorTextReader.Read(text).Places, place => place.Fact == fact);

        Assert.Equal(said, text.Substring(place.Start, place.Length));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t ")]
    [InlineData("it does not work")]
    [InlineData("connected to build 22000, 98 files copied in 13 seconds")]
    [InlineData("ssh listens on port (22)")]
    [InlineData("4294967295")]
    [InlineData("0xFFFFFFFF")]
    [InlineData("http")]
    public void Read_NoError_NamesNone(string text) => Assert.Null(ErrorTextReader.Read(text).Name);

    [Theory]
    [InlineData("it does not work", true)]
    [InlineData("Could not open NTP socket on 0.0.0.0:123", false)]
    public void IsEmpty_NothingRecognised_True(string text, bool isEmpty) => Assert.Equal(isEmpty, ErrorTextReader.Read(text).IsEmpty);

    [Theory]
    [InlineData("EADDRINUSE", "EADDRINUSE 98 Linux, WSAEADDRINUSE 10048 Windows")]
    [InlineData("10013", "EACCES 13 Linux, WSAEACCES 10013 Windows")]
    [InlineData("48", "EADDRINUSE 98 Linux, WSAEADDRINUSE 10048 Windows, EADDRINUSE 48 MacOS")]
    [InlineData("183", "ERROR_ALREADY_EXISTS 183 Windows")]
    public void Names_OfAnError_OnEverySystem(string text, string names) =>
        Assert.Equal(names, string.Join(", ", ErrorTextReader.Read(text).Names.Select(error => $"{error.Name} {error.Code} {error.System}")));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_DamagedTexts_NeverThrowsAndStaysSound(int seed)
    {
        var random = new Random(seed);
        int named = 0;
        for (int i = 0; i < Mutations; i++)
        {
            string text = Damage(random, PastedErrors.All[random.Next(PastedErrors.All.Count)].Text);
            ErrorReading reading = ErrorTextReader.Read(text);
            AssertSound(reading, text);
            named += reading.Name is null ? 0 : 1;
        }

        // Most damage spares the error, and some does not.
        Assert.InRange(named, Mutations / 4, Mutations - (Mutations / 100));
    }

    [Theory]
    [InlineData("(1")]
    [InlineData(":::1")]
    [InlineData("[::]")]
    [InlineData("-")]
    [InlineData("1.1.1.1:")]
    [InlineData("http://a")]
    [InlineData("EADDRINUSE ")]
    [InlineData("port ")]
    public void Read_LongText_OnlyItsBeginning(string repeated)
    {
        var text = new StringBuilder();
        while (text.Length < 2 * ErrorTextReader.LongestText)
            text.Append(repeated);
        text.Append(" (98: Address already in use)");

        ErrorReading reading = ErrorTextReader.Read(text.ToString());

        Assert.NotEqual(98, reading.Code);
        AssertSound(reading, text.ToString()[..ErrorTextReader.LongestText]);
    }

    private static void AssertSound(ErrorReading reading, string text)
    {
        foreach (ErrorPlace place in reading.Places)
        {
            Assert.InRange(place.Start, 0, text.Length - 1);
            Assert.InRange(place.Length, 1, text.Length - place.Start);
        }

        Assert.Equal(reading.Name is not null, reading.Places.Any(place => place.Fact == ErrorFact.Error));
        Assert.Equal(reading.Name is null, reading.Outcome == BindOutcome.Undetermined);
        Assert.InRange(reading.Port ?? 0, 0, 65535);
        BindRequest? request = reading.ToRequest(PlatformFamily.Windows);
        Assert.True(request is null || (request.Protocol == reading.Protocol && request.Endpoint.Port == reading.Port));
    }

    private static string Damage(Random random, string text)
    {
        const string Alphabet = "0123456789:.[]()/%-_ '\"\0\u00e9\ud800\uffffaEpW*+\n";
        var damaged = new StringBuilder(text);
        for (int times = random.Next(1, 6); times > 0 && damaged.Length > 0; times--)
        {
            int at = random.Next(damaged.Length);
            int length = Math.Min(random.Next(1, 8), damaged.Length - at);
            switch (random.Next(5))
            {
                case 0:
                    damaged[at] = Alphabet[random.Next(Alphabet.Length)];
                    break;
                case 1:
                    damaged.Insert(at, Alphabet[random.Next(Alphabet.Length)]);
                    break;
                case 2:
                    damaged.Remove(at, length);
                    break;
                case 3:
                    damaged.Insert(at, damaged.ToString(at, length));
                    break;
                default:
                    damaged.Length = at;
                    break;
            }
        }

        return random.Next(4) == 0 ? damaged + PastedErrors.All[random.Next(PastedErrors.All.Count)].Text : damaged.ToString();
    }
}
