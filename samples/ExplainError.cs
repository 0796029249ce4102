#:project ../src/Serva.Diagnostics/Serva.Diagnostics.csproj
using System;
using System.IO;
using Serva.Diagnostics;

const string Pasted = "SNTP on udp 0.0.0.0:123: SocketException (10048): Only one usage of each socket address is normally permitted";
using FileStream saved = File.OpenRead(Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "time-server.case.json"));
ErrorExplanation explanation = Diagnoser.ExplainError(DiagnosticCase.FromJson(saved).Host, Diagnoser.ReadError(Pasted));
foreach (ErrorCause cause in explanation.Causes)
    Console.WriteLine($"{cause.Code}: {cause.Standing}");
Console.WriteLine($"{explanation.Reading.Name}: {explanation.Verdict?.Sentence}");
