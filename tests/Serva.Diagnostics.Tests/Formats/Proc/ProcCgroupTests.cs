using System.Text;
using Serva.Diagnostics.Formats.Proc;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Proc;

public sealed class ProcCgroupTests
{
    private const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    // Paths as systemd, docker, podman, containerd, CRI-O, Kubernetes and LXC write them.
    [Theory]
    [InlineData("service", "0::/system.slice/nginx.service", "nginx.service", null)]
    [InlineData("template", "0::/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", null)]
    [InlineData("session", "0::/user.slice/user-1000.slice/session-3.scope", "session-3.scope", null)]
    [InlineData("user manager", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-1234.scope", "app-firefox-1234.scope", null, null, 1000u)]
    [InlineData("user service", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/myapp.service", "myapp.service", null, null, 1000u)]
    [InlineData("user manager as a unit", "0::/user.slice/user-1000.slice/user@1000.service", "user@1000.service", null)]
    [InlineData("no user manager", "0::/user@x1.slice/user@1x.service/user@.service/a.service", "a.service", null)]
    [InlineData("user too large", "0::/user@4294967296.service/a.service", "a.service", null)]
    [InlineData("user manager itself", "0::/user.slice/user-1000.slice/user@1000.service/init.scope", "init.scope", null, null, 1000u)]
    [InlineData("socket", "0::/system.slice/sshd.socket", "sshd.socket", null)]
    [InlineData("delegated subgroup", "0::/system.slice/postgresql.service/workers/one", "postgresql.service", null)]
    [InlineData("escape is part of the name", @"0::/system.slice/systemd-fsck@dev-disk-by\x2duuid-A.service", @"systemd-fsck@dev-disk-by\x2duuid-A.service", null)]
    [InlineData("name that clashes", "0::/system.slice/_tasks.service", "tasks.service", null)]
    [InlineData("hostile name", "0::/system.slice/a&calc$(x).service", "a&calc$(x).service", null)]
    [InlineData("slice alone", "0::/user.slice/user-1000.slice", null, null)]
    [InlineData("root", "0::/", null, null)]
    [InlineData("suffix alone", "0::/system.slice/.service", null, null)]
    [InlineData("outside of the namespace", "0::/../../system.slice/cron.service", "cron.service", null)]
    [InlineData("version 1", "9:cpu,cpuacct:/system.slice/ignored.service\n1:name=systemd:/system.slice/cron.service", "cron.service", null)]
    [InlineData("both versions", "1:name=systemd:/system.slice/old.service\n0::/system.slice/new.service", "new.service", null)]
    [InlineData("version 2 at the root", "1:name=systemd:/system.slice/cron.service\n0::/", "cron.service", null)]
    [InlineData("other hierarchies", "9:name=systemd:/\n4:memory:/process_api/e3b764335674c20534058d5752edfc28\n0::/", null, null)]
    [InlineData("docker, systemd", $"0::/system.slice/docker-{Id}.scope", $"docker-{Id}.scope", Id, ContainerEngine.Docker)]
    [InlineData("docker, cgroupfs", $"0::/docker/{Id}", null, Id, ContainerEngine.Docker)]
    [InlineData("docker, version 1", $"12:memory:/docker/{Id}\n1:name=systemd:/docker/{Id}", null, Id, ContainerEngine.Docker)]
    [InlineData("systemd in docker", $"0::/docker/{Id}/system.slice/nginx.service", "nginx.service", Id, ContainerEngine.Docker)]
    [InlineData("podman", $"0::/machine.slice/libpod-{Id}.scope/container", $"libpod-{Id}.scope", Id, ContainerEngine.Podman)]
    [InlineData("rootless podman", $"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{Id}.scope", $"libpod-{Id}.scope", Id, ContainerEngine.Podman, 1000u)]
    [InlineData("podman's monitor", $"0::/machine.slice/libpod-conmon-{Id}.scope", $"libpod-conmon-{Id}.scope", null)]
    [InlineData("containerd", $"0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1a2b.slice/cri-containerd-{Id}.scope", $"cri-containerd-{Id}.scope", Id, ContainerEngine.Kubernetes)]
    [InlineData("CRI-O", $"0::/kubepods.slice/kubepods-pod1a2b.slice/crio-{Id}.scope", $"crio-{Id}.scope", Id, ContainerEngine.Kubernetes)]
    [InlineData("kubelet, cgroupfs", $"11:pids:/kubepods/burstable/pod5d2c9aef-1111-2222-3333-444455556666/{Id}", null, Id, ContainerEngine.Kubernetes)]
    [InlineData("containerd, colons", $"0::/system.slice/containerd.service/kubepods-burstable-pod1a2b.slice:cri-containerd:{Id}", "containerd.service", Id, ContainerEngine.Kubernetes)]
    [InlineData("ECS", $"4:memory:/ecs/task-id/{Id}", null, Id, ContainerEngine.Unknown)]
    [InlineData("LXC", "0::/lxc.payload.web1/system.slice/nginx.service", "nginx.service", "web1", ContainerEngine.Lxc)]
    [InlineData("LXC, whole name", "0::/lxc.payload.a-long-container-name-1", null, "a-long-container-name-1", ContainerEngine.Lxc)]
    [InlineData("docker in a pod", $"0::/kubepods.slice/kubepods-pod1a2b.slice/docker-{Id}.scope", $"docker-{Id}.scope", Id, ContainerEngine.Kubernetes)]
    [InlineData("nerdctl", $"0::/system.slice/nerdctl-{Id}.scope", $"nerdctl-{Id}.scope", Id, ContainerEngine.Unknown)]
    [InlineData("rootless docker", $"0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-{Id}.scope", $"docker-{Id}.scope", Id, ContainerEngine.Docker, 1000u)]
    [InlineData("too short an id", "0::/docker/0123456789abcdef", null, null)]
    [InlineData("no id but as long", "0::/docker/ghijklmnopqrstuvghijklmnopqrstuvghijklmnopqrstuvghijklmnopqrstuv", null, null)]
    [InlineData("nothing", "", null, null)]
    [InlineData("no line of it", "hello\nworld:", null, null)]
    public void Read_RealPaths_UnitAndContainer(string name, string text, string? unit, string? container, ContainerEngine? engine = null, uint? userId = null)
    {
        _ = name;
        Assert.Equal(new ProcCgroup(unit, container, engine, userId), ProcCgroup.Read(Encoding.UTF8.GetBytes(text + "\n")));
    }
}
