#:project ../src/Serva.Diagnostics/Serva.Diagnostics.csproj
using System;
using System.Collections.Generic;
using Serva.Diagnostics;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

var host = HostDiagnostics.ForThisMachine().Capture() with { Settings = Table.Complete([new SettingRow { Name = "lab.mode", Value = "maintenance" }], "the lab's own file") };
foreach (Finding finding in Diagnoser.Diagnose(new DiagnosticCase { Host = host }, [new LabInMaintenance()]).Findings)
    Console.WriteLine($"{finding.Issue.Id} {finding.Severity}: {finding.Summary}");

internal sealed class LabInMaintenance : KnownIssue
{
    public override KnownIssueInfo Info { get; } = new()
    { Id = "LAB0001", Title = "The lab is in maintenance", Severity = Severity.Warning, Needs = SnapshotTables.Settings, Grade = SourceGrade.Measured };

    public override IEnumerable<Finding> Examine(Examination examination)
    {
        if (examination.Host.FindSetting("lab.mode") == "maintenance")
            yield return new Finding { Issue = Info, Subject = "lab.mode", Summary = "The lab is in maintenance: nothing is served.", Certainty = Certainty.Certain };
    }
}
