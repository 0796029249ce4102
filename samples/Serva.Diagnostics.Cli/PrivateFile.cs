using System;
using System.Collections.Concurrent;
using System.IO;

namespace Serva.Diagnostics.Cli;

/// <summary>
/// Writes a file that is there whole or not at all: under a temporary name beside its place, readable by its owner
/// alone, then renamed. A case tells much about a host.
/// </summary>
internal static class PrivateFile
{
    private static readonly ConcurrentDictionary<string, bool> s_unfinished = new(StringComparer.Ordinal);

    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (path.Length == 0)
            throw new UsageException("a file needs a name");
        string temporary;
        try
        {
            string full = Path.GetFullPath(path);
            if (Directory.Exists(full))
                throw new UsageException($"cannot write '{path}': it is a directory");
            if (IsDevice(full))
            {
                using var device = new FileStream(full, FileMode.Open, FileAccess.Write);
                write(device);
                return;
            }

            if (File.Exists(full))
                full = File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
            temporary = Path.Combine(Path.GetDirectoryName(full) ?? ".", $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}");
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            s_unfinished[temporary] = true;
            try
            {
                using (var stream = new FileStream(temporary, options))
                    write(stream);
                File.Move(temporary, full, overwrite: true);
            }
            finally
            {
                Forget(temporary);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw UsageException.FromFile("write", path, error);
        }
    }

    /// <summary>Deletes what was begun and not finished: for an interrupted command.</summary>
    public static void DeleteUnfinished()
    {
        foreach (string temporary in s_unfinished.Keys)
            Forget(temporary);
    }

    // A rename would put a file in the place of the device.
    private static bool IsDevice(string full) =>
        full.StartsWith("/dev/", StringComparison.Ordinal)
        || full.StartsWith("/proc/", StringComparison.Ordinal)
        || full.StartsWith(@"\\.\", StringComparison.Ordinal);

    private static void Forget(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Left behind, but never under the name that was asked for.
        }

        s_unfinished.TryRemove(temporary, out _);
    }
}
