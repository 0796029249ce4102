using System;
using System.Buffers;
using System.Buffers.Text;

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
/// <param name="Engine">What runs the container; null without one.</param>
/// <param name="UnitUserId">The user whose own manager, <c>user@1000.service</c>, runs the unit; null for the system's.</param>
internal readonly record struct ProcCgroup(string? Unit, string? ContainerId, ContainerEngine? Engine = null, uint? UnitUserId = null)
{
    private const int ContainerIdLength = 64;

    private static readonly SearchValues<byte> HexadecimalDigits = SearchValues.Create("0123456789abcdef"u8);

    public static ProcCgroup Read(ReadOnlySpan<byte> text)
    {
        (string? Name, uint? UserId) unified = default, named = default;
        (string? Id, ContainerEngine? Engine) container = default;
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
            if (path.Length <= 1)
                continue; // the root, as in most hierarchies of version 1

            // Of the other hierarchies only a container's id is taken: nobody keeps units there.
            if (InnermostContainer(path) is { Id: not null } innermost)
                container = innermost;
            if (controllers.IsEmpty)
                unified = InnermostUnit(path);
            else if (controllers.SequenceEqual("name=systemd"u8))
                named = InnermostUnit(path);
        }

        (string? unit, uint? userId) = unified.Name is null ? named : unified;
        return new ProcCgroup(unit, container.Id, container.Engine, userId);
    }

    private static (string? Name, uint? UserId) InnermostUnit(ReadOnlySpan<byte> path)
    {
        while (TryTakeLast(ref path, out ReadOnlySpan<byte> name))
        {
            // systemd puts "_" before a name that would clash with a file of the kernel (cg_escape in its cgroup-util.c).
            if (name[0] == (byte)'_')
                name = name[1..];
            if (HasSuffix(name, ".service"u8) || HasSuffix(name, ".scope"u8) || HasSuffix(name, ".socket"u8))
                return (MachineText.Read(name), UserOfManager(path));
        }

        return default;
    }

    /// <summary>The user of the innermost manager above a unit (systemd's user@.service: the instance is the user's number).</summary>
    private static uint? UserOfManager(ReadOnlySpan<byte> path)
    {
        while (TryTakeLast(ref path, out ReadOnlySpan<byte> name))
        {
            if (name.StartsWith("user@"u8) && HasSuffix(name, ".service"u8)
                && Utf8Parser.TryParse(name["user@".Length..^".service".Length], out uint user, out int length)
                && length == name.Length - "user@.service".Length)
            {
                return user;
            }
        }

        return null;
    }

    private static (string? Id, ContainerEngine? Engine) InnermostContainer(ReadOnlySpan<byte> path)
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
                return (MachineText.Read(name[12..]), ContainerEngine.Lxc);
            int separator = Math.Max(name.LastIndexOf((byte)'-'), name.LastIndexOf((byte)':'));
            ReadOnlySpan<byte> id = name[(separator + 1)..];
            if (id.Length == ContainerIdLength && !id.ContainsAnyExcept(HexadecimalDigits))
                return (MachineText.Read(id), EngineOf(name[..Math.Max(0, separator)], path));
        }

        return default;
    }

    /// <summary>The engine of a container, from what stands before its id in the name, and the path above.</summary>
    private static ContainerEngine EngineOf(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> above)
    {
        // Whatever the runtime: what is in a pod is the kubelet's.
        if (prefix.EndsWith("cri-containerd"u8) || prefix.SequenceEqual("crio"u8) || above.IndexOf("/kubepods"u8) >= 0)
            return ContainerEngine.Kubernetes;
        if (prefix.SequenceEqual("libpod"u8))
            return ContainerEngine.Podman;
        bool isInDockers = prefix.IsEmpty && TryTakeLast(ref above, out ReadOnlySpan<byte> parent) && parent.SequenceEqual("docker"u8);
        return isInDockers || prefix.SequenceEqual("docker"u8) ? ContainerEngine.Docker : ContainerEngine.Unknown;
    }

    private static bool HasSuffix(ReadOnlySpan<byte> name, ReadOnlySpan<byte> suffix) =>
        name.Length > suffix.Length && name[^suffix.Length..].SequenceEqual(suffix);

    private static bool TryTakeLast(ref ReadOnlySpan<byte> path, out ReadOnlySpan<byte> name)
    {
        while (path is [.., (byte)'/'])
            path = path[..^1];
        int slash = path.LastIndexOf((byte)'/');
        name = path[(slash + 1)..];
        path = slash < 0 ? default : path[..slash];
        return !name.IsEmpty;
    }
}
