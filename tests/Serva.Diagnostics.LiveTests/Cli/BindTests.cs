using System;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

[Trait("Proves", "SD1011")]
[Trait("Proves", "SD1013")]
[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public class BindTests
{
    [Fact]
    public void Bind_FreePort_SucceedsAndWasTried()
    {
        CommandResult result = ServaDiag.Run("bind", $"udp/0.0.0.0:{SocketHolder.FreePort()}", "--json");

        Assert.Equal(0, result.Status);
        Assert.Equal("success", result.Json().GetProperty("prediction").GetProperty("outcome").GetString());
        Assert.Equal("success", result.Json().GetProperty("probe").GetProperty("outcome").GetString());
        Assert.Empty(result.Json().GetProperty("findings").EnumerateArray());
    }

    [Theory]
    [InlineData("the same address", "udp", "127.0.0.1", "udp/127.0.0.1")]
    [InlineData("the wildcard of UDP", "udp", "0.0.0.0", "udp/0.0.0.0")]
    [InlineData("one address under a wildcard", "udp", "0.0.0.0", "udp/127.0.0.1")]
    [InlineData("a listener", "tcp", "127.0.0.1", "tcp/127.0.0.1")]
    [InlineData("a dual-stack listener under IPv4", "tcp", "::", "tcp/0.0.0.0")]
    [InlineData("bound but not listening", "bound", "127.0.0.1", "tcp/127.0.0.1")]
    public void Bind_PortHeld_NamesTheHolderAndSucceedsAfterwards(string situation, string what, string address, string endpoint)
    {
        int port = SocketHolder.FreePort();
        CommandResult held;
        CommandResult text;
        int holderId;
        using (SocketHolder holder = SocketHolder.Holding("holder", what, new IPEndPoint(IPAddress.Parse(address), port)))
        {
            holderId = holder.ProcessId;
            held = ServaDiag.Run("bind", $"{endpoint}:{port}", "--json");
            text = ServaDiag.Run("bind", $"{endpoint}:{port}");
        }

        CommandResult free = ServaDiag.Run("bind", $"{endpoint}:{port}");

        Assert.True(held.Status == 1, $"{situation}: {held}");
        JsonElement prediction = held.Json().GetProperty("prediction");
        Assert.Equal("addressInUse", prediction.GetProperty("outcome").GetString());
        Assert.Equal("EADDRINUSE", prediction.GetProperty("nativeError").GetString());
        Assert.Equal("bind", prediction.GetProperty("stage").GetString());
        Assert.Contains(prediction.GetProperty("certainty").GetString(), (string[])["likely", "certain"]);
        JsonElement conflict = prediction.GetProperty("conflicts").EnumerateArray().First();
        Assert.NotEqual("", conflict.GetProperty("why").GetString());
        Assert.Equal(endpoint[..3], conflict.GetProperty("socket").GetProperty("protocol").GetString());
        Assert.EndsWith($":{port}", conflict.GetProperty("socket").GetProperty("local").GetString(), StringComparison.Ordinal);
        JsonElement owner = Assert.Single(conflict.GetProperty("owners").EnumerateArray());
        Assert.Equal(holderId, owner.GetProperty("processId").GetInt32());
        Assert.Equal("holder", owner.GetProperty("name").GetString());
        Assert.EndsWith("/holder", owner.GetProperty("path").GetString(), StringComparison.Ordinal);
        Assert.Equal("addressInUse", held.Json().GetProperty("probe").GetProperty("outcome").GetString());
        Assert.Equal("EADDRINUSE", held.Json().GetProperty("probe").GetProperty("nativeError").GetString());
        Assert.NotEmpty(held.Json().GetProperty("findings").EnumerateArray());
        Assert.Equal(1, text.Status);
        Assert.Contains("holder", text.Output, StringComparison.Ordinal);
        Assert.Contains(holderId.ToString(CultureInfo.InvariantCulture), text.Output, StringComparison.Ordinal);
        Assert.True(free.Status == 0, $"{situation}, afterwards: {free}");
    }

    /// <summary>The holder's .NET sets SO_REUSEADDR by itself, which no table of the kernel shows.</summary>
    [Fact]
    [Trait("Privilege", "Root")]
    public void Bind_SocketOptionsAskedFor_IsCertainBesideAnotherProcess()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "needs Linux, and root, to ask another process's socket");
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("holder", "bound", new IPEndPoint(IPAddress.Loopback, port));
        string[] question = ["bind", $"tcp/127.0.0.1:{port}", "--reuse-address", "--no-probe", "--json"];

        JsonElement guessed = ServaDiag.Run(question).Json().GetProperty("prediction");
        JsonElement asked = ServaDiag.Run([.. question, "--socket-options"]).Json().GetProperty("prediction");

        Assert.Equal("likely", guessed.GetProperty("certainty").GetString());
        Assert.Equal(("success", "certain"), (asked.GetProperty("outcome").GetString(), asked.GetProperty("certainty").GetString()));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
    }

    /// <summary>A port that the system gave: IP_LOCAL_PORT_RANGE counts only inside the system's own range.</summary>
    [Fact]
    public void Bind_AutomaticPortFromATakenRange_Fails()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(6, 3), "needs Linux 6.3, which has IP_LOCAL_PORT_RANGE");
        using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        int port = ((IPEndPoint)holder.LocalEndPoint!).Port;

        CommandResult taken = ServaDiag.Run("bind", "tcp/127.0.0.1:0", "--automatic-ports", $"{port}-{port}", "--json");
        CommandResult wrong = ServaDiag.Run("bind", "tcp/127.0.0.1:0", "--automatic-ports", "many");

        Assert.Equal(1, taken.Status);
        Assert.Equal("addressInUse", taken.Json().GetProperty("prediction").GetProperty("outcome").GetString());
        Assert.Equal("addressInUse", taken.Json().GetProperty("probe").GetProperty("outcome").GetString());
        Assert.Equal(2, wrong.Status);
        Assert.Contains("--automatic-ports needs FIRST-LAST", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Privilege", "Root")]
    public void Bind_HolderOfAnotherUser_ConflictIsCertainAndTheOwnerSaidToBeHidden()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && System.IO.File.Exists("/usr/bin/setpriv"), "needs root, to ask as an ordinary user, and setpriv");
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("holder", "udp", new IPEndPoint(IPAddress.Loopback, port));

        CommandResult json = ServaDiag.RunAsNobody("bind", $"udp/127.0.0.1:{port}", "--json");
        CommandResult text = ServaDiag.RunAsNobody("bind", $"udp/127.0.0.1:{port}");

        Assert.Equal(1, json.Status);
        JsonElement prediction = json.Json().GetProperty("prediction");
        Assert.Equal("addressInUse", prediction.GetProperty("outcome").GetString());
        Assert.Equal("certain", prediction.GetProperty("certainty").GetString());
        JsonElement conflict = Assert.Single(prediction.GetProperty("conflicts").EnumerateArray());
        Assert.Empty(conflict.GetProperty("owners").EnumerateArray());
        Assert.Equal("needsElevation", conflict.GetProperty("ownerMissingBecause").GetString());
        Assert.Equal(1, text.Status);
        Assert.Contains("without elevation", text.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--reuse-address")]
    [InlineData("--reuse-port")]
    public void Bind_BesideASocketThatShares_SaysSoAndIsAProblem(string option)
    {
        int port = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("holder", "udp-reuse", new IPEndPoint(IPAddress.Any, port));

        CommandResult json = ServaDiag.Run("bind", $"udp/0.0.0.0:{port}", option, "--probe", "full", "--json");

        Assert.Equal(1, json.Status);
        Assert.Equal("success", json.Json().GetProperty("probe").GetProperty("outcome").GetString());
        Assert.Equal("shared", json.Json().GetProperty("state").GetString());
        JsonElement finding = Assert.Single(json.Json().GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("id").GetString() == "SD1013");
        Assert.Contains($"holder (PID {holder.ProcessId}", finding.GetProperty("summary").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp/[fe80::1]:8097", "the address is link-local: name the interface, for example [fe80::1%")]
    [InlineData("tcp/[::ffff:127.0.0.1]:8097", "the address is IPv4-mapped, and the socket serves IPv6 alone: set --dual-mode")]
    [InlineData("udp/0.0.0.0:0", "udp 0.0.0.0:0: a free port will be given")]
    public void Bind_NeedsAnExplanation_ItStandsInTheSentence(string endpoint, string reason)
    {
        string sentence = ServaDiag.Run("bind", endpoint, "--json").Json().GetProperty("sentence").GetString()!;

        Assert.Contains(reason, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_ZoneByName_IsThatInterface()
    {
        CommandResult one = ServaDiag.Run("bind", "udp/[fe80::1%lo]:8097", "--no-probe", "--json");
        CommandResult batch = ServaDiag.RunWith("udp/[fe80::1%lo]:8097 --no-probe\nudp/[fe80::1%1]:8097 --no-probe\n", "bind", "--batch", "-");

        Assert.Equal("udp/[fe80::1%1]:8097", one.Json().GetProperty("request").GetString());
        string[] lines = batch.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(lines[1], lines[0]);
    }

    [Fact]
    public void Bind_EveryWayOfAsking_SameCertainty()
    {
        string endpoint = $"tcp/127.0.0.1:{SocketHolder.FreePort()}";

        JsonElement one = ServaDiag.Run("bind", endpoint, "--no-probe", "--json").Json().GetProperty("prediction");
        JsonElement doctor = ServaDiag.Run("doctor", endpoint, "--no-probe", "--json").Json().GetProperty("services")[0].GetProperty("bind");
        JsonElement batch = JsonDocument.Parse(ServaDiag.RunWith(endpoint + "\n", "bind", "--batch", "-", "--no-probe").Output).RootElement.GetProperty("prediction");

        foreach (JsonElement other in (JsonElement[])[doctor, batch])
        {
            Assert.Equal(one.GetProperty("certainty").GetString(), other.GetProperty("certainty").GetString());
            Assert.Equal(one.GetProperty("unseen").GetRawText(), other.GetProperty("unseen").GetRawText());
        }
    }

    [Fact]
    public void Bind_ForeignAddress_NotAvailable()
    {
        // TEST-NET-3 of RFC 5737 is on no host.
        CommandResult result = ServaDiag.Run("bind", "tcp/203.0.113.77:8080", "--json");

        Assert.Equal(1, result.Status);
        Assert.Equal("addressNotAvailable", result.Json().GetProperty("prediction").GetProperty("outcome").GetString());
        Assert.Equal("EADDRNOTAVAIL", result.Json().GetProperty("prediction").GetProperty("nativeError").GetString());
        Assert.Equal("addressNotAvailable", result.Json().GetProperty("probe").GetProperty("outcome").GetString());
    }

    [Fact]
    public void Bind_NoProbe_SaysThatNothingWasTried()
    {
        CommandResult result = ServaDiag.Run("bind", $"udp/127.0.0.1:{SocketHolder.FreePort()}", "--no-probe", "--json");

        Assert.Equal(0, result.Status);
        Assert.Equal("notTried", result.Json().GetProperty("probe").GetProperty("outcome").GetString());
    }

    [Fact]
    public void Bind_EndedConnectionWithoutReuse_TrialDecidesStatusAndFinding()
    {
        int port = EndAConnection();

        CommandResult json = ServaDiag.Run("bind", $"tcp/127.0.0.1:{port}", "--like", "dotnet", "--json");
        CommandResult doctor = ServaDiag.Run("doctor", $"tcp/127.0.0.1:{port}");

        Assert.Equal("addressInUse", json.Json().GetProperty("probe").GetProperty("outcome").GetString());
        Assert.Equal(1, json.Status);
        Assert.Equal("SD1011", Assert.Single(json.Json().GetProperty("findings").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(1, doctor.Status);
        Assert.Contains("SD1011", doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_HolderThatShares_FullTrialSucceedsAndSharingIsFound()
    {
        using Socket holder = Bound(SocketType.Dgram, ProtocolType.Udp, reuseAddress: true);
        int port = ((IPEndPoint)holder.LocalEndPoint!).Port;

        CommandResult result = ServaDiag.Run("bind", $"udp/127.0.0.1:{port}", "--reuse-address", "--probe", "full", "--json");

        Assert.Equal("success", result.Json().GetProperty("probe").GetProperty("outcome").GetString());
        Assert.Equal(1, result.Status);
        Assert.Equal("SD1013", Assert.Single(result.Json().GetProperty("findings").EnumerateArray()).GetProperty("id").GetString());
    }

    /// <summary>Leaves a connection in TIME_WAIT whose socket did not set SO_REUSEADDR; answers its local port.</summary>
    private static int EndAConnection()
    {
        using Socket listener = Bound(SocketType.Stream, ProtocolType.Tcp, reuseAddress: false);
        listener.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket accepted = listener.Accept();
        // Who closes first keeps the TIME_WAIT.
        accepted.Shutdown(SocketShutdown.Both);
        accepted.Close();
        client.Receive(new byte[1]);
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private static Socket Bound(SocketType type, ProtocolType protocol, bool reuseAddress)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        if (reuseAddress)
            socket.SetRawSocketOption(1, 2, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        // .NET sets SO_REUSEADDR by itself when it binds TCP; the connections take over what the listener has then.
        if (!reuseAddress)
            socket.SetRawSocketOption(1, 2, BitConverter.GetBytes(0));
        return socket;
    }

    [Fact]
    public void Bind_LikeDotNet_SetsReuseAddressForTcp()
    {
        CommandResult result = ServaDiag.Run("bind", $"tcp/127.0.0.1:{SocketHolder.FreePort()}", "--like", "dotnet", "--json");

        Assert.Equal(0, result.Status);
        Assert.Contains("--reuse-address", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_GoodAndBadLines_OneAnswerEachInOrder()
    {
        int held = SocketHolder.FreePort();
        int free = SocketHolder.FreePort();
        using SocketHolder holder = SocketHolder.Holding("holder", "udp", new IPEndPoint(IPAddress.Loopback, held));
        string input = string.Join('\n',
        [
            $"udp/127.0.0.1:{held}",
            "nonsense",
            "",
            $"udp/127.0.0.1:{free} --reuse-address",
            "tcp/127.0.0.1:1 --like ruby",
            "tcp/" + new string('9', 10_000),
            $"tcp/127.0.0.1:{free} --like dotnet --no-probe\r",
            "tcp/127.0.0.1:70000",
            $"udp/127.0.0.1:{held} --no-probe",
        ]);

        CommandResult result = ServaDiag.RunWith(input, "bind", "--batch", "-");

        Assert.Equal(2, result.Status);
        JsonElement[] answers = [.. result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(9, answers.Length);
        Assert.Equal(
            ["addressInUse", "error 2", "error 3", "success", "error 5", "error 6", "success", "error 8", "addressInUse"],
            answers.Select(Summarize));
        Assert.Equal(1, Position(answers[1]));
        Assert.Equal(24, Position(answers[4]));
        Assert.Equal(15, Position(answers[7]));
        Assert.All(
            answers.Where(a => a.TryGetProperty("error", out _)),
            a => Assert.NotEqual("", a.GetProperty("error").GetProperty("message").GetString()));

        static int Position(JsonElement answer) => answer.GetProperty("error").GetProperty("position").GetInt32();
        static string Summarize(JsonElement answer) => answer.TryGetProperty("error", out JsonElement error)
            ? $"error {error.GetProperty("line").GetInt32()}"
            : answer.GetProperty("prediction").GetProperty("outcome").GetString()!;
    }

    [Fact]
    public void Batch_GoodLinesOnly_StatusZeroEvenWhenABindFails()
    {
        using var scratch = new ScratchDirectory();
        System.IO.File.WriteAllText(scratch["batch.txt"], "tcp/203.0.113.77:8080\n");

        CommandResult result = ServaDiag.Run("bind", "--batch", scratch["batch.txt"]);

        Assert.Equal(0, result.Status);
        Assert.Single(result.Output.TrimEnd('\n').Split('\n'));
        Assert.Equal("addressNotAvailable", result.Json().GetProperty("prediction").GetProperty("outcome").GetString());
    }

    [Fact]
    public void Batch_Empty_NothingAndStatusZero()
    {
        CommandResult result = ServaDiag.RunWith("", "bind", "--batch", "-");

        Assert.Equal(0, result.Status);
        Assert.Equal("", result.Output);
    }
}
