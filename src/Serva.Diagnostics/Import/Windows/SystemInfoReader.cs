using System;
using System.Globalization;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary><c>systeminfo</c> in any language: product, version and updates are known by what they look like.</summary>
/// <remarks>
/// <code>
/// OS Name:                   Microsoft Windows 10 Pro
/// OS Version:                10.0.19045 N/A Build 19045
/// System Type:               x64-based PC
/// Hotfix(s):                 2 Hotfix(s) Installed.
///                            [01]: KB5018410
/// </code>
/// </remarks>
internal sealed class SystemInfoReader(HostDraft draft) : BlockReader(draft)
{
    private const int LongestName = 100;

    private bool _isInside;

    public override string Command => "systeminfo";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (TryReadUpdate(line))
            return LineUse.Row;
        int colon = Label(line);
        if (colon < 0)
            return _isInside && line.Begins(0, '[') ? LineUse.Understood : LineUse.Refused;
        if (line.Is(colon, "Microsoft") && (line.Is(colon + 1, "Windows") || line.Is(colon + 1, "Windows(R)") || (line.Begins(colon + 1, 'W') && line[colon + 1].StartsWith("Windows", StringComparison.Ordinal))))
        {
            ReadOnlySpan<char> name = line.From(colon + 1);
            Draft.See(PlatformFamily.Windows);
            Draft.SystemName ??= name[..Math.Min(name.Length, LongestName)].ToString();
            Draft.InstallationType ??= name.Contains("Server", StringComparison.OrdinalIgnoreCase) ? "Server" : "Client";
            _isInside = true;
            return LineUse.Row;
        }

        if (!_isInside)
            return LineUse.Refused;
        if (Draft.Version is null && line.Count - colon >= 3 && Version.TryParse(line[colon], out Version? version) && version.Build > 0 && line.Text.Contains(version.Build.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))
        {
            VersionReader.Take(Draft, version);
            return LineUse.Row;
        }

        if (line.Begins(colon, 'x') && line[colon].StartsWith("x64", StringComparison.Ordinal))
            Draft.Architecture ??= "X64";
        return LineUse.Understood;
    }

    public override void Lack(string reason) => Draft.Updates.Lacks("lines", reason);

    public override void End() => _isInside = false;

    // The word behind the label, which ends with a colon; -1 for none.
    private static int Label(scoped in PastedLine line)
    {
        for (int i = 0; i < Math.Min(line.Count - 1, 8); i++)
        {
            if (line.LastOf(i) is ':' or '：')
                return i + 1;
        }

        return -1;
    }

    private bool TryReadUpdate(scoped in PastedLine line)
    {
        if (line.Count is < 2 or > 6 || !line.Begins(0, '['))
            return false;
        ReadOnlySpan<char> number = line[0], id = line[1];
        if (number is not [_, _, _, .., ':'] || id.Length is < 8 or > 12 || !id.StartsWith("KB", StringComparison.Ordinal) || id[2..].ContainsAnyExceptInRange('0', '9'))
            return false;
        Draft.See(PlatformFamily.Windows);
        Draft.Updates.Add(new UpdateRow { Id = id.ToString() }, line.Place, "systeminfo");
        return true;
    }
}
