using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Proc;

/// <summary>The short texts of <c>/proc</c> and <c>/etc</c>, each with its shape.</summary>
internal static class ProcText
{
    /// <summary><c>/proc/stat</c>, line <c>btime 1700000000</c>: the boot, in seconds since 1970. Null when missing.</summary>
    public static DateTimeOffset? BootTime(ReadOnlySpan<byte> text)
    {
        while (MachineText.TryTakeLine(ref text, out ReadOnlySpan<byte> line))
        {
            if (line.StartsWith("btime "u8) && Utf8Parser.TryParse(line[6..], out uint seconds, out _))
                return DateTimeOffset.FromUnixTimeSeconds(seconds);
        }

        return null;
    }

    /// <summary>How many sockets of TCP <c>net/sockstat</c> or <c>net/sockstat6</c> counts, connections in TIME_WAIT not among them; 0 when it does not.</summary>
    public static int TcpSocketsInUse(ReadOnlySpan<byte> text)
    {
        while (MachineText.TryTakeLine(ref text, out ReadOnlySpan<byte> line))
        {
            int at = line.StartsWith("TCP: inuse "u8) ? 11 : line.StartsWith("TCP6: inuse "u8) ? 12 : 0;
            if (at > 0 && Utf8Parser.TryParse(line[at..], out int count, out _))
                return count;
        }

        return 0;
    }

    /// <summary><c>socket:[12345]</c>, what a descriptor of a socket links to: the inode. False for anything else.</summary>
    public static bool TryReadSocketLink(ReadOnlySpan<byte> link, out ulong inode)
    {
        inode = 0;
        return link.StartsWith("socket:["u8) && TryReadBracketed(link[7..], out inode);
    }

    /// <summary><c>net:[4026531840]</c>, what a namespace links to: the inode.</summary>
    public static ulong? NamespaceInode(ReadOnlySpan<byte> link) =>
        link.IndexOf((byte)'[') is >= 0 and var open && TryReadBracketed(link[open..], out ulong inode) ? inode : null;

    /// <summary><c>6.18.44-generic</c>: the leading numbers, at least two of them. 0.0 when there are none.</summary>
    public static Version KernelVersion(ReadOnlySpan<byte> text)
    {
        Span<int> parts = stackalloc int[3];
        int count = 0;
        while (count < parts.Length && Utf8Parser.TryParse(text, out int number, out int length) && number >= 0)
        {
            parts[count++] = number;
            text = text[length..];
            if (text.IsEmpty || text[0] != (byte)'.')
                break;
            text = text[1..];
        }

        return count == 3 ? new Version(parts[0], parts[1], parts[2]) : new Version(parts[0], parts[1]);
    }

    /// <summary><c>/etc/os-release</c> (os-release(5)): the value of <c>PRETTY_NAME</c> without its quotes; null when missing.</summary>
    public static string? PrettyName(ReadOnlySpan<byte> text)
    {
        while (MachineText.TryTakeLine(ref text, out ReadOnlySpan<byte> line))
        {
            if (!line.StartsWith("PRETTY_NAME="u8))
                continue;
            ReadOnlySpan<byte> value = line[12..].Trim(" \t\r"u8);
            if (value.Length >= 2 && value[0] == value[^1] && value[0] is (byte)'"' or (byte)'\'')
                value = value[1..^1];
            return value.IsEmpty ? null : MachineText.Read(value);
        }

        return null;
    }

    /// <summary><c>/etc/passwd</c> (passwd(5)): <c>name:x:uid:...</c>. The first name of a user id wins, as in getpwuid(3).</summary>
    public static NumberMap<string> UserNames(ReadOnlySpan<byte> text)
    {
        var names = new NumberMap<string>();
        while (MachineText.TryTakeLine(ref text, out ReadOnlySpan<byte> line))
        {
            int name = line.IndexOf((byte)':');
            if (name <= 0)
                continue;
            ReadOnlySpan<byte> rest = line[(name + 1)..];
            int password = rest.IndexOf((byte)':');
            if (password >= 0 && Utf8Parser.TryParse(rest[(password + 1)..], out uint user, out _))
                names.TryAdd(user, MachineText.Read(line[..name]));
        }

        return names;
    }

    /// <summary><c>cgroup.procs</c> (cgroups(7)): a process id per line; 0 is one of another process namespace and left out.</summary>
    public static void AddProcessIds(ReadOnlySpan<byte> text, List<int> processIds)
    {
        while (MachineText.TryTakeLine(ref text, out ReadOnlySpan<byte> line))
        {
            if (Utf8Parser.TryParse(line, out int processId, out int length) && length == line.Length && processId > 0)
                processIds.Add(processId);
        }
    }

    /// <summary><c>ip_local_port_range</c>: <c>32768	60999</c>. Null when it is something else.</summary>
    public static PortRangeRow? DynamicPorts(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\n"u8);
        ReadOnlySpan<byte> first = MachineText.TakeWord(ref text);
        ReadOnlySpan<byte> last = MachineText.TakeWord(ref text);
        return TryPort(first, out int from) && TryPort(last, out int to)
            ? new PortRangeRow { Kind = PortRangeKind.Dynamic, First = from, Last = to }
            : null;
    }

    /// <summary><c>ip_local_reserved_ports</c>: <c>8080,9000-9010</c>, or nothing. Default when it is something else.</summary>
    public static ImmutableArray<PortRangeRow> ReservedPorts(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\n"u8);
        var rows = ImmutableArray.CreateBuilder<PortRangeRow>();
        while (!text.IsEmpty)
        {
            int comma = text.IndexOf((byte)',');
            ReadOnlySpan<byte> range = comma < 0 ? text : text[..comma];
            text = comma < 0 ? default : text[(comma + 1)..];
            int dash = range.IndexOf((byte)'-');
            if (!TryPort(dash < 0 ? range : range[..dash], out int first) || !TryPort(range[(dash + 1)..], out int last))
                return default;
            rows.Add(new PortRangeRow { Kind = PortRangeKind.Reserved, First = first, Last = last });
        }

        return rows.DrainToImmutable();
    }

    /// <summary>
    /// <c>/proc/PID/attr/current</c> (proc_pid_attr(5)): the label, which SELinux ends with a NUL and AppArmor with a line
    /// feed. Null when there is none, or more than any module has (a context of SELinux is at most a page).
    /// </summary>
    public static string? SecurityLabel(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAny((byte)0, (byte)'\n');
        ReadOnlySpan<byte> label = (end < 0 ? text : text[..end]).Trim(" \t\r"u8);
        return label.IsEmpty || label.Length > MachineText.MaxLength ? null : MachineText.Read(label);
    }

    private static bool TryPort(ReadOnlySpan<byte> word, out int port) =>
        Utf8Parser.TryParse(word, out port, out int length) && length == word.Length && port is >= 0 and <= 65535;

    private static bool TryReadBracketed(ReadOnlySpan<byte> text, out ulong number)
    {
        number = 0;
        return text.Length >= 3 && text[0] == (byte)'[' && text[^1] == (byte)']'
            && Utf8Parser.TryParse(text[1..^1], out number, out int length) && length == text.Length - 2;
    }
}
