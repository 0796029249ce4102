using System.CommandLine;

namespace Serva.Diagnostics.Cli;

/// <summary><c>explain CASE</c>: judges a saved case again, on any system.</summary>
internal static class ExplainCommand
{
    public static Command Create(CommandStreams streams)
    {
        var file = new Argument<string>("CASE") { Description = "A file that capture or doctor --save wrote; - reads standard input." };
        DiagnosisFormat format = new();
        var command = new ExampledCommand("explain", "Judges a saved case again: the same answer on any system, any day.")
        {
            Examples =
            [
                ("host.json", "what is wrong on the host that the file was saved on"),
                ("host.json --markdown", "the same, for a ticket"),
                ("- < host.json", "a case from standard input"),
            ],
            Statuses = "0 no problem, 1 a finding of warning or worse, 3 a service's bind is undetermined",
        };
        command.Add(file);
        format.AddTo(command);
        command.SetAction(parsed =>
        {
            format.Check(parsed);
            Diagnosis diagnosis = Diagnoser.Diagnose(CaseFile.Read(parsed.GetRequiredValue(file), streams));
            streams.Print(format.Write(parsed, diagnosis, streams.Width));
            return ExitStatus.Of(diagnosis);
        });
        return command;
    }
}
