using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1050: ports that a service takes for its transfers lie in a block that a component of Windows has reserved.</summary>
internal sealed class PoolInExcludedRange : KnownIssue
{
    // Docker and Hyper-V take some dozens of blocks.
    private const int MostRanges = 1024;

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1050",
        Title = "Data ports of a service lie in an excluded port range",
        Severity = Severity.Warning,
        Needs = SnapshotTables.PortRanges,
        Platforms = [PlatformFamily.Windows],
        IsAboutBinds = true,
        Grade = SourceGrade.Reported,
        IsExperimental = true,
        References =
        [
            "https://learn.microsoft.com/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang",
            "https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation",
            "https://github.com/docker/for-win/issues/3171",
            "https://www.rfc-editor.org/rfc/rfc1350#section-4",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedPool pool in ExaminedPool.Of(examination))
        {
            ImmutableArray<PortRangeRow> ranges = [.. Stretches(pool, examination.Host).RangesIn(SpanOf(pool)).Distinct().Take(MostRanges + 1)];
            if (!ranges.IsEmpty)
                yield return Find(pool, ranges, examination);
        }
    }

    private static PortStretches Stretches(ExaminedPool pool, HostSnapshot host) => PortRangeIndex.Of(host.PortRanges).Held(pool.Request(pool.Pool.First));

    private static PortSpan SpanOf(ExaminedPool pool) => new(pool.Pool.First, pool.Pool.Last);

    private Finding Find(ExaminedPool pool, ImmutableArray<PortRangeRow> ranges, Examination examination)
    {
        int count = Stretches(pool, examination.Host).CountIn(SpanOf(pool));
        bool isAll = count == pool.Pool.Count;
        string blocks = string.Join(", ", ranges.Take(4).Select(row => $"{Number(row.First)}-{Number(row.Last)}")) + (ranges.Length > MostRanges ? " and many more" : ranges.Length > 4 ? $" and {Number(ranges.Length - 4)} more" : "");
        var remedies = new List<Remedy> { pool.ChooseOthers(examination) };
        if (examination.Host.Services.Coverage != Coverage.Complete || examination.Host.FindService("winnat") is { State: ServiceState.Running })
            remedies.Add(Reserve(pool, ranges));
        return new Finding
        {
            Issue = Info,
            Subject = pool.Subject,
            Summary = $"{(isAll ? "All" : Number(count))} of the {Number(pool.Pool.Count)} data ports of {pool.Name} ({pool.Ports}) lie in port ranges that a component of Windows (Hyper-V, WinNAT, WSL, Docker) keeps for itself ({blocks}): "
                + $"{(isAll ? "no transfer works" : "a transfer that takes one of them fails")}, although nobody holds {(isAll || count > 1 ? "them" : "it")}.",
            SeverityHere = isAll ? Severity.Error : null,
            Certainty = Certainty.Likely,
            Questions = pool.Positions,
            Evidence =
            [
                .. ranges.Take(4).Select(row => new Evidence
                {
                    Table = "portRanges",
                    Text = $"{ExaminedPool.Words(pool.Pool.Protocol, new PortSpan(row.First, row.Last))} is excluded and not marked as administered, so an explicit bind there fails with 10013 WSAEACCES.",
                }),
            ],
            Remedies = [.. remedies],
        };
    }

    private static Remedy Reserve(ExaminedPool pool, ImmutableArray<PortRangeRow> ranges)
    {
        string family = pool.Request(pool.Pool.First).Endpoint.Address.UnmapIPv4().IsIPv6 ? "ipv6" : "ipv4";
        string where = $"protocol={BindRequestText.NameOf(pool.Pool.Protocol)} startport={Number(pool.Pool.First)} numberofports={Number(pool.Pool.Count)} store=persistent";
        return new Remedy
        {
            Summary = $"Reserve the data ports for {pool.Name}: stop WinNAT for a moment, which gives its blocks back, take the ports, and start WinNAT again.",
            Change = ranges.Length > MostRanges ? null : new SeveralChanges { Changes = [.. ranges.Select(row => new ReleasePortRange { Range = row })] },
            Apply = [Cmd("net stop winnat"), Cmd($"netsh interface {family} add excludedportrange {where}"), Cmd("net start winnat")],
            Revert = [Cmd($"netsh interface {family} delete excludedportrange {where}")],
            NeedsElevation = true,
            Risk = RemedyRisk.Medium,
            Consequence = "Containers and virtual machines lose their network while WinNAT is stopped. The command is refused while one of the ports is in use.",
            Recheck = pool.Request(Math.Max(pool.Pool.First, ranges[0].First)),
        };
    }

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
