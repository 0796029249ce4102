using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.BindIssues;

/// <summary>SD1053: ports that a service takes for its transfers need a right that the asker does not have.</summary>
internal sealed class PrivilegedPool : KnownIssue
{
    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1053",
        Title = "Privileged data ports without the right to bind them",
        Severity = Severity.Warning,
        Needs = SnapshotTables.None,
        Platforms = [PlatformFamily.Linux],
        IsAboutBinds = true,
        DependsOn = ["SD1007"],
        Grade = SourceGrade.Measured,
        References =
        [
            "https://man7.org/linux/man-pages/man7/ip.7.html",
            "https://man7.org/linux/man-pages/man7/capabilities.7.html",
            "https://man7.org/linux/man-pages/man8/setcap.8.html",
            "https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        int first = PrivilegedPort.FirstUnprivileged(examination.Host);
        foreach (ExaminedPool pool in ExaminedPool.Of(examination))
        {
            // A server that runs already has rights of its own, which are not those of the asker.
            BindRequest lowest = pool.Request(pool.Pool.First);
            if (pool.Pool.First >= first || PrivilegedPort.HasRight(lowest, examination.Host) || pool.Questions.Any(question => !question.OwnSockets.IsEmpty))
                continue;
            BindPrediction prediction = examination.Binds.Predict(lowest);
            if (prediction.Outcome == BindOutcome.AccessDenied)
                yield return Find(pool, prediction, first, examination);
        }
    }

    private Finding Find(ExaminedPool pool, BindPrediction prediction, int first, Examination examination)
    {
        BindRequest lowest = prediction.Request;
        bool isAll = pool.Pool.Last < first;
        int count = (isAll ? pool.Pool.Last + 1 : first) - pool.Pool.First;
        string who = PrivilegedPort.AskerOf(lowest, examination.Host);
        return new Finding
        {
            Issue = Info,
            Subject = pool.Subject,
            Summary = $"{(isAll ? "All" : Number(count))} of the {Number(pool.Pool.Count)} data ports of {pool.Name} ({pool.Ports}) are below {Number(first)} and need root or the capability CAP_NET_BIND_SERVICE; the asker ({who}) has neither, so {(isAll ? "no transfer works" : "a transfer that takes one of them fails")}.",
            SeverityHere = isAll ? Severity.Error : null,
            Certainty = prediction.Certainty,
            Questions = pool.Positions,
            Evidence = [.. PrivilegedPort.EvidenceOf(lowest, examination.Host)],
            Remedies = [pool.ChooseOthers(examination), .. PrivilegedPort.GiveToProgram(examination, lowest), PrivilegedPort.GiveToEverybody(pool.Pool.First, examination.Host, lowest)],
        };
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
