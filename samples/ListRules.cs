#:project ../src/Serva.Diagnostics/Serva.Diagnostics.csproj
using System;
using Serva.Diagnostics.Rules;

foreach (KnownIssue rule in KnownIssues.All)
    Console.WriteLine($"{rule.Info.Id} {rule.Info.Severity}: {rule.Info.Title}");
