using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Formats.Netsh;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary><c>netsh interface ipv4|ipv6 show excludedportrange|dynamicport</c>: which of them the title and the command say.</summary>
internal sealed class NetshPortsReader(HostDraft draft) : BlockReader(draft)
{
    private const int MostRows = 65536, MostLinesBelow = 4;

    private readonly StringBuilder _dynamic = new();
    private readonly HashSet<NetshPortTable> _seen = [];
    private NetshPortTable? _table;
    private PortRangeKind _kind;
    private int _rows, _linesBelow;

    public override string Command => _kind == PortRangeKind.Dynamic ? "netsh show dynamicport" : "netsh show excludedportrange";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Begins(0, '-') && line.Count is 1 or 2 && line.From(0).IndexOfAnyExcept('-', ' ') < 0)
            return Begin(line.Count == 1 ? PortRangeKind.Dynamic : PortRangeKind.Excluded, line[0].Length);
        if (_table is not { } table || _rows > MostRows)
            return LineUse.Refused;
        return table.Kind == PortRangeKind.Dynamic ? ReadDynamic(line, table) : ReadExcluded(line, table);
    }

    public override void Lack(string reason) => Draft.PortRanges.Lacks("lines", reason);

    public override void End()
    {
        _table = null;
        _dynamic.Clear();
    }

    public override void Finish()
    {
        if (_seen.Count == 0)
            return;
        foreach (NetshPortTable table in All().Where(table => !_seen.Contains(table)))
        {
            string family = table.IsIPv6 ? "ipv6" : "ipv4", protocol = table.Protocol == TransportProtocol.Tcp ? "tcp" : "udp";
            Draft.PortRanges.Lacks(
                $"{(table.Kind == PortRangeKind.Dynamic ? "dynamic" : "excluded")} {protocol} {family}",
                table.Kind == PortRangeKind.Dynamic ? $"netsh interface {family} show dynamicport {protocol}" : $"netsh interface {family} show excludedportrange protocol={protocol}");
        }
    }

    private LineUse Begin(PortRangeKind kind, int dashes)
    {
        TransportProtocol? protocol = null;
        foreach (string title in Draft.Titles.Append(Draft.LastCommand))
        {
            if (HasWord(title, "tcp"))
                protocol = TransportProtocol.Tcp;
            else if (HasWord(title, "udp"))
                protocol = TransportProtocol.Udp;
        }

        if (protocol is not { } found || dashes < 4)
            return LineUse.Refused;
        _table = new NetshPortTable(kind, found, Draft.LastCommand.Contains("ipv6", StringComparison.OrdinalIgnoreCase));
        _dynamic.Clear();
        (_kind, _rows, _linesBelow) = (kind, 0, 0);
        // Dashes under a title with the word alone are nobody's: what follows tells.
        if (kind == PortRangeKind.Dynamic)
            return LineUse.Understood;
        Show(_table.Value);
        return LineUse.Heading;
    }

    private void Show(NetshPortTable table)
    {
        Draft.See(PlatformFamily.Windows);
        _seen.Add(table);
        Draft.PortRanges.From(Command);
    }

    private LineUse ReadExcluded(scoped in PastedLine line, NetshPortTable table)
    {
        if (!line.TryNumber(0, out _))
            return LineUse.Refused;
        LineUse use = line.Count is 2 or 3 ? Add($"---\n{line.Text}\n", table, line.Place) : LineUse.Refused;
        MissedLines += use == LineUse.Refused ? 1 : 0;
        return use;
    }

    private LineUse ReadDynamic(scoped in PastedLine line, NetshPortTable table)
    {
        int last = line.Count - 1;
        if (++_linesBelow > MostLinesBelow || last < 1 || !line.TryNumber(last, out _) || line[last - 1][^1] is not (':' or '：'))
        {
            _table = null;
            return LineUse.Refused;
        }

        if (_dynamic.Length == 0)
            _dynamic.Append("---\n");
        _dynamic.Append(line.Text).Append('\n');
        if (Add(_dynamic.ToString(), table, line.Place) == LineUse.Refused)
            return LineUse.Understood;
        Show(table);
        _table = null;
        return LineUse.Row;
    }

    private LineUse Add(string text, NetshPortTable table, ImportedPlace place)
    {
        var rows = new List<PortRangeRow>();
        if (NetshPortRanges.Parse(Encoding.UTF8.GetBytes(text), table, rows) is not null || rows.Count == 0)
            return LineUse.Refused;
        _rows++;
        Draft.PortRanges.Add(rows[0], place, Command);
        return LineUse.Row;
    }

    private static IEnumerable<NetshPortTable> All() =>
        from kind in (PortRangeKind[])[PortRangeKind.Excluded, PortRangeKind.Dynamic]
        from isIPv6 in (bool[])[false, true]
        from protocol in (TransportProtocol[])[TransportProtocol.Tcp, TransportProtocol.Udp]
        select new NetshPortTable(kind, protocol, isIPv6);

    private static bool HasWord(string title, string word)
    {
        int at = title.IndexOf(word, StringComparison.OrdinalIgnoreCase);
        return at >= 0 && (at == 0 || !char.IsAsciiLetterOrDigit(title[at - 1])) && (at + 3 == title.Length || !char.IsAsciiLetterOrDigit(title[at + 3]));
    }
}
