using System;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Linux;

/// <summary>What <c>sysctl</c> prints of the settings that binds and routes depend on: <c>net.ipv4.ip_nonlocal_bind = 0</c>.</summary>
internal sealed class SysctlReader(HostDraft draft) : BlockReader(draft)
{
    private const int LongestValue = 1000;

    public override string Command => "sysctl";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Count < 2 || !line.Begins(0, 'n') || !line.Is(1, "="))
            return LineUse.Refused;
        ReadOnlySpan<char> name = line[0], value = line.From(2);
        if (!name.StartsWith("net.", StringComparison.Ordinal) || value.Length > LongestValue)
            return LineUse.Refused;
        Draft.See(PlatformFamily.Linux);
        if (name is "net.ipv4.ip_local_port_range")
        {
            if (line.Count == 4 && line.TryNumber(2, out uint first) && line.TryNumber(3, out uint last) && first <= last && last <= 65535)
                Add(PortRangeKind.Dynamic, (int)first, (int)last, line.Place);
        }
        else if (name is "net.ipv4.ip_local_reserved_ports")
        {
            foreach (string part in value.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] ends = part.Split('-');
                if (int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int from) && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int to) && from <= to && to <= 65535)
                    Add(PortRangeKind.Reserved, from, to, line.Place);
            }

            Draft.PortRanges.From(Command);
        }
        else
        {
            Draft.Settings.Add(new SettingRow { Name = name.ToString(), Value = value.ToString() }, line.Place, Command);
        }

        return LineUse.Row;
    }

    private void Add(PortRangeKind kind, int first, int last, ImportedPlace place) =>
        Draft.PortRanges.Add(new PortRangeRow { Kind = kind, First = first, Last = last }, place, Command);
}
