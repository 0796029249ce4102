using System;
using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>Compares the program of a rule with a process: paths ordinally without case, variables filled in.</summary>
internal sealed class WindowsFirewallPrograms
{
    /// <summary>The variables that rules use, the registry value each stands in, and what it is on most machines.</summary>
    private static readonly (string Name, string Setting, string Usual)[] s_variables =
    [
        ("SystemRoot", @"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SystemRoot", @"C:\Windows"),
        ("windir", @"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SystemRoot", @"C:\Windows"),
        ("ProgramFiles", @"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\ProgramFilesDir", @"C:\Program Files"),
        ("ProgramW6432", @"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\ProgramFilesDir", @"C:\Program Files"),
        ("ProgramFiles(x86)", @"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\ProgramFilesDir (x86)", @"C:\Program Files (x86)"),
        ("CommonProgramFiles", @"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\CommonFilesDir", @"C:\Program Files\Common Files"),
        ("ProgramData", @"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\ProgramData", @"C:\ProgramData"),
    ];

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    public WindowsFirewallPrograms(HostSnapshot host)
    {
        foreach ((string name, string setting, string usual) in s_variables)
            _values[name] = host.FindSetting(setting) ?? usual;
        string root = _values["SystemRoot"];
        _values["SystemDrive"] = root.Length >= 2 && root[1] == ':' ? root[..2] : "C:";
        // ProgramData's own value stands with a variable in the registry.
        _values["ProgramData"] = Expand(_values["ProgramData"], out _);
    }

    /// <summary>Whether a rule for this program is for a process.</summary>
    /// <param name="program">As the rule has it: a path, perhaps with variables, or <c>System</c>.</param>
    /// <param name="owner">The process.</param>
    public Truth Compare(string program, ProcessRow owner)
    {
        if (string.Equals(program, "System", StringComparison.OrdinalIgnoreCase))
            return WindowsFirewallReceiver.IsSystem(owner) ? Truth.Yes : Truth.No;
        if (WindowsFirewallReceiver.IsSystem(owner))
            return Truth.No;
        string expanded = Expand(program, out bool isUnknown);
        if (owner.Path is null)
            return owner.Name is { } name && !IsSame(name, FileOf(expanded)) ? Truth.No : Truth.Unknown;
        if (IsSame(expanded, owner.Path))
            return Truth.Yes;
        // A variable of a user, a doubled backslash, a short name: what Windows makes of them no document says.
        bool isVague = isUnknown || expanded.Contains(@"\\", StringComparison.Ordinal) || expanded.Contains('~', StringComparison.Ordinal);
        return isVague && (expanded.Contains('~', StringComparison.Ordinal) || IsSame(FileOf(expanded), FileOf(owner.Path))) ? Truth.Unknown : Truth.No;
    }

    /// <summary>The image name at the end of a rule's program; null when it may be any.</summary>
    public static string? ImageName(string program) => program.Contains('~', StringComparison.Ordinal) || program.EndsWith('%') ? null : FileOf(program);

    private static string FileOf(string path) => path[(path.LastIndexOf('\\') + 1)..];

    private static bool IsSame(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private string Expand(string path, out bool isUnknown)
    {
        isUnknown = false;
        for (int start = 0; (start = path.IndexOf('%', start)) >= 0;)
        {
            int end = path.IndexOf('%', start + 1);
            if (end < 0)
                break;
            if (!_values.TryGetValue(path[(start + 1)..end], out string? value))
            {
                isUnknown = true;
                start = end + 1;
                continue;
            }

            path = string.Concat(path.AsSpan(0, start), value, path.AsSpan(end + 1));
            start += value.Length;
        }

        return path;
    }
}
