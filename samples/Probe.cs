#:project ../src/Serva.Diagnostics/Serva.Diagnostics.csproj
using System;
using Serva.Diagnostics;

HostDiagnostics machine = HostDiagnostics.ForThisMachine();
foreach (string text in (string[])["udp/127.0.0.1:0", "tcp/203.0.113.77:80", "udp/127.0.0.1:0 --reuse-address"])
{
    BindProbeResult probe = machine.Probe(BindRequest.Parse(text), ProbePolicy.BindOnly);
    Console.WriteLine($"{text}: {probe.Outcome} {probe.NativeError} {probe.NotTriedBecause}".TrimEnd());
}
