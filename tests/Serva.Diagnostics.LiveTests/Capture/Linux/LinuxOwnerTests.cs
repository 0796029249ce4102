using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
public sealed class LinuxOwnerTests
{
    private const int ForeignPort = 47001;
    private const int PassedOnPort = 47002;
    private const string OrdinaryUser = "SERVA_ORDINARY_USER_SEES";

    private static Table<SocketRow> Read(int port) =>
        LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.Sockets, Sockets = SocketQuery.Listening(port) }).Sockets;

    /// <summary>The machine runs no systemd: a control group with the name of a unit serves as well.</summary>
    [Theory]
    [InlineData("serva-diagnostics-test.service", null)]
    [InlineData("docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void Read_ProcessInAControlGroup_HasItsUnitAndContainer(string unit, string? container)
    {
        string? root = ((string[])["/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup"]).FirstOrDefault(
            folder => File.Exists(Path.Combine(folder, "cgroup.procs")));
        Assert.SkipUnless(Environment.IsPrivilegedProcess && root is not null, "Needs root and a control group file system.");
        string folder = Path.Combine(root!, unit);
        Directory.CreateDirectory(folder);
        using Socket listener = Listener();
        LibC.LetChildrenInherit(listener);
        using Process child = Tool.Start("sleep", "60");
        try
        {
            File.WriteAllText(Path.Combine(folder, "cgroup.procs"), child.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));

            ProcessRow owner = Assert.Single(
                Assert.Single(Read(((IPEndPoint)listener.LocalEndPoint!).Port)).Owners, owner => owner.ProcessId == child.Id);

            Assert.Equal((unit, container), (owner.Unit, owner.ContainerId));

            SocketRow first = Assert.Single(LinuxHostTests.Capture(new CaptureScope
            {
                Tables = SnapshotTables.Sockets,
                Sockets = SocketQuery.Listening(((IPEndPoint)listener.LocalEndPoint!).Port) with { Owners = OwnerSearch.First },
            }).Sockets);
            Assert.Contains(Assert.Single(first.Owners).ProcessId, (int[])[child.Id, Environment.ProcessId]);
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
            SpinWait.SpinUntil(() => File.ReadAllText(Path.Combine(folder, "cgroup.procs")).Length == 0, 2000);
            Directory.Delete(folder);
        }
    }

    /// <summary>Who was found last in a control group is looked at first: it may be the right one, another one of the group, or gone.</summary>
    [Fact]
    public void FindListener_ProcessesOfOneControlGroup_EachItsOwn()
    {
        const string Unified = "/sys/fs/cgroup/unified";
        string root = Directory.Exists(Unified) ? Unified : "/sys/fs/cgroup";
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists(Path.Combine(root, "cgroup.procs")), "Needs root and a control group file system.");
        string folder = Path.Combine(root, "serva-diagnostics-owners");
        Directory.CreateDirectory(folder);
        IPEndPoint[] endpoints = [.. Enumerable.Range(0, 5).Select(_ => new IPEndPoint(IPAddress.Loopback, Cli.SocketHolder.FreePort()))];
        IPEndPoint shared = endpoints[4];
        try
        {
            using (Cli.SocketHolder second = Cli.SocketHolder.InControlGroup("second", folder, endpoints[2], shared))
            {
                using (Cli.SocketHolder first = Cli.SocketHolder.InControlGroup("first", folder, endpoints[0], endpoints[1], shared))
                {
                    for (int i = 0; i < 3; i++)
                    {
                        AssertOwner(first, endpoints[0]);
                        AssertOwner(first, endpoints[1]);
                        AssertOwner(second, endpoints[2]);
                    }

                    Assert.Equal(
                        new[] { first.ProcessId, second.ProcessId }.Order(),
                        SocketTable.Read(SocketQuery.Listening(shared.Port) with { Owners = OwnerSearch.First }, TestContext.Current.CancellationToken)
                            .Select(row => Assert.Single(row.Owners).ProcessId).Order());
                    AssertOwner(first, endpoints[0]);
                }

                using Cli.SocketHolder third = Cli.SocketHolder.InControlGroup("third", folder, endpoints[3]);
                AssertOwner(third, endpoints[3]);
                AssertOwner(second, shared);
            }
        }
        finally
        {
            Directory.Delete(folder);
        }

        static void AssertOwner(Cli.SocketHolder holder, IPEndPoint endpoint) => Assert.Equal(
            holder.ProcessId, Assert.Single(SocketTable.FindListener((NetEndpoint)endpoint, cancellationToken: TestContext.Current.CancellationToken)!.Value.Owners).ProcessId);
    }

    /// <summary>
    /// The holder is a process of its own: its .NET sets SO_REUSEADDR on a TCP socket that it binds, and on no other.
    /// Nothing of it stays open here, and it may close its port and bind it again.
    /// </summary>
    [Theory]
    [InlineData("tcp", true)]
    [InlineData("bound", true)]
    [InlineData("udp", false)]
    public void Read_WithSocketOptions_AsksTheSocketsOfAnotherProcess(string what, bool reuses)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs the right to attach to another process.");
        int port = Cli.SocketHolder.FreePort();
        SocketRow row;
        using (Cli.SocketHolder holder = Cli.SocketHolder.Holding("holder", what, new IPEndPoint(IPAddress.IPv6Any, port)))
        {
            Assert.Null(Assert.Single(ReadAll(port, withOptions: false)).ReuseAddress);
            row = Assert.Single(ReadAll(port, withOptions: true));
            Assert.DoesNotContain(
                new DirectoryInfo("/proc/self/fd").GetFileSystemInfos(),
                link => link.LinkTarget is { } target && (target == $"socket:[{row.Inode}]" || target.Contains("pidfd", StringComparison.Ordinal)));
            Assert.Equal(holder.ProcessId, Assert.Single(row.Owners).ProcessId);
        }

        Assert.Equal((reuses, false, false), (row.ReuseAddress!.Value, row.ReusePort!.Value, row.IPv6Only!.Value));
        using var next = new Socket(AddressFamily.InterNetworkV6, what == "udp" ? SocketType.Dgram : SocketType.Stream, what == "udp" ? ProtocolType.Udp : ProtocolType.Tcp) { DualMode = true };
        next.Bind(new IPEndPoint(IPAddress.IPv6Any, port));

        static Table<SocketRow> ReadAll(int port, bool withOptions) => LinuxHostTests.Capture(
            new CaptureScope { Tables = SnapshotTables.Sockets, Sockets = SocketQuery.ForPort(port), WithSocketOptions = withOptions }).Sockets;
    }

    /// <summary>Runs itself anew as nobody: the rows are all there, the owners of root's sockets need elevation.</summary>
    [Fact]
    public void Read_AsAnOrdinaryUser_RowsAreCompleteAndForeignOwnersNeedElevation()
    {
        if (Environment.GetEnvironmentVariable(OrdinaryUser) is not null)
        {
            SeeAsOrdinaryUser();
            return;
        }

        Assert.SkipUnless(Environment.IsPrivilegedProcess && Tool.Exists("setpriv"), "Needs root, to become another user.");
        string copy = CopyForEveryone();
        using Socket foreign = Listener(ForeignPort);
        using Socket passedOn = Listener(PassedOnPort);
        LibC.LetChildrenInherit(passedOn);
        try
        {
            (int status, string output) = Tool.Try(
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", $"{OrdinaryUser}={ForeignPort}", "HOME=/tmp", "DOTNET_EnableDiagnostics=0",
                Path.Combine(copy, Path.GetFileName(PrivateNamespace.Executable)),
                "--filter-method", $"{typeof(LinuxOwnerTests).FullName}.{nameof(Read_AsAnOrdinaryUser_RowsAreCompleteAndForeignOwnersNeedElevation)}",
                "--no-progress", "--no-ansi", "--results-directory", Path.Combine(copy, "results"));
            Assert.True(status == 0, output);
            Assert.Contains("succeeded: 1", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static void SeeAsOrdinaryUser()
    {
        using Socket own = Listener();

        HostSnapshot host = LinuxHostTests.Capture(CaptureScope.All);

        Assert.Equal((65534u, false, 0ul), (host.Identity!.UserId!.Value, host.Identity.IsElevated!.Value, host.Identity.Capabilities!.Value));
        Assert.Equal(Coverage.Complete, host.Sockets.Coverage);
        SocketRow foreign = Assert.Single(host.Sockets, row => row.Local.Port == ForeignPort && row.IsListening);
        Assert.Equal((OwnerGap.NeedsElevation, 0, 0u), (foreign.OwnerMissingBecause, foreign.Owners.Length, foreign.UserId!.Value));
        SocketRow foreignAsked = Assert.Single(
            LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.Sockets, WithSocketOptions = true }).Sockets,
            row => row.Local.Port == ForeignPort && row.IsListening);
        Assert.Equal((null, null), (foreignAsked.ReuseAddress, foreignAsked.ReusePort));
        // Root made it and still holds it, as the master of a server does; the worker that inherited it is all that is seen.
        SocketRow passedOn = Assert.Single(host.Sockets, row => row.Local.Port == PassedOnPort && row.IsListening);
        Assert.Contains(Environment.ProcessId, passedOn.Owners.Select(owner => owner.ProcessId));
        Assert.Equal(OwnerGap.NeedsElevation, passedOn.OwnerMissingBecause);
        SocketRow mine = Assert.Single(host.Sockets, row => row.Local.Port == ((IPEndPoint)own.LocalEndPoint!).Port && row.IsListening);
        Assert.Equal((Environment.ProcessId, OwnerGap.None), (Assert.Single(mine.Owners).ProcessId, mine.OwnerMissingBecause));
        Assert.Equal(
            (Coverage.Complete, Coverage.Complete, Coverage.Complete, Coverage.Complete),
            (host.Interfaces.Coverage, host.Addresses.Coverage, host.Routes.Coverage, host.RoutingRules.Coverage));
        Assert.NotEmpty(host.Settings);
        Assert.Contains(host.Processes, row => row.ProcessId == 1 && row is { Path: null, Name: not null, User: "root" });

        // A socket whose owner is hidden may be that process's: the answer is not whole.
        Table<SocketRow> ofInit = LinuxHostTests.Capture(
            new CaptureScope { Tables = SnapshotTables.Sockets, Sockets = new SocketQuery { ProcessId = 1 } }).Sockets;
        Assert.Equal(Coverage.Partial, ofInit.Coverage);
        Assert.Equal("owners", Assert.Single(ofInit.Gaps).Part);
    }

    /// <summary>Where other users' processes are not even listed, their sockets still are.</summary>
    [Fact]
    public void Read_HiddenProcesses_NeedElevationToo()
    {
        if (Environment.GetEnvironmentVariable(OrdinaryUser) is not null)
        {
            Table<SocketRow> rows = Read(ForeignPort);
            Assert.Equal(OwnerGap.NeedsElevation, Assert.Single(rows).OwnerMissingBecause);
            Table<ProcessRow> processes = LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.Processes }).Processes;
            Assert.Equal(Coverage.Partial, processes.Coverage);
            Assert.DoesNotContain(processes, row => row.ProcessId == 1);
            return;
        }

        Assert.SkipUnless(Environment.IsPrivilegedProcess && Tool.Exists("setpriv") && Tool.Exists("unshare"), "Needs root, to become another user.");

        // Before 5.8 the option belonged to the whole process namespace: a mount of one's own would hide processes from everyone.
        Assert.SkipUnless(
            LinuxHostTests.Capture(new CaptureScope { Tables = SnapshotTables.None }).Platform.Version >= new Version(5, 8), "Needs Linux 5.8.");
        string mounts = File.ReadAllText("/proc/self/mounts");
        string copy = CopyForEveryone();
        using Socket foreign = Listener(ForeignPort);
        try
        {
            (int status, string output) = Tool.Try(
                "unshare", "--mount", "--propagation", "private", "sh", "-c",
                "mount -t proc -o hidepid=2 proc /proc || exit 77; exec setpriv --reuid=65534 --regid=65534 --clear-groups env \"$@\"",
                "sh", $"{OrdinaryUser}={ForeignPort}", "HOME=/tmp", "DOTNET_EnableDiagnostics=0",
                Path.Combine(copy, Path.GetFileName(PrivateNamespace.Executable)),
                "--filter-method", $"{typeof(LinuxOwnerTests).FullName}.{nameof(Read_HiddenProcesses_NeedElevationToo)}",
                "--no-progress", "--no-ansi", "--results-directory", Path.Combine(copy, "results"));
            Assert.Equal(mounts, File.ReadAllText("/proc/self/mounts"));
            Assert.SkipWhen(status == 77, "/proc could not be mounted with hidepid.");
            Assert.True(status == 0, output);
            Assert.Contains("succeeded: 1", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static Socket Listener(int port = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen();
        return socket;
    }

    /// <summary>A copy of this program that any user may run: the build may lie in somebody's home.</summary>
    private static string CopyForEveryone()
    {
        string folder = Directory.CreateTempSubdirectory("serva-").FullName;
        Tool.Run("cp", "-r", Path.GetDirectoryName(PrivateNamespace.Executable)! + "/.", folder);
        Tool.Run("chmod", "-R", "a+rX", folder);
        Tool.Run("install", "-d", "-m", "0777", Path.Combine(folder, "results"));
        return folder;
    }
}
