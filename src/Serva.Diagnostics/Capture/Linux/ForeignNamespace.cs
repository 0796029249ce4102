using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.Versioning;
using System.Threading;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// What it takes to read the sockets of another network namespace: netlink sockets that were made there, and its text tables,
/// opened. Both belong to that namespace for good, whoever reads them.
/// </summary>
/// <remarks>
/// A thread of its own goes there (<c>setns(2)</c>), opens, and ends: it runs nothing else, so that no thread which the
/// runtime starts meanwhile inherits the namespace. Needs CAP_SYS_ADMIN.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class ForeignNamespace : IDisposable
{
    // Two dumps of TCP, of the others one for each family, and again for each when a dump was interrupted.
    private const int NetlinkSockets = 32;
    private const string OwnNamespace = "/proc/thread-self/ns/net";
    private const string NamedNamespaces = "/run/netns/";

    private static readonly string[] s_tables = ["tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6"];

    private readonly Queue<int> _sockets = new(NetlinkSockets);
    private readonly Dictionary<string, (int Error, LinuxFile File)> _tables = [];

    private ForeignNamespace()
    {
    }

    /// <summary>Opens what is needed.</summary>
    /// <param name="name">A name that <c>ip netns</c> knows, or a process id.</param>
    /// <param name="failure">Why that failed; null when it did not.</param>
    /// <returns>The namespace; null when that failed.</returns>
    public static ForeignNamespace? TryOpen(string name, out string? failure)
    {
        failure = TryOpenFile(name, out LinuxFile target);
        if (failure is not null)
            return null;
        using (target)
        {
            int error = LinuxFile.TryOpen(OwnNamespace, out LinuxFile own);
            if (error != 0)
            {
                failure = $"{OwnNamespace}: {LinuxError.Describe(error)}";
                return null;
            }

            using (own)
            {
                var opened = new ForeignNamespace();
                var thread = new Thread(() => error = opened.Fill(own, target)) { IsBackground = true, Name = "Network namespace" };
                thread.Start();
                thread.Join();
                if (error == 0)
                    return opened;
                opened.Dispose();
            }

            failure = error == LinuxError.NotPermitted
                ? $"entering the network namespace '{name}' needs CAP_SYS_ADMIN: {LinuxError.Describe(error)}"
                : $"the network namespace '{name}' could not be entered: {LinuxError.Describe(error)}";
            return null;
        }
    }

    /// <summary>A netlink socket that nobody used, which is the caller's to close; the negative error number when there is none.</summary>
    public int TakeSocket() => _sockets.TryDequeue(out int descriptor) ? descriptor : -LinuxError.TooManyFiles;

    /// <summary>A text table, which is the caller's to close.</summary>
    /// <returns>0, or the error number.</returns>
    public int TakeTable(string table, out LinuxFile file)
    {
        (int error, file) = _tables.Remove(table, out (int Error, LinuxFile File) opened) ? opened : (LinuxError.NoEntry, default);
        return error;
    }

    public void Dispose()
    {
        while (_sockets.TryDequeue(out int descriptor))
            _ = LinuxLibrary.Close(descriptor);
        foreach ((int error, LinuxFile file) in _tables.Values)
        {
            if (error == 0)
                file.Dispose();
        }

        _tables.Clear();
    }

    private static string? TryOpenFile(string name, out LinuxFile file)
    {
        int error;
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int processId))
        {
            error = LinuxFile.TryOpen(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/ns/net"), out file);
            if (error is LinuxError.AccessDenied or LinuxError.NotPermitted)
                return $"the network namespace of process {name} is not visible without elevation: {LinuxError.Describe(error)}";
            if (error == 0)
                return null;
        }

        file = default;
        if (name.Length == 0 || name.AsSpan().Contains('/') || name is "." or "..")
            return $"'{name}' is neither a process id nor the name of a network namespace";
        error = LinuxFile.TryOpen(NamedNamespaces + name, out file);
        return error switch
        {
            0 => null,
            LinuxError.NoEntry when processId != 0 => $"there is no process {name}, and no network namespace of that name",
            LinuxError.NoEntry => $"there is no network namespace '{name}' in {NamedNamespaces.TrimEnd('/')}",
            _ => $"{NamedNamespaces}{name}: {LinuxError.Describe(error)}",
        };
    }

    private int Fill(LinuxFile own, LinuxFile target)
    {
        // Once at home, so that everything is compiled and loaded before this thread goes where nothing else may happen.
        int error = own.EnterNetworkNamespace();
        if (error == 0)
            error = Open();
        Dispose();
        if (error == 0)
            error = target.EnterNetworkNamespace();
        return error == 0 ? Open() : error;
    }

    private int Open()
    {
        while (_sockets.Count < NetlinkSockets)
        {
            int descriptor = NetlinkReader.OpenSocket(NetlinkReader.SockDiag);
            if (descriptor < 0)
                return -descriptor;
            _sockets.Enqueue(descriptor);
        }

        foreach (string table in s_tables)
            _tables[table] = (LinuxFile.TryOpen("/proc/thread-self/net/" + table, out LinuxFile file), file);
        return 0;
    }
}
