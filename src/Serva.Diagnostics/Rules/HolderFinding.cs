using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Rules.HolderIssues;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>What all findings about a holder have in common: subject, evidence and how sure they are.</summary>
internal static class HolderFinding
{
    private const string InUse = "98 EADDRINUSE";

    /// <summary>A finding about a holder.</summary>
    public static Finding Of(
        KnownIssueInfo issue, Holder holder, Examination examination, string summary, IEnumerable<Remedy?> remedies,
        Certainty? certainty = null, Severity? severity = null, string? subject = null, IEnumerable<Evidence>? besides = null) => new()
        {
            Issue = issue,
            Subject = subject ?? holder.Subject,
            Summary = summary,
            Certainty = Lower(certainty ?? Certainty.Certain, CertaintyOf(holder)),
            SeverityHere = severity,
            Questions = holder.Positions,
            Evidence = [.. EvidenceOf(holder, examination), .. besides ?? []],
            Remedies = [.. remedies.OfType<Remedy>()],
        };

    /// <summary>
    /// Who cannot be served because of the holder: <c>so SNTP cannot use it</c>. Who holds a port stands in the table;
    /// that nobody else can bind it may hang on options that no table shows.
    /// </summary>
    public static string WhoSuffers(Holder holder)
    {
        string likely = CertaintyOf(holder) == Certainty.Certain ? "" : "most likely ";
        string it = holder.IsPlural ? "they" : "it";
        string[] names = [.. holder.Held.Select(entry => entry.Question.Question.Service).OfType<string>().Distinct()];
        return names.Length == 0 ? $"so {it} {likely}cannot be bound" : $"so {SafeText.Of(string.Join(", ", names))} {likely}cannot use {(holder.IsPlural ? "them" : "it")}";
    }

    private static Certainty CertaintyOf(Holder holder) =>
        holder.Held.All(entry => IsSure(entry.Question)) ? Certainty.Certain : Certainty.Likely;

    private static Certainty Lower(Certainty left, Certainty right) => left < right ? left : right;

    // The error that the asker saw is as good as a trial where it is the predicted one.
    private static bool IsSure(ExaminedQuestion question) =>
        question.FollowsProbe
        || (question.Question.Error?.Code is { } seen && seen == question.Prediction!.NativeCode)
        || question.Prediction!.Certainty == Certainty.Certain
        || (ProbeComparison.IsComparable(question.Prediction, question.Question.BindProbe)
            && question.Question.BindProbe!.Outcome == question.Outcome);

    private static IEnumerable<Evidence> EvidenceOf(Holder holder, Examination examination)
    {
        foreach (var question in holder.Held.GroupBy(entry => entry.Question.Position))
            yield return Failure(question.First(), examination.Host.Platform.Family);
        bool explained = false;
        foreach (HeldQuestion entry in holder.Held)
        {
            if (!explained && IsDeniedByAccount(entry.Question, examination.Host.Platform.Family))
            {
                explained = true;
                yield return new Evidence
                {
                    Table = "question",
                    Text = "Error 10013 (WSAEACCES) is the same conflict as 10048 (WSAEADDRINUSE) here: neither missing rights nor the firewall cause it.",
                };
            }
        }

        if (SharingFails(holder, examination.Host) is { } sharing)
            yield return new Evidence { Table = "sockets", Text = sharing };
        if (holder.Owner is { } owner)
        {
            if (Details(owner) is { } details)
                yield return new Evidence { Table = "processes", Text = details };
            foreach (string name in owner.Services)
            {
                if (examination.Host.FindService(name) is { } service)
                    yield return new Evidence { Table = "services", Text = Describe(service) };
            }

            if (EndedOwner.MayBeGone(owner, examination.Host))
                yield return new Evidence { Table = "processes", Text = Orphan(owner, examination.Host) };
        }
    }

    private static Evidence Failure(HeldQuestion held, PlatformFamily family)
    {
        ExaminedQuestion question = held.Question;
        BindPrediction prediction = question.Prediction!;
        string where = HolderWords.Place(prediction.Request);
        BindProbeResult? probe = question.Question.BindProbe;
        bool wasTried = ProbeComparison.WasTried(probe) && probe!.Outcome == question.Outcome;
        string fails = wasTried ? "was tried and fails" : IsSure(question) ? "fails" : "most likely fails";
        string error = question.FollowsProbe
            ? HolderWords.Error(probe!.NativeError, probe.NativeCode)
            : HolderWords.Error(prediction.NativeError, prediction.NativeCode);
        string why = SafeText.Of(held.Conflict.Why).TrimEnd('.');
        string mark = held.Conflict.Socket.Owners.IsEmpty ? $" ({HolderWords.Describe(held.Conflict.Socket, family)})" : "";
        // A privileged port is refused before anybody looks who holds it.
        bool isPrivileged = family == PlatformFamily.Linux && question.Outcome == BindOutcome.AccessDenied;
        string behind = isPrivileged ? $" (a privileged port, see SD1007); with the right to bind it, it would fail with {InUse}" : "";
        return new Evidence
        {
            Table = wasTried ? "probe" : "sockets",
            Text = $"Binding {where} {fails} with {error}{behind}: {why}{mark}.",
        };
    }

    private static string? SharingFails(Holder holder, HostSnapshot host)
    {
        if (host.Platform.Family != PlatformFamily.Linux)
            return null;
        foreach (HeldQuestion entry in holder.Held)
        {
            BindRequest request = entry.Question.Prediction!.Request;
            if (request.ReusePort && (request.Asker ?? host.Identity)?.UserId is { } asker && entry.Conflict.Socket.UserId is { } user && user != asker)
                return $"SO_REUSEPORT shares a port among sockets of one user alone: {HolderWords.Place(request.Protocol, entry.Conflict.Socket.Local)} was made by user {user}, and the asker is user {asker}.";
        }

        return null;
    }

    private static bool IsDeniedByAccount(ExaminedQuestion question, PlatformFamily family) =>
        family == PlatformFamily.Windows && question.Outcome == BindOutcome.AccessDenied;

    private static string? Details(ProcessRow owner)
    {
        var parts = new List<string>(2);
        if (owner.Path is { } path)
            parts.Add($"runs {SafeText.Of(path)}");
        if (owner.StartedAt is { } started)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"started {started.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"));
        return parts.Count == 0 ? null : $"Process {owner.ProcessId} {string.Join(", ", parts)}.";
    }

    private static string Describe(ServiceRow service)
    {
        string state = service.State switch
        {
            ServiceState.Running => "runs now",
            ServiceState.Stopped => "was stopped when the services were read",
            ServiceState.Unknown => "is in an unknown state",
            _ => $"is in state {service.State}",
        };
        string start = service.Start switch
        {
            ServiceStart.Automatic => "starts with the system",
            ServiceStart.AutomaticDelayed => "starts with the system, delayed",
            ServiceStart.Manual => "starts on demand",
            ServiceStart.Disabled => "is disabled",
            ServiceStart.Boot => "is a driver",
            _ => "has an unknown start type",
        };
        string shown = service.DisplayName is { } display ? $"{display} ({service.Name})" : service.Name;
        return $"The service {SafeText.Of(shown)} {state} and {start}.";
    }

    private static string Orphan(ProcessRow owner, HostSnapshot host)
    {
        string[] children = [.. EndedOwner.ChildrenOf(owner, host).Select(process => $"{SafeText.Of(process.Name ?? "?")} (PID {process.ProcessId})")];
        string named = children.Length == 0 ? "none of its children was seen" : $"its children that still run are {string.Join(", ", children)}";
        return $"Process {owner.ProcessId} may have ended already; then a process that inherited the socket keeps it open: {named}.";
    }
}
