using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text;

namespace Serva.Diagnostics.Cli;

/// <summary><c>import FILE... -o CASE</c>: a case from what people can paste from a machine without this tool.</summary>
internal static class ImportCommand
{
    private const int MostBytes = 64 * 1024 * 1024;

    public static Command Create(CommandStreams streams)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Text of one host: 'ip -j -d addr', 'route show table all', 'rule' and so on, or 'route print', with whatever stands around; - reads standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Where to save the case, readable by you alone; else it is printed.",
            HelpName = "CASE",
        };
        Option<bool> redact = SharedOptions.Redact();
        var json = new Option<bool>("--json") { Description = "A case is JSON always; other commands take this option too." };
        var command = new ExampledCommand("import", "A case from pasted text: what 'ip -j' of Linux and 'route print' of Windows print, in any language.")
        {
            Examples =
            [
                ("routes.txt -o host.json", "then ask: serva-diag route 192.0.2.1 --case host.json"),
                ("- -o host.json < paste.txt", "from standard input"),
            ],
            Statuses = "0 imported; what was not understood is told with its lines",
        };
        command.Add(files);
        command.Add(output);
        command.Add(redact);
        command.Add(json);
        command.SetAction(parsed =>
        {
            string[] paths = parsed.GetRequiredValue(files);
            if (paths.Count(path => path == "-") > 1)
                throw new UsageException("standard input can be read once");
            ImportedHost imported = ImportedHost.Read([.. paths.Select(path => Read(path, streams))], TakenAt(paths));
            if (imported.Host is not { } host)
                throw new UsageException(imported.Fault!);
            var made = new DiagnosticCase { Host = host };
            string? path = parsed.GetValue(output);
            CaseFile.Write(parsed.GetValue(redact) ? made.Redact() : made, path ?? "-", streams);
            string report = ImportReport.ToText(imported, streams.Width);
            if (path is null or "-")
                streams.Error.Write(report);
            else
                streams.Print(report);
            return ExitStatus.Success;
        });
        return command;
    }

    // A file was made when its text was taken, as far as anybody knows.
    private static DateTimeOffset TakenAt(IEnumerable<string> paths) =>
        paths.Select(path => path == "-" ? DateTimeOffset.UtcNow : new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero)).Max();

    private static ImportText Read(string path, CommandStreams streams)
    {
        string name = path == "-" ? "standard input" : path;
        using Stream stream = path == "-" ? streams.Input : CaseFile.Open(path);
        try
        {
            // PowerShell writes UTF-16; of the consoles' code pages only the digits are needed, which are the same in all.
            using var bounded = new MemoryStream();
            byte[] buffer = new byte[64 * 1024];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                if (bounded.Length + read > MostBytes)
                    throw new UsageException($"'{name}' is larger than {MostBytes >> 20} MiB");
                bounded.Write(buffer, 0, read);
            }

            bounded.Position = 0;
            using var reader = new StreamReader(bounded, Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
            return new ImportText { Name = name, Text = reader.ReadToEnd() };
        }
        catch (IOException error)
        {
            throw UsageException.FromFile("read", name, error);
        }
    }
}
