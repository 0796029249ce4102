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
        Option<bool> json = SharedOptions.Json();
        Option<string> file = SharedOptions.Case();
        var command = new ExampledCommand("ports", "The sockets of this machine with process, service or unit, and user.")
        {
            Examples =
            [
                ("--listening", "who serves what"),
                ("--udp --port 69", "who has the TFTP port"),
                ("--watch 0.2 --tcp --port 80 --json", "what happens at port 80, as it happens"),
                ("--process svchost.exe --case host.json", "the sockets of a process on a saved host"),
            ],
            Statuses = "0 printed, 1 a filter matched nothing, 130 --watch was interrupted, as it ends",
        };
        foreach (Option option in (Option[])[tcp, udp, listening, port, pid, process, watch, json, file])
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
            };
            if (parsed.GetResult(watch) is not null)
            {
                if (parsed.GetValue(file) is not null)
                    throw new UsageException("--watch is about this machine: a saved host does not change");
                return Watch(filter, TimeSpan.FromSeconds(parsed.GetValue(watch) ?? 1), parsed.GetValue(json), streams);
            }

            Table<SocketRow> read = parsed.GetValue(file) is { } path
                ? CaseFile.Read(path, streams).Host.Sockets
                : SocketTable.Read(filter.Query with { ListeningOnly = false });
            Table<SocketRow> sockets = filter.ApplyTo(read);
            streams.Print(parsed.GetValue(json) ? SocketReport.ToJson(sockets) : SocketReport.ToText(sockets) + Hidden(filter, read));
            return sockets.Count == 0 && filter.IsSet ? ExitStatus.Problem : ExitStatus.Success;
        });
        return command;
    }

    /// <summary>Prints changes until somebody interrupts, or nobody reads any more.</summary>
    private static int Watch(PortsFilter filter, TimeSpan interval, bool isJson, CommandStreams streams)
    {
        if (!isJson)
            streams.PrintAtOnce(SocketReport.ToTextHeader());
        foreach (SocketChange change in SocketTable.WatchAsync(filter.Query, interval).ToBlockingEnumerable())
        {
            if (filter.ApplyTo(change) is { } passing)
                streams.PrintAtOnce(isJson ? SocketReport.ToJsonLine(passing) : SocketReport.ToTextLine(passing with { At = passing.At.ToLocalTime() }));
        }

        return ExitStatus.Success;
    }

    /// <summary>Says that there are sockets which wait for nobody and yet hold their port.</summary>
    private static string Hidden(PortsFilter filter, Table<SocketRow> read)
    {
        if (!filter.ListeningOnly)
            return "";
        int bound = (filter with { ListeningOnly = false }).ApplyTo(read).Count(socket => socket.State == TcpState.Closed);
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
    };

    /// <summary>The rows of a table that pass. A table that was read as the query says passes whole, unless more is asked.</summary>
    public Table<SocketRow> ApplyTo(Table<SocketRow> sockets)
    {
        if (!sockets.IsKnown)
            return sockets;
        SocketRow[] passing = [.. sockets.Where(Passes)];
        if (passing.Length == sockets.Count)
            return sockets;
        string source = sockets.Source ?? "unknown";
        return sockets.Coverage == Coverage.Complete
            ? Table.Complete(passing, source)
            : Table.Partial(passing, source, sockets.Gaps.AsSpan());
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

    private bool Passes(SocketRow socket) =>
        Query.Matches(socket)
        && (!Tcp || !Udp || socket.Protocol is TransportProtocol.Tcp or TransportProtocol.Udp)
        && (ProcessName is null || socket.Owners.Any(IsNamed));

    private bool IsNamed(ProcessRow owner) =>
        owner.Name is { } name
        && (name.Equals(ProcessName, StringComparison.OrdinalIgnoreCase)
            || name.Equals(ProcessName + ".exe", StringComparison.OrdinalIgnoreCase));
}
