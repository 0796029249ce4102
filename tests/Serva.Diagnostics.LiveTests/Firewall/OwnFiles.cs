using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>Copies of a firewall's files, which its commands write, in a mount namespace of their own.</summary>
internal sealed class OwnFiles : IDisposable
{
    private readonly Process _mounts = Tool.Start("unshare", "--mount", "--propagation", "private", "--", "sleep", "1000");
    private readonly List<Process> _programs = [];

    public OwnFiles(params string[] folders)
    {
        OtherNamespace.AwaitSeparate(_mounts, "mnt");
        foreach (string folder in folders)
            Run($"mkdir -p {folder} && copy=$(mktemp -d) && cp -a {folder}/. $copy/ 2>/dev/null; mount -t tmpfs tmpfs {folder} && cp -a $copy/. {folder}/ && rm -rf $copy");
    }

    public static OwnFiles OfUfw() => new("/etc/ufw", "/etc/default", "/var/lib/ufw", "/run");

    /// <summary>A firewalld that runs, with the bus by which its command speaks to it.</summary>
    public static OwnFiles OfFirewalld()
    {
        var files = new OwnFiles("/etc/firewalld", "/run", "/var/log");
        files.Run("mkdir -p /run/dbus");
        files.Start("dbus-daemon", "--system", "--nofork", "--nopidfile");
        files.Await("test -S /run/dbus/system_bus_socket");
        files.Start("firewalld", "--nofork", "--nopid");
        files.Await("firewall-cmd --state");
        return files;
    }

    public string Run(string command) => Tool.Run("nsenter", In("sh", "-c", command));

    private void Await(string command)
    {
        bool isThere = false;
        for (int tries = 0; tries < 200 && !(isThere = Tool.Try("nsenter", In("sh", "-c", command)).Status == 0); tries++)
            Thread.Sleep(50);
        if (!isThere)
            Dispose();
        Assert.True(isThere, $"{command} still fails after ten seconds");
    }

    private void Start(params string[] words) => _programs.Add(Tool.Start("nsenter", In(words)));

    private string[] In(params string[] words) => [$"--mount=/proc/{_mounts.Id.ToString(CultureInfo.InvariantCulture)}/ns/mnt", .. words];

    public void Dispose()
    {
        foreach (Process program in Enumerable.Reverse(_programs).Append(_mounts))
        {
            program.Kill(entireProcessTree: true);
            program.WaitForExit();
            program.Dispose();
        }
    }
}
