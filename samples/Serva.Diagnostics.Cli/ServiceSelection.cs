using System;
using System.Collections.Immutable;
using System.Linq;

namespace Serva.Diagnostics.Cli;

/// <summary>The services that a command line speaks of: a profile, endpoints, or both.</summary>
internal static class ServiceSelection
{
    /// <summary>The profile that was asked for; null when nothing was.</summary>
    public static ServiceProfile? Read(string? profile, string[] endpoints, string? server, string command, ZoneHost zones)
    {
        ServiceProfile? named = profile switch
        {
            null => null,
            _ when profile.Equals("serva", StringComparison.OrdinalIgnoreCase) => ServiceProfile.Serva,
            _ => CaseFile.ReadProfile(profile, zones.Snapshot),
        };
        if (server is not null && string.IsNullOrWhiteSpace(server))
            throw new UsageException("--server needs a name or a process id");
        ServerIdentity? identity = server is null ? named?.Server : ServerIdentity.Parse(server);
        if (named is null && endpoints.Length == 0)
        {
            return server is null
                ? null
                : throw new UsageException("--server needs the endpoints that the server wants, or --profile");
        }

        return new ServiceProfile
        {
            Name = named?.Name ?? "command line",
            Services = [.. named?.Services ?? [], .. endpoints.Select(text => ReadService(text, command, zones))],
            Server = identity,
        };
    }

    /// <summary>Reads one bind; a wrong one is refused with its place.</summary>
    public static BindRequest ReadBind(string text, string command, ZoneHost zones)
    {
        if (text.StartsWith('-'))
            throw new UsageException($"'{Shorten(text.Split(' ')[0])}' is no option of {command}; see '{CommandStreams.CommandName} {command} --help'");
        return zones.TryParse(text, out BindRequest? request, out string? error, out int position)
            ? request
            : throw new UsageException($"'{Shorten(text)}' at position {position + 1}: {error}");
    }

    private static ProfileService ReadService(string text, string command, ZoneHost zones)
    {
        BindRequest bind = ReadBind(text, command, zones);
        return new ProfileService { Name = text.Trim(), Binds = [bind] };
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");
}
