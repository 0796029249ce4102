using System.CommandLine;

namespace Serva.Diagnostics.Cli;

/// <summary><c>capture</c>: this host as a case.</summary>
internal static class CaptureCommand
{
    public static Command Create(CommandStreams streams)
    {
        Argument<string[]> endpoints = SharedOptions.Endpoints();
        Option<string> profile = SharedOptions.Profile();
        var output = new Option<string>("--output", "-o")
        {
            Description = "Where to save the case, readable by you alone; else it is printed.",
            HelpName = "FILE",
        };
        Option<bool> redact = SharedOptions.Redact();
        Option<bool> noProbe = SharedOptions.NoProbe();
        Option<bool> socketOptions = SharedOptions.SocketOptions();
        var json = new Option<bool>("--json") { Description = "A case is JSON always; other commands take this option too." };
        var command = new ExampledCommand("capture", "This host as a case: everything that a diagnosis needs, to be judged anywhere.")
        {
            Examples =
            [
                ("-o host.json", "everything about this host; judge it with: serva-diag explain host.json"),
                ("-o host.json --redact --profile serva", "fit to be shown around, with Serva's services as the question"),
                ("udp/69 --no-probe", "one question, nothing tried, on standard output"),
            ],
            Statuses = "0 captured",
        };
        command.Add(endpoints);
        foreach (Option option in (Option[])[profile, output, redact, noProbe, socketOptions, json])
            command.Add(option);
        command.SetAction(parsed =>
        {
            ServiceProfile? wanted = ServiceSelection.Read(parsed.GetValue(profile), parsed.GetRequiredValue(endpoints), server: null, "capture", ZoneHost.OfThisMachine);
            HostDiagnostics machine = HostDiagnostics.ForThisMachine();
            DiagnosticCase captured = CaseSource.FromThisMachine(
                parsed.GetValue(socketOptions) ? machine.WithSocketOptions() : machine,
                wanted, parsed.GetValue(noProbe) ? ProbePolicy.None : ProbePolicy.BindOnly);
            if (parsed.GetValue(redact))
                captured = captured.Redact();
            CaseFile.Write(captured, parsed.GetValue(output) ?? "-", streams);
            return ExitStatus.Success;
        });
        return command;
    }
}
