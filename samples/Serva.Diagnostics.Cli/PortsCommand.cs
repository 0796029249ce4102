using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using System.Threading.Tasks;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Cli;

/// <summary><c>ports</c>: the socket table with owners.</summary>
internal static class PortsCommand
{
    public static Command Create(CommandStreams streams)
    {
        var tcp = new Option<bool>("--tcp") { Description = "Only TCP (with --udp: both)." };
        var udp = new Option<bool>("--udp") { Description = "Only UDP (with --tcp: both)." };
        var listening = new Option<bool>("--listening") { Description = "Only sockets that wait for peers." };
        var port = new Option<int?>("--port") { Description = "Only this local port.", HelpName = "N", CustomParser = parsed => Number(parsed, "--port", 65535) };
        var pid = new Option<int?>("--pid") { Description = "Only sockets of this process.", HelpName = "N", CustomParser = parsed => Number(parsed, "--pid", int.MaxValue) };
        var process = new Option<string?>("--process") { Description = "Only sockets of processes with this name.", HelpName = "NAME" };
        var watch = new Option<double?>("--watch")
        {
            Description = "Go on: print what is there, then every change, a line each; with --json one object per line. Looks every second, or as said.",
            HelpName = "SECONDS",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = Seconds,
        };
        var netns = new Option<string?>("--netns") { Description = "The sockets of another network namespace: a name of 'ip netns', or of a process. Linux, as root.", HelpName = "NAME|PID" };
        var allOwners = new Option<bool>("--all-owners") { Description = "With --port: find every process that holds a socket, not only one." };
        Option<bool> json = SharedOptions.Json();
        Option<string> file = SharedOptions.Case();
        var command = new ExampledCommand("ports", "The sockets of this machine with process, service or unit, and user.")
        {
            Examples =
            [
                ("--listening", "who serves what"),
                ("--udp --port 69", "who has the TFTP port"),
                ("--watch 0.2 --tcp --port 80 --json", "what happens at port 80, as it happens"),
                ("--listening --netns web", "who serves what in a network namespace"),
                ("--process svchost.exe --case host.json", "the sockets of a process on a saved host"),
            ],
            Statuses = "0 printed, 1 a filter matched nothing, 130 --watch was interrupted, as it ends",
        };
        foreach (Option option in (Option[])[tcp, udp, listening, port, pid, process, netns, allOwners, watch, json, file])
            command.Add(option);
        command.SetAction(parsed =>
        {
            var filter = new PortsFilter
            {
                Tcp = parsed.GetValue(tcp),
                Udp = parsed.GetValue(udp),
                ListeningOnly = parsed.GetValue(listening),
                Port = parsed.GetValue(port),
                ProcessId = parsed.GetValue(pid),
                ProcessName = parsed.GetValue(process),
                NetworkNamespace = parsed.GetValue(netns),
                AllOwners = parsed.GetValue(allOwners),
            };
            if (parsed.GetResult(watch) is not null)
            {
                if (parsed.GetValue(file) is not null)
                    throw new UsageException("--watch is about this machine: a saved host does not change");
                return Watch(filter, TimeSpan.FromSeconds(parsed.GetValue(watch) ?? 1), parsed.GetValue(json), streams);
            }

            if (filter.NetworkNamespace is not null && parsed.GetValue(file) is not null)
                throw new UsageException("--netns is about this machine: a saved host has the sockets that were read");
            return parsed.GetValue(file) is { } path
                ? Print(filter, CaseFile.Read(path, streams).Host.Sockets, parsed.GetValue(json), streams)
                : Run(filter, parsed.GetValue(json), streams);
        });
        return command;
    }

    /// <summary>Prints changes until somebody interrupts, or nobody reads any more.</summary>
    private static int Watch(PortsFilter filter, TimeSpan interval, bool isJson, CommandStreams streams)
    {
        if (filter.NetworkNamespace is not null)
            RefuseUnreadable(SocketTable.Read(filter.Query with { Owners = OwnerSearch.None }));
        if (!isJson)
            streams.PrintAtOnce(SocketReport.ToTextHeader());
        foreach (SocketChange change in SocketTable.WatchAsync(filter.Query, interval).ToBlockingEnumerable())
        {
            if (filter.ApplyTo(change) is { } passing)
                streams.PrintAtOnce(isJson ? SocketReport.ToJsonLine(passing) : SocketReport.ToTextLine(passing with { At = passing.At.ToLocalTime() }));
        }

        return ExitStatus.Success;
    }

    /// <summary>Reads this machine's sockets and prints those that pass.</summary>
    public static int Run(PortsFilter filter, bool isJson, CommandStreams streams)
    {
        // Of bound sockets the kernel tells only on a walk past every connection: whoever found a listener of the port has the answer.
        Table<SocketRow> read = SocketTable.Read(filter.Port is null ? filter.WideQuery : filter.Query);
        if (filter.Port is not null && filter.ListeningOnly && read is { IsKnown: true, Count: 0 })
            read = SocketTable.Read(filter.WideQuery);
        if (filter.NetworkNamespace is not null)
            RefuseUnreadable(read);
        return Print(filter, read, isJson, streams);
    }

    /// <summary>A namespace that cannot be entered is a wrong name, or a missing right: nothing of it was read.</summary>
    private static void RefuseUnreadable(Table<SocketRow> read)
    {
        if (read is { IsKnown: false, Note: { } reason })
            throw new UsageException(reason);
    }

    private static int Print(PortsFilter filter, Table<SocketRow> read, bool isJson, CommandStreams streams)
    {
        Table<SocketRow> sockets = filter.ApplyTo(read);
        streams.PrintWhole(isJson ? SocketReport.ToJson(sockets) : SocketReport.ToText(sockets) + Hidden(filter, read) + OneOwner(sockets));
        return sockets.Count == 0 && filter.IsSet ? ExitStatus.Problem : ExitStatus.Success;
    }

    private static string OneOwner(Table<SocketRow> sockets)
    {
        if (sockets.Filter?.FirstOwnerOnly != true)
            return "";
        for (int i = 0; i < sockets.Count; i++)
        {
            if (!sockets[i].Owners.IsEmpty)
                return "One owner of each socket was looked for: --all-owners finds the others, if there are any.\n";
        }

        return "";
    }

    /// <summary>Says that there are sockets which wait for nobody and yet hold their port.</summary>
    private static string Hidden(PortsFilter filter, Table<SocketRow> read)
    {
        if (!filter.ListeningOnly)
            return "";
        int bound = 0;
        PortsFilter wide = filter with { ListeningOnly = false };
        for (int i = 0; i < read.Count; i++)
            bound += read[i].State == TcpState.Closed && wide.Passes(read[i]) ? 1 : 0;
        return bound switch
        {
            0 => "",
            1 => "1 more socket is bound and does not listen; it holds its port too: leave out --listening to see it.\n",
            _ => $"{bound} more sockets are bound and do not listen; they hold their ports too: leave out --listening to see them.\n",
        };
    }

    private static double? Seconds(ArgumentResult parsed)
    {
        const double Shortest = 0.05, Longest = 86_400;
        if (parsed.Tokens.Count == 0)
            return null;
        if (double.TryParse(parsed.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value is >= Shortest and <= Longest)
            return value;
        parsed.AddError(string.Create(CultureInfo.InvariantCulture, $"--watch takes a number of seconds from {Shortest} to {Longest}"));
        return null;
    }

    private static int? Number(ArgumentResult parsed, string option, int highest)
    {
        if (int.TryParse(parsed.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= highest)
            return value;
        parsed.AddError($"{option} takes a number from 0 to {highest}");
        return null;
    }
}

/// <summary>The sockets that a <c>ports</c> command is about.</summary>
internal sealed record PortsFilter
{
    public bool Tcp { get; init; }

    public bool Udp { get; init; }

    public bool ListeningOnly { get; init; }

    public int? Port { get; init; }

    public int? ProcessId { get; init; }

    public string? ProcessName { get; init; }

    public string? NetworkNamespace { get; init; }

    public bool AllOwners { get; init; }

    public bool IsSet => Tcp || Udp || ListeningOnly || Port is not null || ProcessId is not null || ProcessName is not null;

    /// <summary>What the system itself can be asked for; it reads no more than that.</summary>
    public SocketQuery Query => new()
    {
        Protocol = (Tcp, Udp) switch
        {
            (true, false) => TransportProtocol.Tcp,
            (false, true) => TransportProtocol.Udp,
            _ => null,
        },
        FirstPort = Port,
        LastPort = Port,
        ListeningOnly = ListeningOnly,
        ProcessId = ProcessId,
        NetworkNamespace = NetworkNamespace,
        Owners = Port is null || ProcessName is not null || AllOwners ? OwnerSearch.All : OwnerSearch.First,
    };

    /// <summary>The same, and what is bound beside listeners: it holds its port too.</summary>
    public SocketQuery WideQuery =>
        ListeningOnly ? Query with { ListeningOnly = false, States = [TcpState.Listen, TcpState.Closed] } : Query;

    /// <summary>The rows of a table that pass. A table that was read as the query says passes whole, unless more is asked.</summary>
    public Table<SocketRow> ApplyTo(Table<SocketRow> sockets)
    {
        if (!sockets.IsKnown)
            return sockets;
        for (int i = 0; i < sockets.Count; i++)
        {
            if (!Passes(sockets[i]))
                return Cut(sockets);
        }

        return sockets;
    }

    /// <summary>A change as those see it who see nothing but the sockets that pass; null when they see none.</summary>
    public SocketChange? ApplyTo(SocketChange change)
    {
        if (change.Row is not { } row)
            return change;
        bool passes = Passes(row);
        if (change.Previous is not { } previous || Passes(previous) == passes)
            return passes ? change : null;
        return passes
            ? change with { Kind = SocketChangeKind.Appeared, Previous = null }
            : change with { Kind = SocketChangeKind.Gone, Row = previous, Previous = null };
    }

    public bool Passes(in SocketRow socket) =>
        Query.Matches(socket)
        && (!Tcp || !Udp || socket.Protocol is TransportProtocol.Tcp or TransportProtocol.Udp)
        && (ProcessName is null || socket.Owners.Any(IsNamed));

    private Table<SocketRow> Cut(Table<SocketRow> sockets) => sockets.WithRows([.. sockets.Where(row => Passes(row))]);

    private bool IsNamed(ProcessRow owner) =>
        owner.Name is { } name
        && (name.Equals(ProcessName, StringComparison.OrdinalIgnoreCase)
            || name.Equals(ProcessName + ".exe", StringComparison.OrdinalIgnoreCase));
}
