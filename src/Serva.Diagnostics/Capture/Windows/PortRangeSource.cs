using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Threading;
using System.Threading.Tasks;
using Serva.Diagnostics.Formats.Netsh;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Reads the excluded and dynamic port ranges from netsh, because no documented function gives them: eight questions,
/// asked at once, with fixed arguments, without a shell, each answer bounded in time and size. Needs no privilege.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class PortRangeSource
{
    private const string Source = "netsh interface show excludedportrange, show dynamicport";
    private const int LargestAnswer = 4 * 1024 * 1024;

    public static async Task<Table<PortRangeRow>> ReadAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        string netsh = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.System), "netsh.exe");
        if (!File.Exists(netsh))
            return Table<PortRangeRow>.Unavailable(Source, $"{netsh} does not exist");

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        (NetshPortTable Table, string Arguments)[] questions = [.. Questions()];
        (List<PortRangeRow> Rows, string? Reason)[] answers =
            await Task.WhenAll(questions.Select(question => AskAsync(netsh, question, deadline.Token))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();

        ImmutableArray<PortRangeRow> rows = [.. answers.SelectMany(answer => answer.Rows)];
        ImmutableArray<TableGap> gaps =
        [
            .. questions.Zip(answers)
                .Where(pair => pair.Second.Reason is not null)
                .Select(pair => new TableGap { Part = PartOf(pair.First.Table), Reason = pair.Second.Reason! }),
        ];
        if (gaps.IsEmpty)
            return Table<PortRangeRow>.Complete(rows, Source);
        return gaps.Length == questions.Length && rows.IsEmpty
            ? Table<PortRangeRow>.Unavailable(Source, gaps[0].Reason)
            : Table<PortRangeRow>.Partial(rows, Source, gaps);
    }

    private static IEnumerable<(NetshPortTable, string)> Questions()
    {
        foreach (bool isIPv6 in new[] { false, true })
        {
            foreach (TransportProtocol protocol in new[] { TransportProtocol.Tcp, TransportProtocol.Udp })
            {
                string family = isIPv6 ? "ipv6" : "ipv4";
                string name = NameOf(protocol);
                yield return (
                    new NetshPortTable(PortRangeKind.Excluded, protocol, isIPv6),
                    $"interface {family} show excludedportrange protocol={name}");
                yield return (
                    new NetshPortTable(PortRangeKind.Dynamic, protocol, isIPv6),
                    $"interface {family} show dynamicport {name}");
            }
        }
    }

    private static async Task<(List<PortRangeRow> Rows, string? Reason)> AskAsync(
        string netsh, (NetshPortTable Table, string Arguments) question, CancellationToken deadline)
    {
        var rows = new List<PortRangeRow>();
        ChildAnswer answer = await BoundedChild.RunAsync(netsh, question.Arguments, LargestAnswer, deadline).ConfigureAwait(false);
        if (answer.Output is null)
            return (rows, $"netsh: {answer.Failure}");
        string? reason = NetshPortRanges.Parse(answer.Output, question.Table, rows);
        return (rows, reason is null || answer.ExitCode == 0
            ? reason
            : string.Create(CultureInfo.InvariantCulture, $"{reason}, exit code {answer.ExitCode}"));
    }

    private static string NameOf(TransportProtocol protocol) => protocol == TransportProtocol.Tcp ? "tcp" : "udp";

    private static string PartOf(NetshPortTable table) =>
        $"{(table.Kind == PortRangeKind.Excluded ? "excluded" : "dynamic")} {NameOf(table.Protocol)}{(table.IsIPv6 ? '6' : '4')}";
}
