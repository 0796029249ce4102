using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>
/// Every published cell of the sharing matrices ("Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE", Microsoft) and every
/// pair that Wine's conformance tests measure on Windows (dlls/ws2_32/tests/sock.c).
/// </summary>
public class WindowsMatrixTests
{
    private const string Wild = "0.0.0.0";
    private const string Own = "192.168.1.10";

    // Columns: default wildcard, default specific, reuse wildcard, reuse specific, exclusive wildcard, exclusive specific.
    private static readonly (string Table, string First, string[] Second)[] s_published =
    [
        ("xp", "default wild", ["10048", "10048", "ok", "ok", "10048", "10048"]),
        ("xp", "default own", ["10048", "10048", "ok", "ok", "10048", "10048"]),
        ("xp", "reuse wild", ["10048", "10048", "ok", "ok", "10048", "10048"]),
        ("xp", "reuse own", ["10048", "10048", "ok", "ok", "10048", "10048"]),
        ("xp", "exclusive wild", ["10048", "10048", "10013", "10013", "10048", "10048"]),
        ("xp", "exclusive own", ["10048", "10048", "10013", "10013", "10048", "10048"]),
        ("same", "default wild", ["10048", "ok", "10013", "ok", "10048", "ok"]),
        ("same", "default own", ["ok", "10048", "ok", "10013", "10048", "10048"]),
        ("same", "reuse wild", ["10048", "ok", "ok", "ok", "10048", "ok"]),
        ("same", "reuse own", ["ok", "10048", "ok", "ok", "10048", "10048"]),
        ("same", "exclusive wild", ["10048", "10013", "10013", "10013", "10048", "10013"]),
        ("same", "exclusive own", ["ok", "10048", "ok", "10013", "10048", "10048"]),
        ("different", "default wild", ["10048", "10013", "10013", "10013", "10048", "10013"]),
        ("different", "default own", ["ok", "10048", "ok", "10013", "10048", "10048"]),
        ("different", "reuse wild", ["10048", "10013", "ok", "ok", "10048", "10013"]),
        ("different", "reuse own", ["ok", "10048", "ok", "ok", "10048", "10048"]),
        ("different", "exclusive wild", ["10048", "10013", "10013", "10013", "10048", "10013"]),
        ("different", "exclusive own", ["ok", "10048", "ok", "10013", "10048", "10048"]),
    ];

    public static TheoryData<string, string, string, string> PublishedCells()
    {
        string[] second = ["default wild", "default own", "reuse wild", "reuse own", "exclusive wild", "exclusive own"];
        var cells = new TheoryData<string, string, string, string>();
        foreach ((string table, string first, string[] results) in s_published)
        {
            for (int i = 0; i < results.Length; i++)
                cells.Add(table, first, second[i], results[i]);
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(PublishedCells))]
    public void Predict_PublishedCell_AsPublished(string table, string first, string second, string result)
    {
        foreach (TransportProtocol protocol in (TransportProtocol[])[TransportProtocol.Tcp, TransportProtocol.Udp])
        {
            HostSnapshot host = Hosts.Windows(
                [Holder(protocol, AddressOf(first), OptionOf(first)).OwnedBy(700, "holder.exe", table == "different" ? "NT AUTHORITY\\LOCAL SERVICE" : "PC\\Alice")],
                table == "xp" ? "5.1.2600" : "6.0.6002") with
            {
                Identity = new Identity { UserName = "PC\\alice", IsElevated = true },
            };

            BindPrediction answer = new BindPredictor(host).Predict(Request(protocol, AddressOf(second), OptionOf(second)));

            AssertResult(result, answer);
            // Nobody measured datagrams, XP, or two accounts; the trace says so where the cell refuses.
            if (protocol == TransportProtocol.Tcp && table == "same")
                continue;
            if (protocol == TransportProtocol.Udp || result != "ok" || table == "xp")
                Assert.Equal(Certainty.Likely, answer.Certainty);
            if (result != "ok")
                Assert.Contains(answer.Trace, step => step.Code == "bind.matrix" && step.Text.Contains("documented, not measured", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void PublishedCells_Counted_AreAllOfThem() => Assert.Equal(108, ((IReadOnlyCollection<ITheoryDataRow>)PublishedCells()).Count);

    // TCP, one account, "dual" has IPV6_V6ONLY cleared; "?" fails with a code that the test does not look at.
    [Theory]
    [InlineData("0", "exclusive 0.0.0.0", "default 127.0.0.1", "10013")]
    [InlineData("1", "exclusive dual ::", "default 127.0.0.1", "10013")]
    [InlineData("2", "default 0.0.0.0", "exclusive 127.0.0.1", "ok")]
    [InlineData("3", "exclusive 0.0.0.0", "exclusive 127.0.0.1", "10013")]
    [InlineData("4", "exclusive 127.0.0.1", "default 0.0.0.0", "ok")]
    [InlineData("5", "default 127.0.0.1", "exclusive 0.0.0.0", "10048")]
    [InlineData("6", "default 127.0.0.1", "exclusive dual ::", "10048")]
    [InlineData("7", "default dual ::1", "exclusive 0.0.0.0", "ok")]
    [InlineData("8", "exclusive dual ::1", "exclusive 127.0.0.1", "ok")]
    [InlineData("9", "default dual ::ffff:127.0.0.1", "exclusive 0.0.0.0", "10048")]
    [InlineData("10", "exclusive dual ::", "default 0.0.0.0", "10013")]
    [InlineData("11", "default dual ::", "exclusive 0.0.0.0", "ok")]
    [InlineData("12", "default 0.0.0.0", "exclusive 0.0.0.0", "10048")]
    [InlineData("13", "default 0.0.0.0", "default 0.0.0.0", "10048")]
    [InlineData("14", "default dual ::", "default 0.0.0.0", "ok")]
    [InlineData("15", "default dual ::ffff:0.0.0.0", "default 0.0.0.0", "10048")]
    [InlineData("16", "default dual ::ffff:127.0.0.1", "default 127.0.0.1", "10048")]
    [InlineData("17", "default 127.0.0.1", "default dual ::ffff:127.0.0.1", "10048")]
    [InlineData("18", "exclusive dual ::1", "exclusive 127.0.0.1", "ok")]
    [InlineData("19", "exclusive 127.0.0.1", "default 127.0.0.1", "10048")]
    [InlineData("20", "default 127.0.0.1", "exclusive 127.0.0.1", "10048")]
    [InlineData("loop a", "default 127.0.0.1", "reuse 127.0.0.1", "10013")]
    [InlineData("loop b", "reuse 127.0.0.1", "default 127.0.0.1", "?")]
    [InlineData("loop c", "reuse 127.0.0.1", "reuse 127.0.0.1", "ok")]
    [InlineData("loop d", "default 0.0.0.0", "default 127.0.0.1", "ok")]
    [InlineData("loop e", "default 127.0.0.1", "default 0.0.0.0", "ok")]
    [InlineData("loop f", "default 0.0.0.0", "default 0.0.0.0", "10048")]
    public void Predict_PairMeasuredOnWindows_AsMeasured(string number, string first, string second, string result)
    {
        HostSnapshot host = Hosts.Windows([Holder(TransportProtocol.Tcp, AddressOf(first), OptionOf(first)) with
        {
            IPv6Only = !first.Contains("dual", StringComparison.Ordinal),
            Owners = [new ProcessRow { ProcessId = 1, User = "PC\\alice" }],
        }]);

        BindPrediction answer = new BindPredictor(host).Predict(Request(TransportProtocol.Tcp, AddressOf(second), OptionOf(second)) with
        {
            DualMode = second.Contains("dual", StringComparison.Ordinal),
        });

        Assert.NotEmpty(number);
        AssertResult(result, answer);

        // A free TCP port is never certain on Windows: its table leaves out sockets that are bound and do not listen.
        if (result is "10048" or "10013")
            Assert.Equal(Certainty.Certain, answer.Certainty);
    }

    [Fact]
    public void Predict_CorpusOfCells_EveryOneAsPublished()
    {
        string[][] rows = ReadCorpus("bind-matrix.csv");

        Assert.Equal(108, rows.Length);
        foreach (string[] row in rows)
        {
            string table = row[0] switch { "xp_and_earlier" => "xp", "2003plus_same_user" => "same", _ => "different" };
            string result = row[5] switch { "INUSE" => "10048", "ACCESS" => "10013", _ => "ok" };
            Predict_PublishedCell_AsPublished(table, $"{row[1]} {Width(row[2])}", $"{row[3]} {Width(row[4])}", result);
        }

        static string Width(string text) => text == "wildcard" ? "wild" : "own";
    }

    [Fact]
    public void Predict_CorpusOfMeasuredPairs_EveryOneAsMeasured()
    {
        string[][] rows = ReadCorpus("wine-bind-tests.csv");

        Assert.Equal(27, rows.Length);
        foreach (string[] row in rows)
        {
            string result = row[10] switch { "INUSE" => "10048", "ACCESS" => "10013", "Success" => "ok", _ => "?" };
            Predict_PairMeasuredOnWindows_AsMeasured(row[0], Socket(row.AsSpan(2, 4)), Socket(row.AsSpan(6, 4)), result);
        }

        static string Socket(ReadOnlySpan<string> cells)
        {
            string address = cells[1] switch
            {
                "any" => cells[0] == "v4" ? "0.0.0.0" : "::",
                "lo" => "127.0.0.1",
                "lo6" => "::1",
                "mapped-lo" => "::ffff:127.0.0.1",
                _ => "::ffff:0.0.0.0",
            };
            return $"{cells[2]} {(cells[3] == "0" ? "dual " : "")}{address}";
        }
    }

    private static string[][] ReadCorpus(string name)
    {
        string? corpus = Environment.GetEnvironmentVariable("SERVA_DIAGNOSTICS_CORPUS");
        string file = Path.Combine(corpus ?? "", "windows", name);
        Assert.SkipUnless(corpus is not null && File.Exists(file), $"the corpus is absent: no file {file}; SERVA_DIAGNOSTICS_CORPUS names its folder");
        return [.. File.ReadLines(file).Skip(1).Where(line => line.Length > 0).Select(line => line.Split(','))];
    }

    private static void AssertResult(string expected, BindPrediction answer)
    {
        if (expected == "ok")
        {
            Assert.Equal(BindOutcome.Success, answer.Outcome);
            Assert.Empty(answer.Conflicts);
            return;
        }

        Assert.Single(answer.Conflicts);
        Assert.Equal(BindStage.Bind, answer.Stage);
        if (expected == "?")
        {
            Assert.Contains(answer.Outcome, (BindOutcome[])[BindOutcome.AddressInUse, BindOutcome.AccessDenied]);
            return;
        }

        Assert.Equal(expected, $"{answer.NativeCode}");
        Assert.Equal(expected == "10048" ? (BindOutcome.AddressInUse, "WSAEADDRINUSE") : (BindOutcome.AccessDenied, "WSAEACCES"), (answer.Outcome, answer.NativeError));
    }

    private static string OptionOf(string text) => text.Split(' ')[0];

    private static string AddressOf(string text) => text.Split(' ')[^1] switch { "wild" => Wild, "own" => Own, var address => address };

    private static SocketRow Holder(TransportProtocol protocol, string address, string option) => new()
    {
        Protocol = protocol,
        Local = NetEndpoint.Create(NetAddress.Parse(address), 4711),
        State = protocol == TransportProtocol.Tcp ? System.Net.NetworkInformation.TcpState.Listen : null,
        ReuseAddress = option == "reuse",
        ExclusiveAddressUse = option == "exclusive",
    };

    private static BindRequest Request(TransportProtocol protocol, string address, string option) => new()
    {
        Protocol = protocol,
        Endpoint = NetEndpoint.Create(NetAddress.Parse(address), 4711),
        Listen = protocol == TransportProtocol.Tcp,
        ReuseAddress = option == "reuse",
        ExclusiveAddressUse = option == "exclusive",
    };
}
