using System;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics;

/// <summary>The product that the services belong to, so that its own sockets are told apart from a squatter's.</summary>
/// <remarks>A process is the server when it matches any member that is given.</remarks>
public sealed class ServerIdentity
{
    /// <summary>Image names without directory; <c>.exe</c> and case do not matter. Never default.</summary>
    public ImmutableArray<string> Names
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>systemd units or Windows services. Never default.</summary>
    public ImmutableArray<string> Units
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The process itself; null for none.</summary>
    public int? ProcessId { get; init; }

    /// <summary>A server by name, or by process id when the text is a number. The name may be an image or a unit.</summary>
    public static ServerIdentity Parse(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        return int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int processId)
            ? new ServerIdentity { ProcessId = processId }
            : new ServerIdentity { Names = [text], Units = [text] };
    }

    /// <summary>Whether a process is the server.</summary>
    public bool Matches(ProcessRow process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return ProcessId == process.ProcessId
            || (process.Name is { } name && Names.Any(n => SameImage(n, name)))
            || (process.Unit is { } unit && Units.Any(u => SameUnit(u, unit)))
            || process.Services.Any(s => Units.Contains(s, StringComparer.OrdinalIgnoreCase));
    }

    private static bool SameImage(string wanted, string actual) =>
        MemoryExtensions.Equals(TrimExe(wanted), TrimExe(actual), StringComparison.OrdinalIgnoreCase);

    private static bool SameUnit(string wanted, string actual) =>
        wanted.Equals(actual, StringComparison.Ordinal)
        || (actual.EndsWith(".service", StringComparison.Ordinal) && actual.AsSpan(0, actual.Length - 8).SequenceEqual(wanted));

    private static ReadOnlySpan<char> TrimExe(string name) =>
        name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? name.AsSpan(0, name.Length - 4) : name;
}

/// <summary>A service with the binds it needs.</summary>
public sealed class ProfileService
{
    /// <summary>The name that people know it by, for example <c>TFTP</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The binds it needs.</summary>
    public required ImmutableArray<BindRequest> Binds { get; init; }

    /// <summary>The ports that it takes for its transfers besides; null when it has none, or when nobody knows them.</summary>
    public DataPortPool? DataPorts { get; init; }
}

/// <summary>The services that a product wants to offer on a host.</summary>
public sealed partial class ServiceProfile
{
    /// <summary>The product's name.</summary>
    public required string Name { get; init; }

    /// <summary>The product's own process; null when its sockets cannot be told from others'.</summary>
    public ServerIdentity? Server { get; init; }

    /// <summary>The services, in the order they are reported.</summary>
    public required ImmutableArray<ProfileService> Services { get; init; }

    /// <summary>
    /// Serva: eight services on nine endpoints, on every address of the host. Source: the product's list of supported
    /// protocols; 4011 is PXE's boot server port. TFTP takes an automatic port for each transfer, as its configuration says
    /// before anybody changes it; what FTP takes differs between versions, and is left open.
    /// </summary>
    public static ServiceProfile Serva { get; } = new()
    {
        Name = "Serva",
        Server = new ServerIdentity { Names = ["Serva64", "Serva32", "Serva"] },
        Services =
        [
            On("HTTP", (TransportProtocol.Tcp, 80)),
            On("FTP", (TransportProtocol.Tcp, 21)),
            On("TFTP", DataPortPool.Automatic(TransportProtocol.Udp), (TransportProtocol.Udp, 69)),
            On("DHCP", (TransportProtocol.Udp, 67)),
            On("proxyDHCP/BINL", (TransportProtocol.Udp, 4011)),
            On("DNS", (TransportProtocol.Udp, 53), (TransportProtocol.Tcp, 53)),
            On("SNTP", (TransportProtocol.Udp, 123)),
            On("Syslog", (TransportProtocol.Udp, 514)),
        ],
    };

    /// <summary>The questions that this profile asks of a host, one per bind.</summary>
    public ImmutableArray<Question> ToQuestions() =>
    [
        .. Services.SelectMany(service => service.Binds, (service, bind) => new Question { Service = service.Name, Bind = bind }),
    ];

    private static ProfileService On(string name, params ReadOnlySpan<(TransportProtocol Protocol, int Port)> binds) => On(name, null, binds);

    private static ProfileService On(string name, DataPortPool? dataPorts, params ReadOnlySpan<(TransportProtocol Protocol, int Port)> binds)
    {
        var requests = ImmutableArray.CreateBuilder<BindRequest>(binds.Length);
        foreach ((TransportProtocol protocol, int port) in binds)
        {
            requests.Add(new BindRequest
            {
                Protocol = protocol,
                Endpoint = NetEndpoint.Create(NetAddress.AnyIPv4, port),
                Listen = protocol == TransportProtocol.Tcp,
            });
        }

        return new ProfileService { Name = name, Binds = requests.MoveToImmutable(), DataPorts = dataPorts };
    }
}
