using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Rules;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>Programs of any name that hold sockets until they are ended, in a folder of their own. nc plays them.</summary>
internal sealed class PlantedPrograms : IDisposable
{
    private readonly List<Process> _programs = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("serva-").FullName;

    /// <summary>The path of a program with that name, which everybody may run.</summary>
    public string Image(string name)
    {
        string path = Path.Combine(Folder, name);
        if (!File.Exists(path))
        {
            File.Copy("/usr/bin/nc.openbsd", path);
            Tool.Run("chmod", "755", Folder, path);
        }

        return path;
    }

    /// <summary>Starts a program, whose input never ends: with it nc would. It runs under its own name when this returns.</summary>
    public Process Start(params string[] words)
    {
        var start = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        Process program = Process.Start(start)!;
        _programs.Add(program);
        return program;
    }

    /// <summary>Ends all that were started.</summary>
    public void End()
    {
        foreach (Process program in _programs)
        {
            program.Kill(entireProcessTree: true);
            program.WaitForExit();
            program.Dispose();
        }

        _programs.Clear();
    }

    /// <summary>Asks until these issues are found and no others: a program needs a moment to bind.</summary>
    public static Diagnosis Await(string[] ids, Func<Diagnosis> diagnose) => Await(diagnosis => Ids(diagnosis).SequenceEqual(ids), diagnose);

    /// <summary>Asks until the answer is as wanted.</summary>
    public static Diagnosis Await(Func<Diagnosis, bool> isWanted, Func<Diagnosis> diagnose)
    {
        Diagnosis diagnosis = diagnose();
        for (int tries = 0; tries < 100 && !isWanted(diagnosis); tries++)
        {
            Thread.Sleep(50);
            diagnosis = diagnose();
        }

        Assert.True(isWanted(diagnosis), diagnosis.ToText());
        return diagnosis;
    }

    public static string[] Ids(Diagnosis diagnosis) => [.. diagnosis.Findings.Select(finding => finding.Issue.Id)];

    public void Dispose()
    {
        End();
        Directory.Delete(Folder, recursive: true);
    }
}
