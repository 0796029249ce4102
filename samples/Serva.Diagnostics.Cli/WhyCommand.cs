using System.CommandLine;
using System.IO;
using System.Text;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Cli;

/// <summary><c>why CODE [PROTO/ENDPOINT]</c>: what does this error mean, and which of its causes are there?</summary>
internal static class WhyCommand
{
    private const int LongestInput = 64 * 1024;

    public static Command Create(CommandStreams streams)
    {
        var error = new Argument<string>("CODE") { Description = "The error's number, name or text; - reads a pasted text from standard input." };
        var endpoint = new Argument<string?>("PROTO/ENDPOINT")
        {
            Description = "What was bound, for example udp/192.168.1.5:69; options of a bind may follow within the quotes.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string> savedCase = SharedOptions.Case();
        Option<bool> json = SharedOptions.Json();
        Option<bool> verbose = SharedOptions.Verbose();
        var command = new ExampledCommand("why", "What does this error mean, and which of its causes are there on this host?")
        {
            Examples =
            [
                ("10013 udp/192.168.1.5:69", "each cause of the error judged against this host, those that are there first"),
                ("EADDRINUSE", "what it can mean, most frequent first, and what else to tell"),
                ("- < error.txt", "a pasted error: .NET, Kestrel, Node.js, Go, Python, Java, nginx, Apache, Docker, dnsmasq ..."),
                ("98 \"tcp/80 --reuse-address\" --case host.json", "about a saved host, with the options that the server sets"),
            ],
            Statuses = "0 no problem, 1 a finding of warning or worse, 3 the bind is undetermined",
        };
        command.Add(error);
        command.Add(endpoint);
        command.Add(savedCase);
        command.Add(json);
        command.Add(verbose);
        command.SetAction(parsed =>
        {
            string text = parsed.GetRequiredValue(error);
            string? path = parsed.GetValue(savedCase);
            if (text == "-")
                text = path == "-" ? throw new UsageException("the error and the case cannot both come from standard input") : ReadText(streams.Input);
            if (Diagnoser.ReadError(text).IsEmpty)
                throw new UsageException("the text holds no error that is known; expected a number (10013), a name (EADDRINUSE) or a program's message");
            ErrorExplanation explanation = Explain(text, parsed.GetValue(endpoint), path, streams);
            streams.Print(parsed.GetValue(json) ? explanation.ToJson() : explanation.ToText(parsed.GetValue(verbose), streams.Width));
            return ExitStatus.Of(explanation.Diagnosis);
        });
        return command;
    }

    private static ErrorExplanation Explain(string text, string? endpoint, string? path, CommandStreams streams)
    {
        if (path is null)
            return HostDiagnostics.ForThisMachine().ExplainError(text, ReadBind(endpoint, ZoneHost.OfThisMachine));
        HostSnapshot host = CaseFile.Read(path, streams).Host;
        return Diagnoser.ExplainError(host, Diagnoser.ReadError(text), ReadBind(endpoint, new ZoneHost(() => host)), text);
    }

    private static BindRequest? ReadBind(string? endpoint, ZoneHost zones) =>
        endpoint is null ? null : ServiceSelection.ReadBind(endpoint, "why", zones);

    // What is pasted is a few lines; of more the beginning is read, and bytes that are no text are replaced.
    private static string ReadText(Stream input)
    {
        byte[] buffer = new byte[LongestInput];
        try
        {
            int length = input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(buffer, 0, length);
        }
        catch (IOException failure)
        {
            throw UsageException.FromFile("read", "standard input", failure);
        }
    }
}
