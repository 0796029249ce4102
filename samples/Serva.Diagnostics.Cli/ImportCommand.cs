using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Serva.Diagnostics.Cli;

/// <summary><c>import FILE... -o CASE</c>: a case from what people can paste from a machine without this tool.</summary>
internal static class ImportCommand
{
    public static Command Create(CommandStreams streams)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Text of one host as it was pasted or saved: the output of netstat, tasklist, route print, ip, ss and so on in any mix, with whatever stands around; - reads standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Where to save the case, readable by you alone; else it is printed.",
            HelpName = "CASE",
        };
        var explain = new Option<bool>("--explain") { Description = "Judge the case at once, as explain does." };
        Option<bool> redact = SharedOptions.Redact();
        var json = new Option<bool>("--json") { Description = "A case is JSON always; other commands take this option too." };
        var command = new ExampledCommand("import", "A case from pasted text: what commands of Windows, Linux and others print, in any language, and errors.")
        {
            Examples =
            [
                ("paste.txt --explain", "what is wrong on the host that the text is of"),
                ("routes.txt -o host.json", "then ask: serva-diag route 192.0.2.1 --case host.json"),
                ("- -o host.json < paste.txt", "from standard input"),
            ],
            Statuses = "0 imported; what was not understood is told with its lines. With --explain as explain",
        };
        command.Add(files);
        command.Add(output);
        command.Add(explain);
        command.Add(redact);
        command.Add(json);
        command.SetAction(parsed =>
        {
            string[] paths = parsed.GetRequiredValue(files);
            if (paths.Count(path => path == "-") > 1)
                throw new UsageException("standard input can be read once");
            ImportedHost imported = Read(paths, streams);
            if (imported.Host is null)
                throw new UsageException(imported.Fault!);
            DiagnosticCase made = parsed.GetValue(redact) ? imported.ToCase().Redact() : imported.ToCase();
            string? path = parsed.GetValue(output);
            bool isExplained = parsed.GetValue(explain);
            if (path is not null || !isExplained)
                CaseFile.Write(made, path ?? "-", streams);
            if (isExplained)
                return Explain(imported, made, streams);
            string report = ImportReport.ToText(imported, streams.Width);
            if (path is null or "-")
                streams.Error.Write(report);
            else
                streams.Print(report);
            return ExitStatus.Success;
        });
        return command;
    }

    private static int Explain(ImportedHost imported, DiagnosticCase made, CommandStreams streams)
    {
        Diagnosis diagnosis = Diagnoser.Diagnose(made);
        streams.Print(diagnosis.ToText(verbose: false, streams.Width));
        if (ImportReport.ToText(imported, diagnosis, streams.Width) is { Length: > 0 } places)
            streams.Print("\n" + places);
        return ExitStatus.Of(diagnosis);
    }

    private static ImportedHost Read(string[] paths, CommandStreams streams)
    {
        var files = new List<ImportFile>();
        try
        {
            foreach (string path in paths)
                files.Add(new ImportFile { Name = path == "-" ? "standard input" : path, Content = path == "-" ? streams.Input : CaseFile.Open(path) });
            using var progress = new ReadingProgress(streams);
            return ImportedHost.Read(files, TakenAt(paths), progress);
        }
        catch (IOException error)
        {
            throw UsageException.FromFile("read", string.Join(", ", paths), error);
        }
        finally
        {
            foreach (ImportFile file in files)
                file.Content.Dispose();
        }
    }

    // A file was made when its text was taken, as far as anybody knows.
    private static DateTimeOffset TakenAt(IEnumerable<string> paths) =>
        paths.Select(path => path == "-" ? DateTimeOffset.UtcNow : new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero)).Max();

    /// <summary>Tells on a terminal how far the reading is, once it takes long.</summary>
    private sealed class ReadingProgress(CommandStreams streams) : IProgress<long>, IDisposable
    {
        private const int Every = 16 * 1024 * 1024;
        private readonly bool _isShown = !Console.IsErrorRedirected;
        private long _told;

        public void Report(long value)
        {
            if (!_isShown || value - _told < Every)
                return;
            _told = value;
            streams.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{value >> 20} Mi characters read "));
        }

        public void Dispose()
        {
            if (_told > 0)
                streams.Error.Write("\r" + new string(' ', 40) + "\r");
        }
    }
}
