using System;
using System.Globalization;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary>What <c>ver</c> and every console say: <c>Microsoft Windows [Version 6.1.7601]</c>, <c>[版本 10.0.19045.2965]</c>.</summary>
internal sealed class VersionReader(HostDraft draft) : BlockReader(draft)
{
    public override string Command => "ver";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (!line.Is(0, "Microsoft") || !line.Is(1, "Windows") || line.Count > 8)
            return LineUse.Refused;
        ReadOnlySpan<char> text = line.Text;
        int open = text.IndexOf('['), close = text.LastIndexOf(']');
        // Wine has no brackets.
        bool isBare = open < 0 && line.Count == 3;
        if (!isBare && (open < 0 || close < open))
            return LineUse.Refused;
        ReadOnlySpan<char> inside = isBare ? line[2] : text[(open + 1)..close];
        ReadOnlySpan<char> number = inside[(inside.LastIndexOf(' ') + 1)..];
        if (!Version.TryParse(number, out Version? version) || version.Build < 0)
            return LineUse.Refused;
        Take(Draft, version);
        return LineUse.Row;
    }

    /// <summary>The version, with its revision where it has one; what the product is called is in the version too.</summary>
    public static void Take(HostDraft draft, Version version)
    {
        draft.See(PlatformFamily.Windows);
        draft.Version ??= new Version(version.Major, version.Minor, Math.Max(version.Build, 0));
        draft.Revision ??= version.Revision > 0 ? version.Revision : null;
    }
}
