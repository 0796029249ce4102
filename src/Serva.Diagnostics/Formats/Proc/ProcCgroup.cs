using System;
using System.Buffers;

namespace Serva.Diagnostics.Formats.Proc;

/// <summary>
/// <c>/proc/PID/cgroup</c> (cgroups(7)): lines <c>id:controllers:path</c>. systemd keeps its units in the version 2 line
/// <c>0::/system.slice/nginx.service</c> or, before, in <c>1:name=systemd:/...</c>; container engines write an id of 64
/// hexadecimal digits into the path.
/// </summary>
/// <param name="Unit">
/// The innermost unit, a service, scope or socket, as systemd and <c>systemctl</c> call it: an escape such as <c>\x2d</c> is
/// part of that name. Null for none.
/// </param>
/// <param name="ContainerId">The innermost container; null for none.</param>
internal readonly record struct ProcCgroup(string? Unit, string? ContainerId)
{
    private const int ContainerIdLength = 64;

    private static readonly SearchValues<byte> HexadecimalDigits = SearchValues.Create("0123456789abcdef"u8);

    public static ProcCgroup Read(ReadOnlySpan<byte> text)
    {
        string? unified = null, named = null, container = null;
        while (MachineText.TryTakeLine(ref text, out ReadOnlySpan<byte> line))
        {
            int first = line.IndexOf((byte)':');
            if (first < 0)
                continue;
            ReadOnlySpan<byte> rest = line[(first + 1)..];
            int second = rest.IndexOf((byte)':');
            if (second < 0)
                continue;
            ReadOnlySpan<byte> controllers = rest[..second];
            ReadOnlySpan<byte> path = rest[(second + 1)..];

            // Of the other hierarchies only a container's id is taken: nobody keeps units there.
            container = InnermostContainer(path) ?? container;
            if (controllers.IsEmpty)
                unified = InnermostUnit(path);
            else if (controllers.SequenceEqual("name=systemd"u8))
                named = InnermostUnit(path);
        }

        return new ProcCgroup(unified ?? named, container);
    }

    private static string? InnermostUnit(ReadOnlySpan<byte> path)
    {
        while (TryTakeLast(ref path, out ReadOnlySpan<byte> name))
        {
            // systemd puts "_" before a name that would clash with a file of the kernel (cg_escape in its cgroup-util.c).
            if (name[0] == (byte)'_')
                name = name[1..];
            if (HasSuffix(name, ".service"u8) || HasSuffix(name, ".scope"u8) || HasSuffix(name, ".socket"u8))
                return MachineText.Read(name);
        }

        return null;
    }

    private static string? InnermostContainer(ReadOnlySpan<byte> path)
    {
        while (TryTakeLast(ref path, out ReadOnlySpan<byte> name))
        {
            // docker-ID.scope, libpod-ID.scope, crio-ID.scope, cri-containerd-ID.scope, docker/ID, kubepods/.../ID,
            // kubepods-...slice:cri-containerd:ID. The monitors (libpod-conmon-ID.scope) run outside of the container.
            if (name.StartsWith("libpod-conmon-"u8) || name.StartsWith("crio-conmon-"u8))
                continue;
            if (HasSuffix(name, ".scope"u8))
                name = name[..^6];
            if (name.StartsWith("lxc.payload."u8) && name.Length > 12)
                return MachineText.Read(name[12..]);
            ReadOnlySpan<byte> id = name[(name.LastIndexOfAny((byte)'-', (byte)':') + 1)..];
            if (id.Length == ContainerIdLength && !id.ContainsAnyExcept(HexadecimalDigits))
                return MachineText.Read(id);
        }

        return null;
    }

    private static bool HasSuffix(ReadOnlySpan<byte> name, ReadOnlySpan<byte> suffix) =>
        name.Length > suffix.Length && name.EndsWith(suffix);

    private static bool TryTakeLast(ref ReadOnlySpan<byte> path, out ReadOnlySpan<byte> name)
    {
        path = path.TrimEnd((byte)'/');
        int slash = path.LastIndexOf((byte)'/');
        name = path[(slash + 1)..];
        path = slash < 0 ? default : path[..slash];
        return !name.IsEmpty;
    }
}
