#:project ../src/Serva.Diagnostics/Serva.Diagnostics.csproj
using System;
using System.IO;
using Serva.Diagnostics;

string path = args.Length > 0 ? args[0] : Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "time-server.case.json");
using FileStream stream = File.OpenRead(path);
Console.WriteLine(Diagnoser.Diagnose(DiagnosticCase.FromJson(stream)).ToText());
