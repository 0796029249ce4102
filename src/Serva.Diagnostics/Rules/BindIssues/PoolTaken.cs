using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1051: ports that a service takes for its transfers are held by others, or are among those that the system hands out.</summary>
internal sealed class PoolTaken : KnownIssue
{
    private const string Reserved = "net.ipv4.ip_local_reserved_ports";
    private const string DnsExcluded = @"HKLM\SYSTEM\CurrentControlSet\Services\DNS\Parameters\SocketPoolExcludedPortRanges";

    // A prediction costs some microseconds; of a pool with more held ports the rest is not counted.
    private const int MostPorts = 8192;

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1051",
        Title = "Data ports of a service are held by others, or handed out by the system",
        Severity = Severity.Warning,
        Needs = SnapshotTables.Sockets | SnapshotTables.PortRanges,
        IsAboutBinds = true,
        Grade = SourceGrade.Documented,
        References =
        [
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
            "https://learn.microsoft.com/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang",
            "https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/ee649174(v=ws.10)",
            "https://www.rfc-editor.org/rfc/rfc6335#section-6",
            "https://www.rfc-editor.org/rfc/rfc1350#section-4",
        ],
    };

    /// <inheritdoc/>
    public override string? CannotJudge(Examination examination)
    {
        foreach (ExaminedPool pool in ExaminedPool.Of(examination))
        {
            foreach (int port in (int[])[pool.Pool.First, pool.Pool.Last])
            {
                if (SocketSights.Of(examination.Host.Sockets, pool.Request(port), out string? unseen) == SocketSight.Blind)
                    return unseen;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        foreach (ExaminedPool pool in ExaminedPool.Of(examination))
        {
            var taken = TakenPorts.Of(pool, examination);
            PortSpan automatic = examination.Binds.AutomaticRange(pool.Request(pool.Pool.First), out bool isKnown);
            int handedOut = HandedOut(pool, automatic, examination.Host);
            if (taken.Count > 0 || handedOut > 0)
                yield return Find(pool, taken, handedOut, automatic, isKnown, examination);
        }
    }

    /// <summary>How many ports of the pool the system hands out: those that somebody reserved or excluded it does not.</summary>
    private static int HandedOut(ExaminedPool pool, PortSpan automatic, HostSnapshot host)
    {
        var both = new PortSpan(Math.Max(pool.Pool.First, automatic.First), Math.Min(pool.Pool.Last, automatic.Last));
        return both.Count == 0 ? 0 : both.Count - PortRangeIndex.Of(host.PortRanges).Kept(pool.Pool.Protocol).CountIn(both);
    }

    private Finding Find(ExaminedPool pool, TakenPorts taken, int handedOut, PortSpan automatic, bool isKnown, Examination examination)
    {
        bool isAll = taken.Count == pool.Pool.Count;
        string among = $"the automatic ports ({Number(automatic.First)}-{Number(automatic.Last)})";
        var summary = new List<string>();
        if (taken.Count > 0)
        {
            summary.Add($"{(isAll ? "All" : taken.IsCut ? $"At least {Number(taken.Count)}" : Number(taken.Count))} of the {Number(pool.Pool.Count)} data ports of {pool.Name} ({pool.Ports}) {(taken.Count == 1 && !isAll ? "is" : "are")} held by {taken.Words}: "
                + $"{(isAll ? "no transfer works" : "a transfer that takes one of them fails")}.");
        }

        if (handedOut > 0)
        {
            bool isPart = handedOut < pool.Pool.Count;
            summary.Add(taken.Count > 0
                ? $"{(isPart ? $"{Number(handedOut)} of them lie" : "They lie")} among {among}, which the system hands out to any program."
                : $"{(isPart ? $"{Number(handedOut)} of the" : "The")} {(isPart ? $"{Number(pool.Pool.Count)} " : "")}data ports of {pool.Name} ({pool.Ports}) lie among {among}: the system hands them out to any program, so that a transfer may find one taken.");
        }

        return new Finding
        {
            Issue = Info,
            Subject = pool.Subject,
            Summary = string.Join(' ', summary),
            SeverityHere = isAll ? Severity.Error : taken.Count == 0 ? Severity.Note : null,
            Certainty = taken.IsCertain && (handedOut == 0 || isKnown) ? Certainty.Certain : Certainty.Likely,
            Questions = pool.Positions,
            Evidence = [.. taken.Evidence, .. handedOut == 0 ? ImmutableArray<Evidence>.Empty : [new Evidence { Table = "portRanges", Text = isKnown ? $"The system hands out {Number(automatic.First)} to {Number(automatic.Last)}." : $"The range of automatic ports was not captured; the system's default is {Number(automatic.First)} to {Number(automatic.Last)}." }]],
            Remedies = [.. Remedies(pool, taken, handedOut, automatic, examination)],
        };
    }

    private static IEnumerable<Remedy> Remedies(ExaminedPool pool, TakenPorts taken, int handedOut, PortSpan automatic, Examination examination)
    {
        yield return pool.ChooseOthers(examination);
        if (taken.HasDnsServer && LeaveToOthers(pool, examination.Host) is { } leave)
            yield return leave;
        if (handedOut > 0 && Keep(pool, taken, automatic, examination.Host) is { } keep)
            yield return keep;
    }

    /// <summary>The DNS Server role opens its socket pool when it starts, and leaves out what it is told to.</summary>
    private static Remedy? LeaveToOthers(ExaminedPool pool, HostSnapshot host)
    {
        string? old = host.FindSetting(DnsExcluded);
        if ((old is null && !host.LacksSetting(DnsExcluded)) || ServiceStop.OnWindows("DNS", host) is not { Refusal: null } service)
            return null;
        string ports = $"{Number(pool.Pool.First)}-{Number(pool.Pool.Last)}";
        // The ranges stand in commands: nothing but digits, dashes and blanks is repeated.
        if (old is not null && old.Any(letter => !char.IsAsciiDigit(letter) && letter is not ('-' or ' ')))
            return null;
        string all = string.IsNullOrEmpty(old) ? ports : $"{old} {ports}";
        const string key = @"HKLM\SYSTEM\CurrentControlSet\Services\DNS\Parameters";
        return new Remedy
        {
            Summary = $"Let the DNS server leave {ExaminedPool.Words(pool.Pool.Protocol, new PortSpan(pool.Pool.First, pool.Pool.Last))} out of its socket pool, and start it again.",
            Apply = [Cmd($"dnscmd /Config /SocketPoolExcludedPortRanges {all}"), .. service.Stop, .. service.Start],
            Revert =
            [
                Cmd(string.IsNullOrEmpty(old) ? $"reg delete {key} /v SocketPoolExcludedPortRanges /f" : $"dnscmd /Config /SocketPoolExcludedPortRanges {old}"),
                .. service.Stop, .. service.Start,
            ],
            NeedsElevation = true,
            Risk = RemedyRisk.High,
            Consequence = service.Sentence("Clients of the DNS server resolve nothing while it starts; on a domain controller the domain depends on it."),
            Recheck = pool.Request(pool.Pool.First),
        };
    }

    private static Remedy? Keep(ExaminedPool pool, TakenPorts taken, PortSpan automatic, HostSnapshot host)
    {
        var change = new ReservePortRange
        {
            Range = new PortRangeRow
            {
                Kind = host.Platform.Family == PlatformFamily.Windows ? PortRangeKind.Excluded : PortRangeKind.Reserved,
                Protocol = host.Platform.Family == PlatformFamily.Windows ? pool.Pool.Protocol : null,
                First = pool.Pool.First,
                Last = pool.Pool.Last,
                IsAdministered = host.Platform.Family == PlatformFamily.Windows,
            },
        };
        string ports = pool.Pool.Count == 1 ? Number(pool.Pool.First) : $"{Number(pool.Pool.First)}-{Number(pool.Pool.Last)}";
        if (host.Platform.Family == PlatformFamily.Linux)
        {
            return host.FindSetting(Reserved) is { } old
                && CommandText.Sh($"{Reserved}={old}") is { } before
                && CommandText.Sh($"{Reserved}={(old.Length == 0 ? "" : old + ",")}{ports}") is { } now
                ? Kept(CommandShell.Sh, $"sysctl -w {now}", $"sysctl -w {before}", "It is gone after a restart; write it into a file in /etc/sysctl.d to keep it. Who has such a port already keeps it.")
                : null;
        }

        // Windows refuses to exclude a port that somebody has.
        if (host.Platform.Family != PlatformFamily.Windows || taken.Count > 0)
            return null;
        string family = pool.Request(pool.Pool.First).Endpoint.Address.UnmapIPv4().IsIPv6 ? "ipv6" : "ipv4";
        string what = $"excludedportrange protocol={BindRequestText.NameOf(pool.Pool.Protocol)} startport={Number(pool.Pool.First)} numberofports={Number(pool.Pool.Count)} store=persistent";
        return Kept(CommandShell.Cmd, $"netsh int {family} add {what}", $"netsh int {family} delete {what}", "It is refused while one of the ports is in use, and programs that ask for automatic ports get fewer.");

        Remedy Kept(CommandShell shell, string apply, string revert, string mind) => new()
        {
            Summary = $"Keep the data ports out of what the system hands out ({Number(automatic.First)}-{Number(automatic.Last)}); binding them on purpose still works.",
            Change = taken.Count == 0 ? change : null,
            Apply = [new RemedyCommand { Shell = shell, Text = apply }],
            Revert = [new RemedyCommand { Shell = shell, Text = revert }],
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = mind,
            Recheck = pool.Request(pool.Pool.First),
        };
    }

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The ports of a pool that others hold.</summary>
    private sealed class TakenPorts
    {
        private readonly Dictionary<string, (string Description, int Ports, SocketRow First)> _holders = [];
        private readonly PlatformFamily _family;

        private TakenPorts(PlatformFamily family) => _family = family;

        /// <summary>How many ports.</summary>
        public int Count { get; private set; }

        /// <summary>Whether more ports were in use than were looked at.</summary>
        public bool IsCut { get; private set; }

        /// <summary>Whether each of them is certainly in the way.</summary>
        public bool IsCertain { get; private set; } = true;

        /// <summary>Whether Microsoft's DNS server is among the holders.</summary>
        public bool HasDnsServer { get; private set; }

        /// <summary>Who holds them, the one with the most ports first.</summary>
        public string Words
        {
            get
            {
                (string Description, int Ports, SocketRow First)[] holders = [.. Holders];
                if (holders.Length == 1)
                    return holders[0].Description;
                return $"others, {Number(holders[0].Ports)} of them by {holders[0].Description}";
            }
        }

        /// <summary>One socket of each of the holders with the most ports.</summary>
        public IEnumerable<Evidence> Evidence => Holders.Take(3).Select(holder => new Evidence
        {
            Table = "sockets",
            Text = $"{holder.Description} holds {Number(holder.Ports)} {(holder.Ports == 1 ? "port" : "ports")} of the pool, {(holder.Ports == 1 ? "" : "among them ")}{HolderWords.Place(holder.First.Protocol, holder.First.Local)}.",
        });

        private IEnumerable<(string Description, int Ports, SocketRow First)> Holders => _holders.Values.OrderByDescending(holder => holder.Ports).ThenBy(holder => holder.First.Local.Port);

        public static TakenPorts Of(ExaminedPool pool, Examination examination)
        {
            var taken = new TakenPorts(examination.Host.Platform.Family);
            var ports = new SortedSet<int>();
            foreach (ref readonly SocketRow socket in examination.Host.Sockets.AsSpan())
            {
                if (socket.Protocol == pool.Pool.Protocol && pool.Pool.Contains(socket.Local.Port))
                    ports.Add(socket.Local.Port);
            }

            taken.IsCut = ports.Count > MostPorts;
            foreach (int port in ports.Take(MostPorts))
                taken.Look(examination.Binds.Predict(pool.Request(port)), examination);
            return taken;
        }

        private void Look(BindPrediction prediction, Examination examination)
        {
            // Connections that have just ended let go by themselves; of a socket whose owner is not seen the server may be the owner.
            SocketRow? holder = null;
            foreach (BindConflict conflict in prediction.Outcome == BindOutcome.Success ? [] : prediction.Conflicts)
            {
                if (conflict.Socket.Owners.Any(owner => examination.Server?.Matches(owner) == true))
                    return;
                if (conflict.Socket.State != TcpState.TimeWait && !(conflict.Socket.Owners.IsEmpty && Holder.MayBeServer(conflict.Socket, examination)))
                    holder ??= conflict.Socket;
            }

            if (holder is not { } socket)
                return;
            Count++;
            // Beside a connection a server that sets SO_REUSEADDR on its data ports may be let in, and nobody sees whether it does.
            IsCertain &= prediction.Certainty == Certainty.Certain && Holder.IsHolder(socket);
            ProcessRow? main = HolderWords.Main(socket.Owners);
            HasDnsServer |= _family == PlatformFamily.Windows && main is not null && (main.Services.Contains("DNS", StringComparer.OrdinalIgnoreCase) || string.Equals(main.Name, "dns.exe", StringComparison.OrdinalIgnoreCase));
            string description = HolderWords.Describe(socket, _family);
            _holders[description] = _holders.TryGetValue(description, out var seen) ? (description, seen.Ports + 1, seen.First) : (description, 1, socket);
        }
    }
}
