using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>What all findings about a holder have in common: subject, evidence and how sure they are.</summary>
internal static class HolderFinding
{
    /// <summary>A finding about a holder.</summary>
    public static Finding Of(
        KnownIssueInfo issue, Holder holder, Examination examination, string summary, IEnumerable<Remedy?> remedies,
        Certainty? certainty = null, Severity? severity = null, string? subject = null) => new()
        {
            Issue = issue,
            Subject = subject ?? holder.Subject,
            Summary = summary,
            Certainty = certainty ?? CertaintyOf(holder, examination),
            SeverityHere = severity,
            Questions = holder.Positions,
            Evidence = [.. EvidenceOf(holder, examination)],
            Remedies = [.. remedies.OfType<Remedy>()],
        };

    /// <summary>Who cannot be served because of the holder: <c>so SNTP cannot use it</c>.</summary>
    public static string WhoSuffers(Holder holder)
    {
        string[] names = [.. holder.Held.Select(entry => entry.Question.Question.Service).OfType<string>().Distinct()];
        return names.Length == 0 ? "so it cannot be bound" : $"so {SafeText.Of(string.Join(", ", names))} cannot use it";
    }

    private static Certainty CertaintyOf(Holder holder, Examination examination)
    {
        if (holder.Owner is null)
            return Certainty.Likely;
        // On Windows the sharing rules depend on options that no table shows, but who holds the port stands in the row.
        return examination.Host.Platform.Family == PlatformFamily.Windows || holder.Held.All(entry => IsSure(entry.Question))
            ? Certainty.Certain
            : Certainty.Likely;
    }

    private static bool IsSure(ExaminedQuestion question) =>
        question.FollowsProbe
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

        if (holder.Owner is { } owner)
        {
            if (Details(owner) is { } details)
                yield return new Evidence { Table = "processes", Text = details };
            foreach (string name in owner.Services)
            {
                if (examination.Host.FindService(name) is { } service)
                    yield return new Evidence { Table = "services", Text = Describe(service) };
            }

            if (IsGone(owner, examination.Host))
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
        string error = question.FollowsProbe
            ? HolderWords.Error(probe!.NativeError, probe.NativeCode)
            : HolderWords.Error(prediction.NativeError, prediction.NativeCode);
        string why = SafeText.Of(held.Conflict.Why).TrimEnd('.');
        string mark = held.Conflict.Socket.Owners.IsEmpty ? $" ({HolderWords.Describe(held.Conflict.Socket, family)})" : "";
        return new Evidence
        {
            Table = wasTried ? "probe" : "sockets",
            Text = $"Binding {where} {(wasTried ? "was tried and fails" : "fails")} with {error}: {why}{mark}.",
        };
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

    private static bool IsGone(ProcessRow owner, HostSnapshot host) =>
        host.Processes.Coverage == Coverage.Complete
        && owner.ProcessId is not (0 or 4)
        && host.Processes.All(process => process.ProcessId != owner.ProcessId);

    private static string Orphan(ProcessRow owner, HostSnapshot host)
    {
        ImmutableArray<string> children =
        [
            .. host.Processes
                .Where(process => process.ParentProcessId == owner.ProcessId)
                .Take(4)
                .Select(process => $"{SafeText.Of(process.Name ?? "?")} (PID {process.ProcessId})"),
        ];
        string named = children.IsEmpty ? "none of its children was seen" : $"its children that still run are {string.Join(", ", children)}";
        return $"Process {owner.ProcessId} has ended already; a process that inherited the socket keeps it open: {named}.";
    }
}
