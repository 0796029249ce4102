using System;
using System.Linq;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Serva.Diagnostics.Tests.Cases;
using Serva.Diagnostics.Tests.Formats.ErrorText;
using Xunit;

namespace Serva.Diagnostics.Tests.Reports;

public sealed class ErrorExplanationTests
{
    private static readonly HostSnapshot s_linux = Hosts.Linux([Hosts.Socket("tcp/0.0.0.0:80").OwnedBy(700, "nginx")]);
    private static readonly HostSnapshot s_windows = Hosts.Windows([Hosts.Socket("tcp/0.0.0.0:80").OwnedBy(4, "System")]);

    public static TheoryData<int> Numbers() => [.. Enumerable.Range(0, PastedErrors.All.Count)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Explain_PastedTextWithoutEndpoint_NamesItRanksCausesAndAsks(int number)
    {
        PastedError pasted = PastedErrors.All[number];
        foreach (HostSnapshot host in (HostSnapshot[])[s_linux, s_windows])
        {
            ErrorReading reading = Diagnoser.ReadError(pasted.Text);
            ErrorExplanation explanation = Diagnoser.ExplainError(host, reading, text: pasted.Text);
            string text = explanation.ToText();

            Assert.NotEmpty(explanation.Causes);
            Assert.All(explanation.Causes, AssertJudged);
            Assert.Equal(explanation.Causes.OrderBy(Rank).Select(cause => cause.Code), explanation.Causes.Select(cause => cause.Code));
            Assert.True(pasted.Name is null || text.Contains(pasted.Name, StringComparison.Ordinal), text);

            // Either the text says what was bound, or the explanation asks for it; errors of other things ask by cause.
            bool isOther = reading.Outcome == BindOutcome.OtherError && pasted.Name != "ERROR_SHARING_VIOLATION";
            Assert.True(isOther ? explanation.Verdict is null : explanation.Verdict is not null ^ explanation.Missing is not null, text);
            Assert.Contains("\"causes\"", explanation.ToJson(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Explain_PastedTextWithEndpoint_JudgesEveryCauseAgainstTheHost(int number)
    {
        PastedError pasted = PastedErrors.All[number];
        foreach (HostSnapshot host in (HostSnapshot[])[s_linux, s_windows])
        {
            ErrorExplanation explanation = Diagnoser.ExplainError(host, Diagnoser.ReadError(pasted.Text), BindRequest.Parse("tcp/80"), pasted.Text);

            Assert.Equal("tcp/0.0.0.0:80", explanation.Verdict!.Request.ToEndpointText());
            Assert.Null(explanation.Missing);
            Assert.NotEmpty(explanation.Causes);
            Assert.All(explanation.Causes, AssertJudged);
            Assert.Equal(BindOutcome.AddressInUse, explanation.Verdict.Bind.Outcome);
            Assert.True(explanation.Diagnosis.HasProblems);
        }
    }

    [Theory]
    [InlineData("10048 udp/0.0.0.0:123", "cause.holder", CauseStanding.Holds)]
    [InlineData("10048 udp/0.0.0.0:123", "cause.kernel", CauseStanding.DoesNotHold)]
    [InlineData("10048 udp/0.0.0.0:123", "cause.started-twice", CauseStanding.Undetermined)]
    [InlineData("10013 udp/192.168.1.10:123", "cause.holder-denies", CauseStanding.Holds)]
    [InlineData("10013 udp/192.168.1.10:123", "cause.reuse-address", CauseStanding.Undetermined)]
    [InlineData("10013 udp/192.168.1.10:123", "cause.missing-rights", CauseStanding.DoesNotHold)]
    [InlineData("10013 udp/192.168.1.10:123", "cause.filter-driver", CauseStanding.Undetermined)]
    [InlineData("10013 udp/192.168.1.10:123", "cause.broadcast", CauseStanding.DoesNotHold)]
    [InlineData("10013 udp/192.168.1.255:999", "cause.broadcast", CauseStanding.Holds)]
    [InlineData("10049 udp/192.0.2.7:69", "cause.address-missing", CauseStanding.Holds)]
    [InlineData("10049 udp/192.168.1.10:69", "cause.address-missing", CauseStanding.DoesNotHold)]
    public void Explain_OnTheVistaOfTheSeedStory_StandingOfTheCause(string question, string code, CauseStanding standing)
    {
        HostSnapshot host = TestCases.Read("vista-w32time").Host;
        string[] words = question.Split(' ');

        ErrorExplanation explanation = Diagnoser.ExplainError(host, Diagnoser.ReadError(words[0]), BindRequest.Parse(words[1]));

        ErrorCause cause = Assert.Single(explanation.Causes, cause => cause.Code == code);
        Assert.True(standing == cause.Standing, explanation.ToText());
        if (standing == CauseStanding.Holds)
            Assert.Equal(code, explanation.Causes[0].Code);
    }

    [Theory]
    [InlineData(false, CauseStanding.Holds)]
    [InlineData(true, CauseStanding.DoesNotHold)]
    public void Explain_ExcludedRange_HoldsUnlessAdministered(bool isAdministered, CauseStanding standing)
    {
        HostSnapshot host = s_windows with
        {
            PortRanges = Table.Complete([new PortRangeRow { Kind = PortRangeKind.Excluded, Protocol = TransportProtocol.Tcp, First = 8000, Last = 8099, IsAdministered = isAdministered }], "test"),
        };

        ErrorExplanation explanation = Diagnoser.ExplainError(host, Diagnoser.ReadError("10013"), BindRequest.Parse("tcp/8080"));

        Assert.Equal(standing, Assert.Single(explanation.Causes, cause => cause.Code == "cause.excluded-range").Standing);
    }

    [Theory]
    [InlineData("root", ulong.MaxValue, 80, CauseStanding.Undetermined)]
    [InlineData("www", 0UL, 81, CauseStanding.Holds)]
    [InlineData("www", 0UL, 8080, CauseStanding.DoesNotHold)]
    public void Explain_PermissionDeniedOnLinux_PrivilegedPort(string user, ulong capabilities, int port, CauseStanding standing)
    {
        HostSnapshot host = s_linux with { Identity = new Identity { UserName = user, UserId = user == "root" ? 0u : 33u, Capabilities = capabilities } };

        ErrorExplanation explanation = Diagnoser.ExplainError(host, Diagnoser.ReadError($"listen tcp 0.0.0.0:{port}: bind: permission denied"));

        Assert.Equal(standing, Assert.Single(explanation.Causes, cause => cause.Code == "cause.privileged-port").Standing);
    }

    [Fact]
    public void Explain_BootRomWaitsForTftp_SaysWhetherAServerIsThere()
    {
        HostSnapshot served = Hosts.Linux([Hosts.Socket("udp/0.0.0.0:69").OwnedBy(69, "in.tftpd")]);

        ErrorExplanation without = Diagnoser.ExplainError(s_linux, Diagnoser.ReadError("PXE-E32: TFTP open timeout"));
        ErrorExplanation with = Diagnoser.ExplainError(served, Diagnoser.ReadError("PXE-E32: TFTP open timeout"));

        Assert.Equal(("cause.no-server", CauseStanding.Holds), (without.Causes[0].Code, without.Causes[0].Standing));
        Assert.Equal(("cause.no-server", CauseStanding.DoesNotHold), (with.Causes[^1].Code, with.Causes[^1].Standing));

        // A server that waits is no problem here.
        Assert.False(with.Diagnosis.HasProblems);
    }

    [Fact]
    public void Explain_ErrorThatIsNotThereAnyMore_NothingHolds()
    {
        ErrorExplanation explanation = Diagnoser.ExplainError(s_linux, Diagnoser.ReadError("98"), BindRequest.Parse("tcp/8080"));

        Assert.False(explanation.Diagnosis.HasProblems);
        Assert.DoesNotContain(explanation.Causes, cause => cause.Standing == CauseStanding.Holds);
        Assert.Contains("is free", explanation.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_AnotherErrorWouldComeNow_ItsCauseHolds()
    {
        ErrorExplanation explanation = Diagnoser.ExplainError(s_linux, Diagnoser.ReadError("10013"), BindRequest.Parse("udp/192.168.1.5:69"));

        Assert.Equal(("cause.address-missing", CauseStanding.Holds), (explanation.Causes[0].Code, explanation.Causes[0].Standing));
        Assert.Contains("This is an error of Windows", explanation.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void ToText_HostileText_ShowsNoControlCharacter()
    {
        ErrorExplanation explanation = Diagnoser.ExplainError(
            s_linux, Diagnoser.ReadError("\u001b[31mlisten tcp 0.0.0.0:80: bind: address already in use\u202e"), text: "\u001b[31m");

        Assert.DoesNotContain(explanation.ToText(), c => (char.IsControl(c) && c != '\n') || c == '\u202e');
        Assert.DoesNotContain(explanation.ToJson(), c => char.IsControl(c) && c != '\n');
    }

    private static int Rank(ErrorCause cause) => cause.Standing switch { CauseStanding.Holds => 0, CauseStanding.Undetermined => 1, _ => 2 };

    private static void AssertJudged(ErrorCause cause)
    {
        Assert.NotEqual("", cause.Summary);
        Assert.Equal(cause.Standing == CauseStanding.Undetermined, cause.Missing is not null);
        Assert.Equal(cause.Standing != CauseStanding.Undetermined, !cause.Evidence.IsEmpty);
    }
}
