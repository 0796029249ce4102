using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

/// <summary>Who listens on a host, on a handful of lines: one per program, the lowest ports first.</summary>
internal static class ListeningSummary
{
    private const int MostPrograms = 6;
    private const int MostPorts = 6;

    public static IEnumerable<string> Lines(HostSnapshot host)
    {
        if (!host.Sockets.IsKnown)
        {
            string note = host.Sockets.Note is { } text ? $": {text}" : "";
            yield return $"sockets: {JsonNamingPolicy.CamelCase.ConvertName(host.Sockets.Coverage.ToString())}{note}";
            yield break;
        }

        var programs = host.Sockets
            .Where(socket => socket.IsListening && socket.Protocol is TransportProtocol.Tcp or TransportProtocol.Udp && socket.Local.Port != 0)
            .GroupBy(socket => NameOf(socket))
            .Select(program => (Name: program.Key, Ports: PortsOf(program)))
            .OrderBy(program => program.Ports[0].Port)
            .ThenBy(program => program.Name, System.StringComparer.Ordinal)
            .ToImmutableArray();
        if (programs.IsEmpty)
        {
            yield return "nothing listens";
            yield break;
        }

        int shown = programs.Length <= MostPrograms ? programs.Length : MostPrograms - 1;
        var columns = new TextColumns(2);
        foreach (var (name, ports) in programs.Take(shown))
        {
            string more = ports.Length > MostPorts ? string.Create(CultureInfo.InvariantCulture, $" and {ports.Length - MostPorts} more") : "";
            columns.Add(name, string.Join(", ", ports.Take(MostPorts).Select(port => port.Text)) + more);
        }

        foreach (string line in columns.Lines())
            yield return line;
        if (programs.Length > shown)
            yield return string.Create(CultureInfo.InvariantCulture, $"and {programs.Length - shown} more programs");
    }

    private static string NameOf(in SocketRow socket)
    {
        if (HolderWords.Main(socket.Owners) is not { } owner)
        {
            return socket.OwnerMissingBecause switch
            {
                OwnerGap.NeedsElevation => "(not visible without elevation)",
                OwnerGap.Unreadable => "(not readable even as root)",
                OwnerGap.TimedOut => "(not found in time)",
                _ => "(owner unknown)",
            };
        }

        string name = HolderWords.NameOf(owner) ?? "?";
        return owner.Services.IsEmpty ? name : $"{SafeText.Of(string.Join(",", owner.Services))} ({name})";
    }

    private static ImmutableArray<(int Port, string Text)> PortsOf(IEnumerable<SocketRow> sockets) =>
    [
        .. sockets
            .GroupBy(socket => (socket.Local.Port, socket.Protocol))
            .OrderBy(group => group.Key.Port)
            .ThenBy(group => group.Key.Protocol)
            .Select(group =>
            {
                string local = group.All(socket => socket.Local.Address.UnmapIPv4().IsLoopback) ? " (loopback)" : "";
                return (group.Key.Port, string.Create(CultureInfo.InvariantCulture, $"{BindRequestText.NameOf(group.Key.Protocol)} {group.Key.Port}{local}"));
            }),
    ];
}
