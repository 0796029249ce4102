using System.Collections.Generic;
using System.CommandLine;
using System.Linq;

namespace Serva.Diagnostics.Cli;

/// <summary>The options of <c>bind</c>, and how they are read together.</summary>
internal sealed class BindOptions
{
    private readonly Argument<string?> _endpoint = new("PROTO/ENDPOINT")
    {
        Description = "For example udp/192.168.1.5:69, tcp/[fe80::1%eth0]:80, tcp/80 for tcp/0.0.0.0:80, or tcp/*:80 for tcp/[::]:80 --dual-mode.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool>[] _flags =
    [
        new("--reuse-address") { Description = "SO_REUSEADDR is set." },
        new("--reuse-port") { Description = "SO_REUSEPORT is set (Linux)." },
        new("--exclusive") { Description = "SO_EXCLUSIVEADDRUSE is set (Windows)." },
        new("--dual-mode") { Description = "IPV6_V6ONLY is cleared: the socket serves IPv4 too." },
        new("--free-bind") { Description = "IP_FREEBIND is set (Linux)." },
        new("--transparent") { Description = "IP_TRANSPARENT is set (Linux)." },
    ];

    private readonly Option<string?> _device = new("--device") { Description = "SO_BINDTODEVICE: the interface by name (Linux).", HelpName = "IF" };
    private readonly Option<string?> _automaticPorts = new("--automatic-ports")
    {
        Description = "IP_LOCAL_PORT_RANGE: where the system looks for port 0; 0 leaves an end open (Linux).",
        HelpName = "FIRST-LAST",
    };

    private readonly Option<string?> _like = new("--like") { Description = "Add what .NET sets by itself.", HelpName = BindLine.LikeDotNet };
    private readonly Option<bool> _noProbe = SharedOptions.NoProbe();

    private readonly Option<string?> _probe = new("--probe")
    {
        Description = "Also try to listen, and binds with a reuse option, which may take traffic from others for a moment. On Windows the firewall may ask about a program that listens on all addresses; Cancel there writes block rules.",
        HelpName = "full",
    };

    private readonly Option<string?> _batch = new("--batch")
    {
        Description = "One bind per line, as it would stand after 'bind'; one JSON answer per line; - reads standard input.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _socketOptions = SharedOptions.SocketOptions();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly Option<bool> _verbose = SharedOptions.Verbose();
    private readonly Option<string> _case = SharedOptions.Case();

    public void AddTo(Command command)
    {
        command.Add(_endpoint);
        foreach (Option option in (Option[])[.. _flags, _device, _automaticPorts, _like, _noProbe, _probe, _socketOptions, _batch, _json, _verbose, _case])
            command.Add(option);
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    public bool IsVerbose(ParseResult parsed) => parsed.GetValue(_verbose);

    public bool IsLikeDotNet(ParseResult parsed) => parsed.GetValue(_like) switch
    {
        null => false,
        BindLine.LikeDotNet => true,
        { } other => throw new UsageException($"'{other}' is unknown; --like takes '{BindLine.LikeDotNet}'"),
    };

    public ProbePolicy Policy(ParseResult parsed) => (parsed.GetValue(_noProbe), parsed.GetValue(_probe)) switch
    {
        (true, not null) => throw new UsageException("--probe and --no-probe exclude each other"),
        (true, null) => ProbePolicy.None,
        (false, null) => ProbePolicy.BindOnly,
        (false, "full") => ProbePolicy.Full,
        (false, { } other) => throw new UsageException($"'{other}' is unknown; --probe takes 'full'"),
    };

    /// <summary>The batch that is to be answered; null for a single bind.</summary>
    public string? ReadBatch(ParseResult parsed)
    {
        if (parsed.GetValue(_batch) is not { } batch)
            return null;
        if (parsed.GetValue(_endpoint) is not null || Written(parsed).Any() || parsed.GetValue(_device) is not null)
            throw new UsageException("with --batch the binds and their options stand on the lines of the batch");
        if (batch == "-" && parsed.GetValue(_case) == "-")
            throw new UsageException("the batch and the case cannot both come from standard input");
        RefuseTouchingASavedHost(parsed);
        _ = IsLikeDotNet(parsed);
        _ = Policy(parsed);
        return batch;
    }

    /// <summary>Explains the bind of the command line.</summary>
    public BindExplanation Explain(ParseResult parsed, CommandStreams streams)
    {
        RefuseTouchingASavedHost(parsed);
        if (parsed.GetValue(_case) is not { } path)
            return BindSource.ExplainHere(Machine(parsed), ReadLine(parsed, ZoneHost.OfThisMachine));
        _ = Endpoint(parsed);
        BindSource saved = BindSource.FromFile(path, streams);
        return saved.Explain(ReadLine(parsed, saved.Zones));
    }

    /// <summary>The host that the binds of a batch are asked about.</summary>
    public BindSource ReadSource(ParseResult parsed, CommandStreams streams) =>
        parsed.GetValue(_case) is { } path ? BindSource.FromFile(path, streams) : BindSource.From(Machine(parsed));

    private HostDiagnostics Machine(ParseResult parsed)
    {
        HostDiagnostics machine = HostDiagnostics.ForThisMachine();
        return parsed.GetValue(_socketOptions) ? machine.WithSocketOptions() : machine;
    }

    private string Endpoint(ParseResult parsed) => parsed.GetValue(_endpoint)
        ?? throw new UsageException("expected PROTO/ENDPOINT, for example udp/0.0.0.0:69; see 'serva-diag bind --help'");

    private void RefuseTouchingASavedHost(ParseResult parsed)
    {
        if (parsed.GetValue(_case) is not null && parsed.GetValue(_probe) is not null)
            throw new UsageException("a saved host cannot be tried: --case and --probe exclude each other");
        if (parsed.GetValue(_case) is not null && parsed.GetValue(_socketOptions))
            throw new UsageException("the sockets of a saved host cannot be asked: --case and --socket-options exclude each other");
    }

    private BindLine ReadLine(ParseResult parsed, ZoneHost zones)
    {
        BindRequest request = ServiceSelection.ReadBind(string.Join(' ', [Endpoint(parsed), .. Written(parsed)]), "bind", zones);
        if (parsed.GetValue(_device) is { } device)
            request = request with { Device = device };
        return new BindLine { Request = request, IsLikeDotNet = IsLikeDotNet(parsed), Policy = Policy(parsed) };
    }

    private IEnumerable<string> Written(ParseResult parsed)
    {
        foreach (Option<bool> flag in _flags.Where(parsed.GetValue))
            yield return flag.Name;
        if (parsed.GetValue(_automaticPorts) is { } range)
            yield return $"{_automaticPorts.Name} {range}";
    }
}
