using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serva.Diagnostics.Capture;
using Serva.Diagnostics.Probing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>Answers questions about a host: this machine, or a saved case.</summary>
/// <remarks>Synchronous, keeps no state between calls and is safe to use from several threads.</remarks>
public sealed class HostDiagnostics
{
    private readonly IHostCapture _host;
    private readonly ILogger _logger;
    private readonly bool _withSocketOptions;

    private HostDiagnostics(IHostCapture host, ILogger logger, bool withSocketOptions = false) =>
        (_host, _logger, _withSocketOptions) = (host, logger, withSocketOptions);

    /// <summary>Questions about the machine this runs on.</summary>
    /// <param name="loggerFactory">Where captures (event ids 1000 to 1999) and diagnoses (2000 to 2999) are logged; null for nowhere.</param>
    public static HostDiagnostics ForThisMachine(ILoggerFactory? loggerFactory = null)
    {
        ILogger logger = CreateLogger(loggerFactory);
        return new HostDiagnostics(new ThisMachine(logger), logger);
    }

    /// <summary>Questions about another host.</summary>
    /// <param name="host">How it is read and tried.</param>
    /// <param name="loggerFactory">Where diagnoses are logged; null for nowhere.</param>
    public static HostDiagnostics For(IHostCapture host, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        return new HostDiagnostics(host, CreateLogger(loggerFactory));
    }

    /// <summary>Questions about a saved host, as it was when it was captured. Nothing is tried there, and answers say so.</summary>
    /// <param name="saved">The case; its own questions and profile are left aside.</param>
    /// <param name="loggerFactory">Where diagnoses are logged; null for nowhere.</param>
    public static HostDiagnostics For(DiagnosticCase saved, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(saved);
        return new HostDiagnostics(new SavedHost(saved.Host), CreateLogger(loggerFactory));
    }

    /// <summary>
    /// The same host, whose sockets are also asked for their options where the system allows it, so that binds beside
    /// them are predicted for certain: <see cref="CaptureScope.WithSocketOptions"/> says how, what it costs and what it needs.
    /// </summary>
    public HostDiagnostics WithSocketOptions() => new(_host, _logger, withSocketOptions: true);

    /// <summary>Reads the host.</summary>
    public HostSnapshot Capture(CaptureScope? scope = null, CancellationToken cancellationToken = default)
    {
        scope ??= CaptureScope.All;
        return _host.Capture(_withSocketOptions ? scope with { WithSocketOptions = true } : scope, cancellationToken);
    }

    /// <summary>Really makes a bind on the host and lets it go again, as far as the policy allows. A saved case tries nothing, and says so.</summary>
    /// <remarks>Expected trouble is in the answer, never an exception. Needs no privilege beyond those of the bind itself.</remarks>
    public BindProbeResult Probe(BindRequest request, ProbePolicy policy = ProbePolicy.BindOnly)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _host.Probe(request, policy);
    }

    /// <summary>
    /// Really makes TLS handshakes of this host with itself over loopback, TLS 1.2 and 1.3, with a certificate made for it; once as
    /// the reads come, and with reads that end within the next record, which the Windows updates of October 2022 do not bear.
    /// </summary>
    /// <remarks>
    /// Some tens of milliseconds; each handshake that hangs costs five seconds. Needs no privilege; takes one automatic port of loopback
    /// meanwhile. One that completes refutes nothing. Expected trouble is in the answer, never an exception.
    /// </remarks>
    public TlsProbeResult ProbeTls() => _host.ProbeTls();

    /// <summary>Explains why a bind fails, or says that it would succeed.</summary>
    /// <remarks>
    /// Reads the sockets of the port, the processes and what bind rules depend on: some milliseconds to some tens of
    /// them. Needs no privilege; owners of other users' sockets may need elevation, and the explanation says so. Nothing
    /// is bound unless <paramref name="policy"/> asks for it. When another socket is in the way, all sockets of the protocol
    /// are read once more, to find ports that are free.
    /// </remarks>
    /// <param name="request">The bind, for example <see cref="BindRequest.From"/> the failed socket.</param>
    /// <param name="error">The exception that was caught, however deep the socket's error lies in it; null for none.</param>
    /// <param name="policy">Whether to try the bind as well.</param>
    public BindExplanation ExplainBind(BindRequest request, Exception? error = null, ProbePolicy policy = ProbePolicy.None)
    {
        ArgumentNullException.ThrowIfNull(request);
        var question = new Question { Bind = request, Error = error is null ? null : ObservedErrors.In(error) };
        Diagnosis diagnosis = Diagnose(CaptureCase([question], policy: policy));
        return new BindExplanation(SeeOtherPorts(diagnosis.Case) is { } wider ? Diagnoser.Diagnose(wider) : diagnosis);
    }

    /// <summary>Says what an error means that somebody saw, and which of its causes are there on this host.</summary>
    /// <remarks>Reads what <see cref="ExplainBind"/> reads; nothing is bound.</remarks>
    /// <param name="text">The error as it was seen: a number, a name, a line of a log, an exception's text.</param>
    /// <param name="request">The bind that failed; null for what the text says of it.</param>
    public ErrorExplanation ExplainError(string text, BindRequest? request = null)
    {
        ErrorReading reading = Diagnoser.ReadError(text);
        var seen = new ObservedError { Code = reading.Code, Text = text };

        // Which system this is decides what the program sets by itself; the endpoint is what the capture needs to know.
        Question? question = reading.ToQuestion(PlatformFamily.Other, request, seen);
        DiagnosticCase captured = CaptureCase(question is null ? [] : [question], policy: ProbePolicy.None);
        return Diagnoser.ExplainError((SeeOtherPorts(captured) ?? captured).Host, reading, request, text);
    }

    /// <summary>Says where packets leave, by which router and with which source, and what decided.</summary>
    /// <remarks>Reads interfaces, addresses, routes and rules: some milliseconds. Needs no privilege; nothing is sent.</remarks>
    /// <param name="flow">The packets.</param>
    /// <param name="isConnect">Whether to answer for <c>connect()</c>, which may look up twice, instead of a single lookup.</param>
    /// <exception cref="ArgumentException">The flow has no destination, or a source of the other family.</exception>
    public RouteDecision ExplainFlow(Flow flow, bool isConnect = false)
    {
        ArgumentNullException.ThrowIfNull(flow);
        var selector = new RouteSelector(Capture(new CaptureScope { Tables = SnapshotTables.ForRoutes }));
        return isConnect ? selector.SelectForConnect(flow) : selector.Select(flow);
    }

    /// <summary>What another port could be is seen in all sockets alone: they are read when the one that was asked about is not free.</summary>
    private DiagnosticCase? SeeOtherPorts(DiagnosticCase diagnosticCase)
    {
        HostSnapshot host = diagnosticCase.Host;
        if (diagnosticCase.Questions is not [{ Bind: { } bind }] || host.Sockets.Filter is null
            || new BindPredictor(host).Predict(bind).Outcome is not (BindOutcome.AddressInUse or BindOutcome.AccessDenied))
        {
            return null;
        }

        var scope = new CaptureScope { Tables = SnapshotTables.Sockets, Sockets = new SocketQuery { Protocol = bind.Protocol } };
        HostSnapshot all = Capture(scope, CancellationToken.None);
        return all.Sockets.IsKnown
            ? new DiagnosticCase { Host = host with { Sockets = all.Sockets }, Profile = diagnosticCase.Profile, Questions = diagnosticCase.Questions }
            : null;
    }

    /// <summary>Diagnoses the host: a product's services and what is known to be wrong with the machine; without a profile the machine alone.</summary>
    /// <param name="profile">The services to ask about, for example <see cref="ServiceProfile.Serva"/>; null for none.</param>
    /// <param name="policy">Whether to try the services' binds.</param>
    /// <param name="cancellationToken">Stops the capture.</param>
    public Diagnosis Diagnose(ServiceProfile? profile = null, ProbePolicy policy = ProbePolicy.BindOnly, CancellationToken cancellationToken = default) =>
        Diagnose(CaptureCase(profile, policy, cancellationToken));

    /// <summary>Diagnoses a case, and logs what was found. <see cref="Diagnoser.Diagnose"/> does the same without a host.</summary>
    public Diagnosis Diagnose(DiagnosticCase diagnosticCase)
    {
        ArgumentNullException.ThrowIfNull(diagnosticCase);
        DiagnosisLog.Begins(_logger, diagnosticCase.Questions.Length, diagnosticCase.Host.Platform.Family, diagnosticCase.Host.Platform.Version.ToString());
        Diagnosis diagnosis = Diagnoser.Diagnose(diagnosticCase);
        foreach (SkippedRule skipped in diagnosis.Skipped)
            DiagnosisLog.Skipped(_logger, skipped.Id, skipped.Because);
        foreach (Finding finding in diagnosis.Findings)
        {
            if (finding.Severity >= Severity.Warning)
                DiagnosisLog.Found(_logger, finding.Issue.Id, SafeText.Of(finding.Summary));
        }

        DiagnosisLog.Ends(_logger, diagnosticCase.Questions.Length, diagnosis.Findings.Length, diagnosis.Skipped.Length);
        return diagnosis;
    }

    /// <summary>Captures the host with a product's services as questions: a case that can be saved and judged anywhere.</summary>
    /// <param name="profile">The services to ask about; null for the host alone.</param>
    /// <param name="policy">Whether to try the services' binds.</param>
    /// <param name="cancellationToken">Stops the capture.</param>
    public DiagnosticCase CaptureCase(ServiceProfile? profile = null, ProbePolicy policy = ProbePolicy.BindOnly, CancellationToken cancellationToken = default) =>
        new()
        {
            Host = Capture(CaptureScope.All, cancellationToken),
            Profile = profile,
            Questions = Try(profile?.ToQuestions() ?? [], policy),
        };

    /// <summary>Captures what binds depend on, with questions: a case that can be saved and judged anywhere.</summary>
    /// <param name="questions">The questions; what their binds really do is added as far as <paramref name="policy"/> allows.</param>
    /// <param name="server">The server that asks, so that its own sockets are told from others'; null when nobody knows.</param>
    /// <param name="policy">Whether to try the binds.</param>
    /// <param name="cancellationToken">Stops the capture.</param>
    public DiagnosticCase CaptureCase(
        IEnumerable<Question> questions, ServerIdentity? server = null, ProbePolicy policy = ProbePolicy.BindOnly, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ImmutableArray<Question> asked = [.. questions];
        var scope = new CaptureScope
        {
            Tables = SnapshotTables.ForBinds | SnapshotTables.Processes,
            Sockets = SocketsFor(asked),
        };
        return new DiagnosticCase
        {
            Host = Capture(scope, cancellationToken),
            Profile = server is null ? null : new ServiceProfile { Name = "server", Services = [], Server = server },
            Questions = Try(asked, policy),
        };
    }

    // The host is read first: a trial of ours must not stand in its own snapshot.
    private ImmutableArray<Question> Try(ImmutableArray<Question> questions, ProbePolicy policy)
    {
        if (policy == ProbePolicy.None)
            return questions;
        var tried = ImmutableArray.CreateBuilder<Question>(questions.Length);
        foreach (Question question in questions)
        {
            if (question.Bind is not { } bind)
            {
                tried.Add(question);
                continue;
            }

            BindProbeResult result = _host.Probe(bind, policy);
            DiagnosisLog.Tried(_logger, bind.ToEndpointText(), result.Outcome, result.NativeError);
            tried.Add(question with { BindProbe = result });
        }

        return tried.MoveToImmutable();
    }

    // One port alone is much cheaper to read; port 0 depends on all of them.
    private static SocketQuery SocketsFor(ImmutableArray<Question> questions)
    {
        (TransportProtocol Protocol, int Port)[] wanted =
            [.. questions.Select(question => question.Bind).OfType<BindRequest>().Select(bind => (bind.Protocol, bind.Endpoint.Port)).Distinct()];
        return wanted is [{ Port: > 0 } one] ? SocketQuery.ForPort(one.Port) with { Protocol = one.Protocol } : SocketQuery.All;
    }

    private static ILogger CreateLogger(ILoggerFactory? factory) =>
        (factory ?? NullLoggerFactory.Instance).CreateLogger("Serva.Diagnostics");

    private sealed class SavedHost(HostSnapshot host) : IHostCapture
    {
        public HostSnapshot Capture(CaptureScope scope, CancellationToken cancellationToken = default) => host;

        public BindProbeResult Probe(BindRequest request, ProbePolicy policy) =>
            new() { Outcome = BindOutcome.Undetermined, NotTriedBecause = "a saved host cannot be tried" };

        public TlsProbeResult ProbeTls() => new() { NotTriedBecause = "a saved host cannot be tried" };
    }

    private sealed class ThisMachine(ILogger logger) : IHostCapture
    {
        private static readonly TimeSpan s_handshakeLimit = TimeSpan.FromSeconds(5);

        public HostSnapshot Capture(CaptureScope scope, CancellationToken cancellationToken = default) =>
            HostCapture.Capture(scope, TimeProvider.System, logger, cancellationToken);

        public BindProbeResult Probe(BindRequest request, ProbePolicy policy) =>
            BindProbe.Try(request, policy, TimeProvider.System);

        public TlsProbeResult ProbeTls() => TlsProbe.Try(s_handshakeLimit, TimeProvider.System);
    }
}
