using System;
using System.CommandLine;
using System.Linq;
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
        var port = new Option<int?>("--port") { Description = "Only this local port.", HelpName = "N" };
        var pid = new Option<int?>("--pid") { Description = "Only sockets of this process.", HelpName = "N" };
        var process = new Option<string?>("--process") { Description = "Only sockets of processes with this name.", HelpName = "NAME" };
        Option<bool> json = SharedOptions.Json();
        Option<string> file = SharedOptions.Case();
        var command = new ExampledCommand("ports", "The sockets of this machine with process, service or unit, and user.")
        {
            Examples =
            [
                ("--listening", "who serves what"),
                ("--udp --port 69", "who has the TFTP port"),
                ("--process svchost.exe --case host.json", "the sockets of a process on a saved host"),
            ],
            Statuses = "0 printed, 1 a filter matched nothing",
        };
        foreach (Option option in (Option[])[tcp, udp, listening, port, pid, process, json, file])
            command.Add(option);
        command.SetAction(parsed =>
        {
            var filter = new PortsFilter
            {
                Tcp = parsed.GetValue(tcp),
                Udp = parsed.GetValue(udp),
                ListeningOnly = parsed.GetValue(listening),
                Port = InRange(parsed.GetValue(port), "--port", 65535),
                ProcessId = InRange(parsed.GetValue(pid), "--pid", int.MaxValue),
                ProcessName = parsed.GetValue(process),
            };
            Table<SocketRow> sockets = filter.ApplyTo(parsed.GetValue(file) is { } path
                ? CaseFile.Read(path, streams).Host.Sockets
                : SocketTable.Read(filter.Query));
            streams.Print(parsed.GetValue(json) ? SocketReport.ToJson(sockets) : SocketReport.ToText(sockets));
            return sockets.Count == 0 && filter.IsSet ? ExitStatus.Problem : ExitStatus.Success;
        });
        return command;
    }

    private static int? InRange(int? value, string option, int highest) =>
        value is null || (value >= 0 && value <= highest)
            ? value
            : throw new UsageException($"{option} takes a number from 0 to {highest}");
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

    private bool Passes(SocketRow socket) =>
        Query.Matches(socket)
        && (!Tcp || !Udp || socket.Protocol is TransportProtocol.Tcp or TransportProtocol.Udp)
        && (ProcessName is null || socket.Owners.Any(IsNamed));

    private bool IsNamed(ProcessRow owner) =>
        owner.Name is { } name
        && (name.Equals(ProcessName, StringComparison.OrdinalIgnoreCase)
            || name.Equals(ProcessName + ".exe", StringComparison.OrdinalIgnoreCase));
}
