using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

/// <summary>Turns answers into the documents that programs read.</summary>
internal static class ReportDocuments
{
    /// <summary>The version of every report document; raised when a member changes its meaning.</summary>
    public const int FormatVersion = 1;

    public static DiagnosisDocument Of(Diagnosis diagnosis) => new()
    {
        FormatVersion = FormatVersion,
        Host = Of(diagnosis.Case.Host),
        HasProblems = diagnosis.HasProblems,
        Services = [.. diagnosis.Services.Select(Of)],
        Tls = [.. diagnosis.Case.Questions.Select(question => question.TlsProbe).OfType<TlsProbeResult>().SelectMany(Of)],
        Findings = [.. diagnosis.Findings.Select(Of)],
        Skipped = [.. diagnosis.Skipped.Select(Of)],
        RuleCount = diagnosis.RuleCount,
    };

    public static BindDocument Of(BindExplanation explanation) => new()
    {
        FormatVersion = FormatVersion,
        Request = explanation.Prediction.Request.ToString(),
        Sentence = explanation.Verdict.Sentence,
        State = explanation.Verdict.Standing,
        Prediction = Of(explanation.Prediction),
        Probe = Of(explanation.Probe),
        Error = Of(explanation.Error, explanation.Diagnosis.Case.Host.Platform.Family),
        Alternatives = Of(explanation.Prediction, explanation.Alternatives),
        Findings = [.. explanation.Findings.Select(Of)],
        Skipped = [.. explanation.Diagnosis.Skipped.Select(Of)],
    };

    public static ErrorDocument Of(ErrorExplanation explanation) => new()
    {
        FormatVersion = FormatVersion,
        Error = Of(explanation.Reading),
        Request = explanation.Verdict?.Request.ToString(),
        Sentence = explanation.Verdict?.Sentence,
        State = explanation.Verdict?.Standing,
        Causes = [.. explanation.Causes.Select(Of)],
        Missing = explanation.Missing,
        AskWith = ErrorText.Command(explanation),
        Prediction = explanation.Verdict is { } judged ? Of(judged.Bind) : null,
        Alternatives = explanation is { Verdict: { } asked, Alternatives: { } alternatives } ? Of(asked.Bind, alternatives) : null,
        Findings = [.. explanation.Findings.Select(Of)],
        Skipped = [.. explanation.Diagnosis.Skipped.Select(Of)],
    };

    public static SocketsDocument Of(Table<SocketRow> sockets) => new()
    {
        FormatVersion = FormatVersion,
        Coverage = sockets.Coverage,
        Source = sockets.Source,
        Note = sockets.Note,
        FirstOwnerOnly = sockets.Filter?.FirstOwnerOnly == true ? true : null,
        Gaps = [.. sockets.Gaps.Select(gap => new GapRecord { Part = gap.Part, Reason = gap.Reason })],
        Sockets = [.. sockets.Select(socket => Of(socket))],
    };

    public static SocketChangeDocument Of(SocketChange change) => new()
    {
        FormatVersion = FormatVersion,
        Kind = change.Kind,
        At = change.At,
        Socket = change.Row is { } row ? Of(row) : null,
        Previous = change.Previous is { } previous ? Of(previous) : null,
        Reason = change.Reason,
    };

    public static RulesDocument Of(IEnumerable<KnownIssue> rules) => new()
    {
        FormatVersion = FormatVersion,
        Rules = [.. rules.Select(rule => Of(rule.Info))],
    };

    public static SocketRecord Of(in SocketRow socket)
    {
        ProcessRow? owner = HolderWords.Main(socket.Owners);
        return new SocketRecord
        {
            Protocol = socket.Protocol,
            Local = socket.Local,
            Remote = socket.Remote,
            State = socket.State,
            LocalAddress = socket.Local.Address,
            LocalPort = socket.Local.Port,
            ProcessId = owner?.ProcessId,
            ProcessName = owner?.Name,
            Owners = [.. socket.Owners.Select(Of)],
            OwnerMissingBecause = NotNone(socket.OwnerMissingBecause),
            User = owner?.User ?? socket.UserId?.ToString(CultureInfo.InvariantCulture),
            UserId = socket.UserId,
            Inode = socket.Inode == 0 ? null : socket.Inode,
            Interface = socket.Interface == 0 ? null : socket.Interface,
            IPv6Only = socket.IPv6Only,
            ReceiveQueue = socket.ReceiveQueue,
            SendQueue = socket.SendQueue,
        };
    }

    private static HostRecord Of(HostSnapshot host) => new()
    {
        Platform = host.Platform.Family,
        Name = host.Platform.Name,
        Version = host.Platform.Version.ToString(),
        Revision = host.Platform.Revision,
        User = host.Identity?.UserName,
        Elevated = host.Identity?.IsElevated,
        CapturedAt = host.CapturedAt,
    };

    private static ServiceRecord Of(ServiceVerdict verdict) => new()
    {
        Name = verdict.Name,
        Protocol = verdict.Request.Protocol,
        Endpoint = verdict.Request.Endpoint,
        State = verdict.Standing,
        Sentence = verdict.Sentence,
        Bind = Of(verdict.Bind),
        Probe = Of(verdict.Probe),
        Firewall = new ServiceFirewallRecord
        {
            Outcome = verdict.Firewall is null ? "notJudged" : "judged",
            Reason = verdict.NoFirewallBecause,
            Verdict = verdict.Firewall is { } judged ? Of(judged) : null,
        },
        Routes = new ServiceRoutesRecord
        {
            Outcome = verdict.Replies.IsEmpty ? "notJudged" : "judged",
            Reason = verdict.Replies.IsEmpty ? verdict.NoRepliesBecause : null,
            Replies = [.. verdict.Replies.Select(Of)],
        },
    };

    public static ReplyDocument Of(ReplyPath path, ImmutableArray<Remedy> remedies) => new()
    {
        FormatVersion = FormatVersion,
        Request = path.Request.ToString(),
        Unbound = path.IsUnbound,
        Sentence = ReplyReport.Sentence(path),
        Outcome = path.Outcome,
        Certainty = path.Certainty,
        Arrival = Of(path.Arrival),
        Reply = path.Reply is { } reply ? Of(reply) : null,
        Remedies = [.. remedies.Select(Of)],
    };

    private static ReplyRecord Of(ServiceReply reply)
    {
        RouteChoice? way = reply.Path.Reply?.Choices.FirstOrDefault();
        return new ReplyRecord
        {
            Address = reply.Address,
            Interface = reply.Interface.Name,
            Clients = reply.IsBeyondRouters ? "beyondRouters" : "onLink",
            Outcome = reply.Path.Outcome,
            Certainty = reply.Path.Certainty,
            LeavesBy = way?.InterfaceName,
            Gateway = way?.Gateway,
            Source = way?.Source,
        };
    }

    public static RouteDocument Of(RouteDecision decision, WhatIf? whatIf = null, ImmutableArray<Remedy> remedies = default)
    {
        RouteChoice? first = decision.Choices.FirstOrDefault();
        return new RouteDocument
        {
            FormatVersion = FormatVersion,
            Flow = decision.Flow.ToString(),
            HostModel = decision.Model,
            Sentence = RouteReport.Sentence(decision),
            Outcome = decision.Outcome,
            NativeError = decision.NativeError,
            Interface = first?.InterfaceName,
            Gateway = first?.Gateway,
            Source = first?.Source,
            Table = first?.Table,
            DecidedBy = decision.DecidingStep?.Evidence?.Text,
            Certainty = decision.Certainty,
            Candidates = [.. decision.Choices.Select(choice => new RouteChoiceRecord { Interface = choice.InterfaceName, Gateway = choice.Gateway, Source = choice.Source })],
            Considered = [.. decision.Considered.Select(route => Of(route, decision.Model))],
            Unseen = decision.Unseen,
            Trace = [.. decision.Trace.Select(Of)],
            Remedies = remedies.IsDefault ? [] : [.. remedies.Select(Of)],
            WhatIf = whatIf is null ? null : new WhatIfRecord { Changes = whatIf.Changes, Answer = Of(whatIf.Decision) },
        };
    }

    public static FirewallDocument Of(FirewallVerdict verdict) => new()
    {
        FormatVersion = FormatVersion,
        Flow = verdict.Flow.ToString(),
        Sentence = FirewallReport.Sentence(verdict),
        Outcome = verdict.Outcome,
        Certainty = verdict.Certainty,
        Hook = verdict.Hook,
        DecidedBy = verdict.DecidedBy is not { } decision ? null : new FirewallDecisionRecord
        {
            Table = decision.Table,
            Chain = decision.Chain,
            Handle = decision.Handle,
            RuleId = decision.RuleId,
            Store = decision.Store,
            IsPolicy = decision.IsPolicy,
            Text = decision.Text,
            Comment = decision.Comment,
        },
        TranslatedTo = verdict.TranslatedTo,
        Conditions = verdict.Conditions,
        Unseen = verdict.Unseen,
        Trace = [.. verdict.Trace.Select(Of)],
    };

    private static ConsideredRouteRecord Of(ConsideredRoute considered, HostModel model) => new()
    {
        Destination = considered.Route.Destination,
        Gateway = considered.Route.Gateway,
        Interface = considered.InterfaceName,
        Table = model == HostModel.Linux ? considered.Route.Table : null,
        Cost = considered.Cost,
        Loss = considered.Loss,
    };

    private static PredictionRecord Of(BindPrediction prediction) => new()
    {
        Outcome = prediction.Outcome,
        NativeError = prediction.NativeError,
        NativeCode = prediction.NativeCode,
        Certainty = prediction.Certainty,
        Stage = prediction.Stage,
        Conflicts = [.. ShownConflicts.Of(prediction).Select(Of)],
        ConflictCount = prediction.Conflicts.Length,
        Unseen = prediction.Unseen,
        Trace = [.. prediction.Trace.Select(Of)],
    };

    private static ReadingRecord Of(ErrorReading reading) => new()
    {
        Name = reading.Name,
        Code = reading.Code,
        System = reading.System,
        Outcome = reading.Outcome,
        Names = [.. reading.Names.Select(error => new SystemErrorRecord { System = error.System, Name = error.Name, Code = error.Code })],
        Program = reading.Program,
        Protocol = reading.Protocol,
        Address = reading.Address,
        Port = reading.Port,
        Places = [.. reading.Places.Select(place => new PlaceOfFactRecord { Fact = place.Fact, Start = place.Start, Length = place.Length })],
        Assumptions = reading.Assumptions,
    };

    private static CauseRecord Of(ErrorCause cause) => new()
    {
        Code = cause.Code,
        Summary = cause.Summary,
        Standing = cause.Standing,
        Evidence = [.. cause.Evidence.Select(Of)],
        Missing = cause.Missing,
    };

    private static AlternativesRecord? Of(BindPrediction prediction, BindAlternatives alternatives) =>
        prediction.Outcome is BindOutcome.Success or BindOutcome.Undetermined ? null : new AlternativesRecord
        {
            Proposed = [.. alternatives.Proposed.Select(Of)],
            NotProposed = [.. alternatives.NotProposed.Select(Of)],
            Ports = alternatives.Ports is { } ports ? new PortsRecord { Free = ports.Free, Certainty = ports.Certainty, Unseen = ports.Unseen } : null,
        };

    private static AlternativeRecord Of(BindAlternative alternative) => new()
    {
        Code = alternative.Code,
        Change = alternative.Change,
        Request = alternative.Request.ToString(),
        Outcome = alternative.Prediction.Outcome,
        Certainty = alternative.Prediction.Certainty,
        Condition = alternative.Condition,
        Note = alternative.Note,
    };

    private static ConflictRecord Of(BindConflict conflict) => new()
    {
        Socket = new PlaceRecord
        {
            Protocol = conflict.Socket.Protocol,
            Local = conflict.Socket.Local,
            Remote = conflict.Socket.Remote,
            State = conflict.Socket.State,
        },
        Owners = [.. conflict.Socket.Owners.Select(Of)],
        OwnerMissingBecause = NotNone(conflict.Socket.OwnerMissingBecause),
        Code = conflict.Code,
        Why = conflict.Why,
    };

    private static TraceRecord Of(TraceStep step) => new()
    {
        Code = step.Code,
        Text = step.Text,
        Evidence = step.Evidence is { } evidence ? Of(evidence) : null,
    };

    private static OwnerRecord Of(ProcessRow owner) => new()
    {
        ProcessId = owner.ProcessId,
        Name = owner.Name,
        Path = owner.Path,
        User = owner.User,
        Unit = owner.Unit,
        UnitUserId = owner.UnitUserId,
        ContainerId = owner.ContainerId,
        ContainerEngine = owner.ContainerEngine,
        RelaysTo = owner.RelaysTo,
        Services = owner.Services,
    };

    private static IEnumerable<TlsRecord> Of(TlsProbeResult probe) => probe.NotTriedBecause is { } reason
        ? [new TlsRecord { Outcome = TlsHandshakeOutcome.Undetermined, Error = reason }]
        : probe.Handshakes.Select(handshake => new TlsRecord
        {
            Version = handshake.Version,
            Outcome = handshake.Outcome,
            PartialBytes = handshake.PartialBytes,
            PartialReads = handshake.PartialReads,
            Cipher = handshake.Cipher,
            Milliseconds = handshake.Duration?.TotalMilliseconds,
            NativeCode = handshake.NativeCode,
            Error = handshake.Error,
        });

    private static ProbeRecord Of(BindProbeResult? probe)
    {
        if (!ProbeComparison.WasTried(probe))
            return new ProbeRecord { Outcome = "notTried", Reason = probe?.NotTriedBecause ?? "no trial was asked for" };
        return new ProbeRecord
        {
            Outcome = JsonNamingPolicy.CamelCase.ConvertName(probe!.Outcome.ToString()),
            NativeError = probe.NativeError,
            NativeCode = probe.NativeCode,
            Stage = probe.Stage,
            Modelled = probe.Modelled.Length == 0 ? null : probe.Modelled,
            Milliseconds = probe.Duration?.TotalMilliseconds,
        };
    }

    private static ErrorRecord? Of(ObservedError? error, PlatformFamily family) => error is null ? null : new ErrorRecord
    {
        Code = error.Code,
        Name = error.Code is { } code ? ReportWords.NameOf(family, code) : null,
        Text = error.Text,
    };

    private static FindingRecord Of(Finding finding) => new()
    {
        Id = finding.Issue.Id,
        Severity = finding.Severity,
        Certainty = finding.Certainty,
        IsExperimental = finding.Issue.IsExperimental,
        Title = finding.Issue.Title,
        Summary = finding.Summary,
        Subject = finding.Subject,
        Questions = finding.Questions,
        Evidence = [.. finding.Evidence.Select(Of)],
        Remedies = [.. finding.Remedies.Select(Of)],
        References = finding.Issue.References,
    };

    private static EvidenceRecord Of(Evidence evidence) => new() { Table = evidence.Table, Text = evidence.Text };

    private static RemedyRecord Of(Remedy remedy) => new()
    {
        Summary = remedy.Summary,
        Apply = [.. remedy.Apply.Select(Of)],
        Revert = [.. remedy.Revert.Select(Of)],
        NothingToRevertBecause = remedy.NothingToRevertBecause,
        NeedsElevation = remedy.NeedsElevation,
        NeedsReboot = remedy.NeedsReboot,
        Risk = remedy.Risk,
        Consequence = remedy.Consequence,
        Recheck = remedy.Recheck?.ToString(),
        RecheckRoute = remedy.RecheckRoute?.ToString(),
        RecheckFirewall = remedy.FirewallAfterwards is { } asked ? FirewallEvaluator.TextOf(asked.Flow) : null,
        FirewallAfterwards = remedy.FirewallAfterwards is { } then ? Of(then) : null,
    };

    private static CommandRecord Of(RemedyCommand command) => new() { Shell = command.Shell, Text = command.Text };

    private static SkippedRecord Of(SkippedRule skipped) => new() { Id = skipped.Id, Because = skipped.Because };

    private static RuleRecord Of(KnownIssueInfo info) => new()
    {
        Id = info.Id,
        Title = info.Title,
        Severity = info.Severity,
        Grade = info.Grade,
        IsExperimental = info.IsExperimental,
        Needs = [.. RuleRun.NamesOf(info.Needs)],
        Platforms = info.Platforms,
        DependsOn = info.DependsOn,
        References = info.References,
        Page = ReportWords.PageOf(info),
    };

    private static OwnerGap? NotNone(OwnerGap gap) => gap == OwnerGap.None ? null : gap;
}
