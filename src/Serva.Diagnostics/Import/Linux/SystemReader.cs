using System;
using System.Buffers;
using System.Globalization;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Linux;

/// <summary>Which system: <c>uname -a</c>, the line of <c>/etc/os-release</c> for people, and <c>id</c>.</summary>
/// <remarks>
/// <code>
/// Linux server 6.1.0-18-amd64 #1 SMP Debian 6.1.76-1 x86_64 GNU/Linux
/// PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
/// uid=1000(bob) gid=1000(bob) groups=1000(bob)
/// </code>
/// </remarks>
internal sealed class SystemReader(HostDraft draft) : BlockReader(draft)
{
    private const int LongestName = 100;

    private static readonly SearchValues<char> s_versionCharacters = SearchValues.Create("0123456789.");

    private bool _isRelease;

    public override string Command => "uname, os-release, id";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (_isRelease && line.Indent == 0 && line[0].Contains('='))
            return LineUse.Understood;
        if (line.Begins(0, 'P') && line[0].StartsWith("PRETTY_NAME=", StringComparison.Ordinal))
        {
            ReadOnlySpan<char> name = line.From(0)["PRETTY_NAME=".Length..].Trim('"');
            _isRelease = true;
            Draft.See(PlatformFamily.Linux);
            Draft.SystemName ??= name[..Math.Min(name.Length, LongestName)].ToString();
            return LineUse.Row;
        }

        if (line.Begins(0, 'u') && line.Count >= 2 && line[0].StartsWith("uid=", StringComparison.Ordinal) && line[1].StartsWith("gid=", StringComparison.Ordinal))
            return ReadIdentity(line[0][4..]);
        if (line.First is not ('L' or 'D' or 'F' or 'O' or 'N'))
            return LineUse.Refused;
        bool isLinux = line.Is(0, "Linux");
        PlatformFamily family = isLinux ? PlatformFamily.Linux : line.Is(0, "Darwin") ? PlatformFamily.MacOS
            : line.Is(0, "FreeBSD") || line.Is(0, "OpenBSD") || line.Is(0, "NetBSD") ? PlatformFamily.Bsd : PlatformFamily.Other;
        if (family == PlatformFamily.Other || line.Count < 2)
            return LineUse.Refused;
        for (int i = 1; i <= Math.Min(2, line.Count - 1); i++)
        {
            ReadOnlySpan<char> word = line[i];
            int end = word.IndexOfAnyExcept(s_versionCharacters);
            if (!Version.TryParse((end < 0 ? word : word[..end]).Trim('.'), out Version? version))
                continue;
            Draft.See(family);
            Draft.Version ??= version;
            Draft.Architecture ??= line.Text.Contains("x86_64", StringComparison.Ordinal) ? "X64" : line.Text.Contains("aarch64", StringComparison.Ordinal) || line.Text.Contains("arm64", StringComparison.Ordinal) ? "Arm64" : null;
            return LineUse.Row;
        }

        return LineUse.Refused;
    }

    public override void End() => _isRelease = false;

    private LineUse ReadIdentity(ReadOnlySpan<char> text)
    {
        int open = text.IndexOf('(');
        if (!uint.TryParse(open < 0 ? text : text[..open], NumberStyles.None, CultureInfo.InvariantCulture, out uint user))
            return LineUse.Refused;
        Draft.Identity ??= new Identity { UserId = user, UserName = open < 0 ? null : text[(open + 1)..].TrimEnd(')').ToString(), IsElevated = user == 0 };
        return LineUse.Row;
    }
}
