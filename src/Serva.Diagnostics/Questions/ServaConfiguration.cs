using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics;

/// <summary>What a <c>Serva.ini</c> says about the ports and addresses that Serva wants to serve on.</summary>
/// <remarks>
/// Source: configurations that users published (2014 and later); there is no reference of the format. A key is <c>TFTP_Port</c>,
/// <c>TFTP_LocalIP</c> and so on; an empty address stands for all. <c>TFTP_LowestUDPPort</c> to <c>TFTP_HighestUDPPort</c> and
/// <c>FTP_LowestDataPort</c> to <c>FTP_HighestDataPort</c> are the ports of transfers, 0 those that the system hands out. What the bits of <c>SERVA_Services</c> stand for is not known, so
/// that every service is taken as wanted.
/// </remarks>
public sealed class ServaConfiguration
{
    /// <summary>The keys of the ports that TFTP and FTP take for their transfers.</summary>
    internal const string LowestTftpPort = "TFTP_LowestUDPPort", HighestTftpPort = "TFTP_HighestUDPPort", LowestFtpPort = "FTP_LowestDataPort", HighestFtpPort = "FTP_HighestDataPort";

    private const int LongestText = 1 << 20, MostKeys = 4096;

    private ServaConfiguration()
    {
    }

    /// <summary>The services on the ports and addresses of the configuration; where it says nothing, on those of <see cref="ServiceProfile.Serva"/>.</summary>
    public required ServiceProfile Profile { get; init; }

    /// <summary>The keys with their values in the order of the file, those that nothing here understands among them. Never default.</summary>
    public required ImmutableArray<KeyValuePair<string, string>> Keys { get; init; }

    /// <summary>What could not be used, each with its line: <c>line 12: TFTP_Port=abc is no port</c>. Never default.</summary>
    public required ImmutableArray<string> Problems { get; init; }

    /// <summary>Reads the text of a configuration.</summary>
    /// <param name="text">The file's text.</param>
    /// <exception cref="FormatException">The text is longer than a million characters, has no line <c>KEY=VALUE</c>, or too many.</exception>
    public static ServaConfiguration Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestText)
            throw new FormatException("it is longer than a million characters");
        var keys = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        var lines = new Dictionary<string, (int Line, string Value)>(StringComparer.OrdinalIgnoreCase);
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> trimmed = line.Trim();
            int equals = trimmed.IndexOf('=');
            if (equals <= 0 || trimmed[0] is ';' or '#' or '[')
                continue;
            if (keys.Count == MostKeys)
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"it has more than {MostKeys} keys"));
            string key = trimmed[..equals].Trim().ToString(), value = trimmed[(equals + 1)..].Trim().ToString();
            keys.Add(KeyValuePair.Create(key, value));
            lines[key] = (number, value);
        }

        if (keys.Count == 0)
            throw new FormatException("it has no line KEY=VALUE");
        var problems = ImmutableArray.CreateBuilder<string>();
        ServiceProfile serva = ServiceProfile.Serva;
        return new ServaConfiguration
        {
            Profile = new ServiceProfile
            {
                Name = serva.Name,
                Server = serva.Server,
                Services = [.. serva.Services.Select(service => Configured(service, lines, problems))],
            },
            Keys = keys.DrainToImmutable(),
            Problems = problems.DrainToImmutable(),
        };
    }

    /// <summary>The pool of a service that has one; 0 stands for automatic ports, as the published configurations have it.</summary>
    private static DataPortPool? DataPortsOf(
        ProfileService service, Dictionary<string, (int Line, string Value)> lines, ImmutableArray<string>.Builder problems)
    {
        (TransportProtocol protocol, string? lowestKey, string? highestKey) = service.Name switch
        {
            "TFTP" => (TransportProtocol.Udp, LowestTftpPort, HighestTftpPort),
            "FTP" => (TransportProtocol.Tcp, LowestFtpPort, HighestFtpPort),
            _ => (default(TransportProtocol), null, null),
        };
        if (lowestKey is null || highestKey is null)
            return service.DataPorts;
        int? lowest = PortOf(lowestKey, lines, problems), highest = PortOf(highestKey, lines, problems);
        if (lowest is null && highest is null)
            return service.DataPorts;
        if (lowest is null or 0 && highest is null or 0)
            return DataPortPool.Automatic(protocol);
        if (lowest is null or 0 || highest is null or 0)
        {
            (string there, string other) = lowest is null or 0 ? (highestKey, lowestKey) : (lowestKey, highestKey);
            problems.Add(Problem(lines[there].Line, there, lines[there].Value, $"no range of ports without {other}"));
            return service.DataPorts;
        }

        if (lowest <= highest)
            return DataPortPool.Create(protocol, lowest.Value, highest.Value);
        problems.Add(Problem(lines[lowestKey].Line, lowestKey, lines[lowestKey].Value, string.Create(CultureInfo.InvariantCulture, $"above {highestKey}={highest} (line {lines[highestKey].Line})")));
        return service.DataPorts;
    }

    // Null for a key that is not there, and for one that makes no sense.
    private static int? PortOf(string key, Dictionary<string, (int Line, string Value)> lines, ImmutableArray<string>.Builder problems)
    {
        if (!lines.TryGetValue(key, out var found) || found.Value.Length == 0)
            return null;
        if (ushort.TryParse(found.Value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return port;
        problems.Add(Problem(found.Line, key, found.Value, "no port"));
        return null;
    }

    private static ProfileService Configured(
        ProfileService service, Dictionary<string, (int Line, string Value)> lines, ImmutableArray<string>.Builder problems)
    {
        // proxyDHCP and BINL are part of the DHCP service and have no port of their own.
        bool isPxe = service.Name == "proxyDHCP/BINL";
        string prefix = isPxe ? "DHCP" : service.Name;
        int? port = null;
        NetAddress? address = null;
        if (!isPxe && lines.TryGetValue(prefix + "_Port", out var found) && found.Value.Length > 0)
        {
            if (ushort.TryParse(found.Value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort given) && given > 0)
                port = given;
            else
                problems.Add(Problem(found.Line, prefix + "_Port", found.Value, "no port"));
        }

        if (lines.TryGetValue(prefix + "_LocalIP", out found) && found.Value.Length > 0)
        {
            if (NetAddress.TryParse(found.Value, out NetAddress given))
                address = given;
            else if (!isPxe)
                problems.Add(Problem(found.Line, prefix + "_LocalIP", found.Value, "no address"));
        }

        return new ProfileService
        {
            Name = service.Name,
            Binds = [.. service.Binds.Select(bind => bind with { Endpoint = NetEndpoint.Create(address ?? bind.Endpoint.Address, port ?? bind.Endpoint.Port) })],
            DataPorts = DataPortsOf(service, lines, problems),
        };
    }

    // What stands in a file may be meant for the terminal that shows it.
    private static string Problem(int line, string key, string value, string what) => string.Create(
        CultureInfo.InvariantCulture,
        $"line {line}: {key}{(value.Length <= 40 && value.All(letter => letter is >= ' ' and <= '~') ? "=" + value : "")} is {what}");
}
