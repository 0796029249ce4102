using System;
using System.Net.NetworkInformation;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Reports;

public sealed class SocketReportTests
{
    private static readonly DateTimeOffset s_at = new(2024, 5, 1, 12, 30, 1, 250, TimeSpan.FromHours(2));

    private static readonly SocketRow s_listener = new()
    {
        Protocol = TransportProtocol.Tcp,
        Local = NetEndpoint.Parse("0.0.0.0:8080"),
        State = TcpState.Listen,
        Owners = [new ProcessRow { ProcessId = 4711, Name = "nginx", Unit = "nginx.service", User = "www-data" }],
    };

    [Fact]
    public void ToTextLine_ChangesOfEveryKind_StandUnderTheHeader()
    {
        SocketChange[] changes =
        [
            new() { Kind = SocketChangeKind.Present, Row = s_listener, At = s_at },
            new() { Kind = SocketChangeKind.Appeared, Row = s_listener, At = s_at },
            new() { Kind = SocketChangeKind.Changed, Row = s_listener, Previous = s_listener with { State = TcpState.Closed, Owners = [] }, At = s_at },
            new() { Kind = SocketChangeKind.Gone, Row = s_listener, At = s_at },
            new() { Kind = SocketChangeKind.NotRead, Reason = "udp6: timed\nout", At = s_at },
            new() { Kind = SocketChangeKind.Undetermined, Row = s_listener, Reason = "udp6: timed out", At = s_at },
        ];

        Assert.Equal(
            """
            TIME           PROTO  LOCAL                  REMOTE                 STATE        PID      PROCESS          SERVICE OR UNIT       USER
            12:30:01.250 = tcp    0.0.0.0:8080           *                      LISTEN       4711     nginx            nginx.service         www-data
            12:30:01.250 + tcp    0.0.0.0:8080           *                      LISTEN       4711     nginx            nginx.service         www-data
            12:30:01.250 ~ tcp    0.0.0.0:8080           *                      LISTEN       4711     nginx            nginx.service         www-data  (was BOUND)
            12:30:01.250 - tcp    0.0.0.0:8080           *                      LISTEN       4711     nginx            nginx.service         www-data
            12:30:01.250 ! udp6: timed\u000Aout
            12:30:01.250 ? tcp    0.0.0.0:8080           *                      LISTEN       4711     nginx            nginx.service         www-data  udp6: timed out
            """,
            string.Join('\n', [SocketReport.ToTextHeader(), .. Array.ConvertAll(changes, SocketReport.ToTextLine)]));
    }

    [Fact]
    public void ToJsonLine_Change_OneLineWithBothSockets()
    {
        string line = SocketReport.ToJsonLine(
            new SocketChange { Kind = SocketChangeKind.Changed, Row = s_listener, Previous = s_listener with { State = TcpState.Closed }, At = s_at });
        JsonElement json = JsonDocument.Parse(line).RootElement;

        Assert.DoesNotContain('\n', line);
        Assert.StartsWith("""{"formatVersion":1,"kind":"changed","at":"2024-05-01T12:30:01.25+02:00","socket":{""", line, StringComparison.Ordinal);
        Assert.Equal("listen", json.GetProperty("socket").GetProperty("state").GetString());
        Assert.Equal("closed", json.GetProperty("previous").GetProperty("state").GetString());
        Assert.False(json.TryGetProperty("reason", out _));
    }
}
