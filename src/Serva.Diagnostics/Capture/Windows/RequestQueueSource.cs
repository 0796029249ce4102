using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Net.NetworkInformation;
using System.Runtime.Versioning;
using System.Threading;
using System.Threading.Tasks;
using Serva.Diagnostics.Formats.Netsh;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Reads from netsh for whom HTTP.sys listens, because no documented function tells another program: one question with fixed
/// arguments, without a shell, its answer bounded in time and size. Asked only where the kernel listens on a port of TCP.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class RequestQueueSource
{
    private const string Arguments = "http show servicestate view=requestq";
    private const int LargestAnswer = 4 * 1024 * 1024, Kernel = 4;

    /// <summary>Whether HTTP.sys may listen: the kernel does, and not for file sharing.</summary>
    public static bool IsWorthAsking(Table<SocketRow> sockets)
    {
        foreach (SocketRow socket in sockets)
        {
            if (socket is { Protocol: TransportProtocol.Tcp, State: TcpState.Listen, Owners: [{ ProcessId: Kernel }], Local.Port: not (139 or 445) })
                return true;
        }

        return false;
    }

    /// <summary>The URLs as settings, and why there are none.</summary>
    public static async Task<(ImmutableArray<SettingRow> Rows, string? Reason)> ReadAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        string netsh = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.System), "netsh.exe");
        if (!File.Exists(netsh))
            return ([], $"{netsh} does not exist");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        ChildAnswer answer = await BoundedChild.RunAsync(netsh, Arguments, LargestAnswer, deadline.Token).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (answer.Output is null)
            return ([], $"netsh: {answer.Failure}");
        var rows = new List<SettingRow>();
        string? reason = NetshRequestQueues.Parse(answer.Output, rows);
        return ([.. rows], reason);
    }

    /// <summary>The settings with the URLs; a gap where netsh did not tell.</summary>
    public static Table<SettingRow> AddTo(Table<SettingRow> settings, ImmutableArray<SettingRow> rows, string? reason)
    {
        string source = $"{settings.Source}, netsh {Arguments}";
        ImmutableArray<SettingRow> all = [.. settings, .. rows];
        ImmutableArray<TableGap> gaps = reason is null ? settings.Gaps : [.. settings.Gaps, new TableGap { Part = "http.sys", Reason = reason }];
        return gaps.IsEmpty ? Table<SettingRow>.Complete(all, source) : Table<SettingRow>.Partial(all, source, gaps);
    }
}
