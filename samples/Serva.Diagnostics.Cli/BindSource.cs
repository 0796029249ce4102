using System;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Cli;

/// <summary>A host that binds are asked about: read once, however many binds there are.</summary>
internal sealed class BindSource
{
    private readonly HostSnapshot _host;
    private readonly HostDiagnostics _machine;

    private BindSource(HostSnapshot host, HostDiagnostics machine)
    {
        _host = host;
        _machine = machine;
        Zones = new ZoneHost(() => host);
    }

    /// <summary>The host as it was read.</summary>
    public HostSnapshot Host => _host;

    /// <summary>The host whose interfaces the zones of the binds name.</summary>
    public ZoneHost Zones { get; }

    public static BindSource From(HostDiagnostics machine) =>
        new(machine.Capture(new CaptureScope { Tables = SnapshotTables.ForBinds | SnapshotTables.Processes }), machine);

    /// <summary>Explains one bind on this machine: reads no more than its port needs.</summary>
    public static BindExplanation ExplainHere(HostDiagnostics machine, BindLine line)
    {
        PlatformFamily family = OperatingSystem.IsLinux() ? PlatformFamily.Linux : PlatformFamily.Other;
        return machine.ExplainBind(Complete(line, family), policy: line.Policy);
    }

    /// <summary>A saved host: nothing is tried there.</summary>
    public static BindSource FromFile(string path, CommandStreams streams)
    {
        DiagnosticCase saved = CaseFile.Read(path, streams);
        return new BindSource(saved.Host, HostDiagnostics.For(saved));
    }

    public BindExplanation Explain(BindLine line)
    {
        BindRequest request = Complete(line, _host.Platform.Family);
        var question = new Question
        {
            Bind = request,
            BindProbe = line.Policy == ProbePolicy.None ? null : _machine.Probe(request, line.Policy),
        };
        return new BindExplanation(Diagnoser.Diagnose(new DiagnosticCase { Host = _host, Questions = [question] }));
    }

    private static BindRequest Complete(BindLine line, PlatformFamily family) =>
        line.IsLikeDotNet ? line.Request.LikeDotNet(family) : line.Request;
}
