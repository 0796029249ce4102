#:project ../src/Serva.Diagnostics/Serva.Diagnostics.csproj
using System;
using Serva.Diagnostics;

Diagnosis diagnosis = HostDiagnostics.ForThisMachine().Diagnose(ServiceProfile.Serva);
if (diagnosis.HasProblems) Console.Error.WriteLine(diagnosis.ToText());
foreach (ServiceVerdict service in diagnosis.Services)
    Console.WriteLine($"{service.Name}, {service.Request}, was judged");
