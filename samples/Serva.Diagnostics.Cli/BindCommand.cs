using System.CommandLine;

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
        // Read when the first good line asks: an empty batch costs nothing.
        BindSource? source = null;
        var zones = new ZoneHost(() => (source ??= options.ReadSource(parsed, streams)).Host);
        return BatchLines.Run(batch, streams, (string text, out string? fault, out int position) =>
            BindLine.TryParse(text, options.IsLikeDotNet(parsed), options.Policy(parsed), zones, out BindLine? line, out fault, out position)
                ? (source ??= options.ReadSource(parsed, streams)).Explain(line).ToJsonLine()
                : null);
    }
}
