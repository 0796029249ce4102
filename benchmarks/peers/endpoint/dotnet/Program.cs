using System;
using System.IO;
using Serva.Diagnostics.EndpointPeers;

switch (args)
{
    case ["generate", string folder]:
        Corpora.Write(folder);
        return 0;
    case ["measure", string folder]:
        Measure.All(folder);
        return 0;
    case ["report", string passes]:
        Report.Write(File.ReadAllLines(passes), Console.Out);
        return 0;
    default:
        Console.Error.WriteLine("generate <folder> | measure <folder> | report <file of passes>");
        return 2;
}
