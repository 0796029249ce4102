using System;
using System.IO;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Cli;

/// <summary>Reads and writes cases by name; <c>-</c> is standard input or output.</summary>
internal static class CaseFile
{
    private const int LongestIni = 1 << 20;

    public static DiagnosticCase Read(string path, CommandStreams streams)
    {
        if (path == "-")
            return Read(streams.Input, "standard input");
        using FileStream stream = Open(path);
        return Read(stream, path);
    }

    private static ServiceProfile ReadServaIni(FileStream stream, string path)
    {
        if (stream.Length > LongestIni)
            throw new UsageException($"'{path}' is no Serva.ini: it is larger than {LongestIni >> 20} MB");
        using var reader = new StreamReader(stream);
        try
        {
            ServaConfiguration configuration = ServaConfiguration.Parse(reader.ReadToEnd());
            return configuration.Problems is [var problem, ..] ? throw new UsageException($"'{path}', {problem}") : configuration.Profile;
        }
        catch (FormatException error)
        {
            throw new UsageException($"'{path}' is no Serva.ini: {error.Message}");
        }
    }

    /// <summary>Reads a profile; one that asks for nothing is refused, because nobody would notice.</summary>
    /// <param name="path">The file.</param>
    /// <param name="host">The host whose interfaces zones may name.</param>
    public static ServiceProfile ReadProfile(string path, HostSnapshot host)
    {
        using FileStream stream = Open(path);
        try
        {
            if (path.EndsWith(".ini", StringComparison.OrdinalIgnoreCase))
                return ReadServaIni(stream, path);
            ServiceProfile profile = ServiceProfile.FromJson(stream, host);
            if (profile.Services.IsEmpty)
                throw new UsageException($"'{path}' is no profile: it names no service ($.services)");
            for (int i = 0; i < profile.Services.Length; i++)
            {
                if (profile.Services[i].Binds.IsEmpty)
                    throw new UsageException($"'{path}' is no profile: a service names no endpoint ($.services[{i}].endpoints)");
            }

            return profile;
        }
        catch (CaseFormatException error)
        {
            throw new UsageException($"'{path}' is no profile: {error.Message}");
        }
        catch (IOException error)
        {
            throw UsageException.FromFile("read", path, error);
        }
    }

    public static void Write(DiagnosticCase diagnosticCase, string path, CommandStreams streams)
    {
        if (path != "-")
        {
            PrivateFile.Write(path, diagnosticCase.WriteJson);
            return;
        }

        streams.Print(diagnosticCase.ToJson());
    }

    /// <summary>Opens a file for reading.</summary>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024, FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw UsageException.FromFile("read", path, error);
        }
    }

    private static DiagnosticCase Read(Stream stream, string name)
    {
        try
        {
            return DiagnosticCase.FromJson(stream);
        }
        catch (CaseFormatException error)
        {
            throw new UsageException($"'{name}' is no case: {error.Message}");
        }
        catch (IOException error)
        {
            throw UsageException.FromFile("read", name, error);
        }
    }
}
