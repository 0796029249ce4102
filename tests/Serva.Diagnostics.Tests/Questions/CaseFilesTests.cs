using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Conventions;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class CaseFilesTests
{
    /// <summary>A file of version 1 with a row in every table and every member that version 1 had. It is never changed.</summary>
    [Fact]
    public void FromJson_FileOfVersion1_ReadsForEver()
    {
        using FileStream stream = File.OpenRead(Path.Combine(Repository.Tests, "Fixtures", "case-version-1.json"));

        DiagnosticCase read = DiagnosticCase.FromJson(stream);

        HostSnapshot host = read.Host;
        SocketRow socket = Assert.Single(host.Sockets);
        Assert.Equal(NetEndpoint.Parse("[fe80::659a:b15b:1199:88c9%16]:58095"), socket.Local);
        Assert.Equal(ulong.MaxValue, socket.Inode);
        Assert.Equal(OwnerGap.OtherProcessNamespace, socket.OwnerMissingBecause);
        Assert.Equal(134224868, Assert.Single(socket.Owners).ProcessId);
        Assert.Equal(
            (1, 1, 1, 1, 1, 1, 1, 1, 1),
            (host.Processes.Count, host.Interfaces.Count, host.Addresses.Count, host.Routes.Count, host.RoutingRules.Count, host.PortRanges.Count,
                host.Settings.Count, host.Services.Count, host.Updates.Count));
        Assert.Single(Assert.Single(read.Profile!.Services).Binds);
        Assert.NotNull(Assert.Single(read.Questions).Bind!.Asker);
    }

    [Fact]
    public void FromJson_FileOfVersion1_LosesNothing()
    {
        string json = File.ReadAllText(Path.Combine(Repository.Tests, "Fixtures", "case-version-1.json"));

        using JsonDocument before = JsonDocument.Parse(json), after = JsonDocument.Parse(DiagnosticCase.FromJson(json).ToJson());

        Assert.Empty(Leaves(before.RootElement, "$").Except(Leaves(after.RootElement, "$")));
    }

    [Fact]
    public void Docs_ExampleCase_ReadsAsItSays()
    {
        DiagnosticCase read = DiagnosticCase.FromJson(Regex.Match(Docs(), "```json\n(.*?)```", RegexOptions.Singleline).Groups[1].Value);

        Assert.True(read.Host.Sockets.Covers(TransportProtocol.Udp, 123));
        Assert.False(read.Host.Sockets.Covers(TransportProtocol.Tcp, 123));
        Assert.Equal("W32Time", read.Host.Sockets[0].Owners[0].Services[0]);
        Assert.Equal(Coverage.Unavailable, read.Host.Updates.Coverage);
        Assert.Equal(Coverage.NotRequested, read.Host.Routes.Coverage);
        Assert.Equal(read.Profile!.Services[0].Binds[0], read.Questions[0].Bind);
    }

    [Fact]
    public void Docs_TablesAndLimits_AreThoseOfTheCode()
    {
        string docs = Docs();
        string[] tables = [.. typeof(HostSnapshot).GetProperties().Where(p => p.PropertyType.Name == "Table`1").Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name))];

        Assert.All(tables, table => Assert.Contains($"\n| `{table}` |", docs, StringComparison.Ordinal));
        Assert.Equal((256 << 20, 64, 2_000_000, 4_000_000, 64 << 10), (CaseLimits.Default.Bytes, CaseLimits.Default.Depth, CaseLimits.Default.Rows, CaseLimits.Default.ListElements, CaseLimits.Default.TextBytes));
        Assert.Contains("| rows of all tables together | 2,000,000 |", docs, StringComparison.Ordinal);
    }

    private static string Docs() => File.ReadAllText(Path.Combine(Repository.Root, "docs", "case.md"), Encoding.UTF8).ReplaceLineEndings("\n");

    private static string[] Leaves(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object => [.. element.EnumerateObject().SelectMany(member => Leaves(member.Value, $"{path}.{member.Name}"))],
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany((item, i) => Leaves(item, $"{path}[{i}]"))],
        _ => [$"{path}={element}"],
    };
}
