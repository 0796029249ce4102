using System.CommandLine;
using System.IO;

namespace Serva.Diagnostics.Cli;

/// <summary><c>bind PROTO/ENDPOINT</c>: would this bind succeed, and if not, why?</summary>
internal static class BindCommand
{
    public static Command Create(CommandStreams streams)
    {
        var options = new BindOptions();
        var command = new ExampledCommand("bind", "Would this bind succeed, and if not, why? No option is set unless it is written.")
        {
            Examples =
            [
                ("udp/69", "the TFTP port on all IPv4 addresses (udp/0.0.0.0:69)"),
                ("tcp/[::]:80 --dual-mode", "IPv6 and IPv4 on one socket; without --dual-mode [::] is IPv6 alone"),
                ("tcp/8080 --like dotnet", "with what .NET sets by itself"),
                ("--batch binds.txt", "one bind per line, with its options; one JSON answer per line"),
            ],
            Statuses = "0 it succeeds (a batch: every line was understood), 1 it fails or another socket shares the port, 3 undetermined",
        };
        options.AddTo(command);
        command.SetAction(parsed => options.ReadBatch(parsed) is { } batch
            ? RunBatch(batch, options, parsed, streams)
            : RunOne(options, parsed, streams));
        return command;
    }

    private static int RunOne(BindOptions options, ParseResult parsed, CommandStreams streams)
    {
        BindExplanation explanation = options.Explain(parsed, streams);
        streams.Print(options.IsJson(parsed) ? explanation.ToJson() : explanation.ToText(options.IsVerbose(parsed), streams.Width));
        return ExitStatus.Of(explanation.Verdict);
    }

    private static int RunBatch(string batch, BindOptions options, ParseResult parsed, CommandStreams streams)
    {
        if (batch != "-")
        {
            using FileStream stream = CaseFile.Open(batch);
            return Answer(stream, batch, options, parsed, streams);
        }

        return Answer(streams.Input, "standard input", options, parsed, streams);
    }

    private static int Answer(Stream input, string name, BindOptions options, ParseResult parsed, CommandStreams streams)
    {
        int status = ExitStatus.Success;
        // Read when the first good line asks: an empty batch costs nothing.
        BindSource? source = null;
        var zones = new ZoneHost(() => (source ??= options.ReadSource(parsed, streams)).Host);
        var lines = new BatchLines(input, streams.Output.Flush);
        try
        {
            while (lines.TryRead(out string? text, out string? fault))
            {
                int position = 0;
                BindLine? line = null;
                if (text is null || !BindLine.TryParse(text, options.IsLikeDotNet(parsed), options.Policy(parsed), zones, out line, out fault, out position))
                {
                    streams.Print(BatchLines.Refusal(lines.Number, position + 1, fault!));
                    status = ExitStatus.WrongUsage;
                    continue;
                }

                source ??= options.ReadSource(parsed, streams);
                streams.Print(source.Explain(line).ToJsonLine());
            }
        }
        catch (IOException error)
        {
            throw UsageException.FromFile("read", name, error);
        }

        return status;
    }
}
