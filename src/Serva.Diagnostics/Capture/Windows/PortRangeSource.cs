using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
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
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(netsh, question.Arguments)
            {
                UseShellExecute = false,
                CreateNoWindow = true,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            return (rows, string.Create(CultureInfo.InvariantCulture, $"netsh did not start: {error.NativeErrorCode} {error.Message}"));
        }

        try
        {
            // Whatever netsh might ask, it gets no answer.
            process.StandardInput.Close();
            Task<byte[]?> errors = ReadBoundedAsync(process.StandardError.BaseStream, deadline);
            byte[]? answer = await ReadBoundedAsync(process.StandardOutput.BaseStream, deadline).ConfigureAwait(false);
            await errors.ConfigureAwait(false);
            if (answer is null)
                return (rows, $"netsh answered more than {LargestAnswer >> 20} MiB");
            await process.WaitForExitAsync(deadline).ConfigureAwait(false);
            string? reason = NetshPortRanges.Parse(answer, question.Table, rows);
            return (rows, reason is null || process.ExitCode == 0
                ? reason
                : string.Create(CultureInfo.InvariantCulture, $"{reason}, exit code {process.ExitCode}"));
        }
        catch (OperationCanceledException)
        {
            return (rows, "netsh timed out");
        }
        catch (IOException error)
        {
            return (rows, $"netsh's answer could not be read: {error.Message}");
        }
        finally
        {
            End(process);
        }
    }

    private static async Task<byte[]?> ReadBoundedAsync(Stream stream, CancellationToken deadline)
    {
        using var answer = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, deadline).ConfigureAwait(false)) > 0)
        {
            if (answer.Length + read > LargestAnswer)
                return null;
            await answer.WriteAsync(buffer.AsMemory(0, read), deadline).ConfigureAwait(false);
        }

        return answer.ToArray();
    }

    private static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill();
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // It ended by itself in between, or cannot be ended; its answer is not waited for either way.
        }
    }

    private static string NameOf(TransportProtocol protocol) => protocol == TransportProtocol.Tcp ? "tcp" : "udp";

    private static string PartOf(NetshPortTable table) =>
        $"{(table.Kind == PortRangeKind.Excluded ? "excluded" : "dynamic")} {NameOf(table.Protocol)}{(table.IsIPv6 ? '6' : '4')}";
}
