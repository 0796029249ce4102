using System;
using System.Text;
using Serva.Diagnostics.Formats.Nftables;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Linux;

/// <summary><c>iptables-save</c> and <c>ip6tables-save</c>; which of them the comment above or the command says.</summary>
internal sealed class IptablesReader(HostDraft draft) : BlockReader(draft)
{
    private readonly StringBuilder _text = new();
    private bool _isIPv6;

    public override string Command => _isIPv6 ? "ip6tables-save" : "iptables-save";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Is(0, "#") && line.Is(2, "by") && line[3] is "iptables-save" or "ip6tables-save")
        {
            End();
            _isIPv6 = line.Begins(3, 'i') && line[3][2] == '6';
            return LineUse.Heading;
        }

        if (line.Is(0, "#") && line.Is(1, "Completed"))
            return LineUse.Understood;
        if (line.Count == 1 && line.Begins(0, '*') && line[0].Length > 2)
        {
            if (_text.Length == 0 && Draft.LastCommand.Contains("ip6tables-save", StringComparison.Ordinal))
                _isIPv6 = true;
            Keep(line);
            return LineUse.Heading;
        }

        if (_text.Length == 0)
            return LineUse.Refused;
        bool isRule = line.Is(0, "-A") || (line.Begins(0, '[') && line.Is(1, "-A"));
        if (!isRule && !line.Begins(0, ':') && !line.Is(0, "COMMIT"))
            return LineUse.Refused;
        Keep(line);
        return isRule ? LineUse.Row : LineUse.Understood;
    }

    public override void Lack(string reason) => Draft.LackNftables(reason);

    public override void End()
    {
        if (_text.Length > 0)
        {
            Draft.See(PlatformFamily.Linux);
            Draft.AddIptables(IptablesSave.Decode(_text.ToString(), _isIPv6));
        }

        _text.Clear();
        _isIPv6 = false;
    }

    // Counters may stand before a rule.
    private void Keep(scoped in PastedLine line) => _text.Append(line.Begins(0, '[') ? line.From(1) : line.From(0)).Append('\n');
}
