using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Cli;

/// <summary>A host that binds are asked about: read once, however many binds there are.</summary>
internal sealed class BindSource
{
    private readonly HostSnapshot _host;
    private readonly HostDiagnostics? _machine;

    private BindSource(HostSnapshot host, HostDiagnostics? machine)
    {
        _host = host;
        _machine = machine;
    }

    public static BindSource FromThisMachine()
    {
        HostDiagnostics machine = HostDiagnostics.ForThisMachine();
        return new BindSource(machine.Capture(new CaptureScope { Tables = SnapshotTables.ForBinds | SnapshotTables.Processes }), machine);
    }

    /// <summary>A saved host: nothing is tried there.</summary>
    public static BindSource FromFile(string path, CommandStreams streams) => new(CaseFile.Read(path, streams).Host, null);

    public BindExplanation Explain(BindLine line)
    {
        BindRequest request = line.IsLikeDotNet ? line.Request.LikeDotNet(_host.Platform.Family) : line.Request;
        var question = new Question
        {
            Bind = request,
            BindProbe = line.Policy == ProbePolicy.None ? null : _machine?.Probe(request, line.Policy),
        };
        return new BindExplanation(Diagnoser.Diagnose(new DiagnosticCase { Host = _host, Questions = [question] }));
    }
}
