using System.CommandLine;

namespace Serva.Diagnostics.Cli;

/// <summary><c>doctor</c>: what is wrong with this host, and with the services that are wanted here.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommandStreams streams)
    {
        Argument<string[]> endpoints = SharedOptions.Endpoints();
        Option<string> profile = SharedOptions.Profile();
        var server = new Option<string>("--server")
        {
            Description = "The server itself: image, unit or service name, or a process id. What it holds is not in its way.",
            HelpName = "NAME|PID",
        };
        var save = new Option<string>("--save") { Description = "Also save the case that was judged; see explain.", HelpName = "FILE" };
        var tls = new Option<bool>("--tls") { Description = "Also make TLS handshakes of this machine with itself, over loopback." };
        Option<bool> redact = SharedOptions.Redact();
        Option<bool> noProbe = SharedOptions.NoProbe();
        Option<string> file = SharedOptions.Case();
        DiagnosisFormat format = new();
        var command = new ExampledCommand("doctor", "What is wrong with this host, and with the services that you want here.")
        {
            Examples =
            [
                ("", "this machine as a whole, and Serva's services if it runs"),
                ("udp/69 tcp/192.168.1.5:80", "could these be served here, and if not, why not"),
                ("--server dnsmasq udp/53", "is it dnsmasq itself that holds the port, a second copy, or a squatter"),
                ("--tls", "do TLS 1.2 and 1.3 work on this machine at all"),
                ("--profile serva --save host.json --redact", "Serva's services; the case goes into a file that may be shown around"),
            ],
            Statuses = "0 no problem, 1 a finding of warning or worse, 3 a service's bind is undetermined",
        };
        command.Add(endpoints);
        foreach (Option option in (Option[])[profile, server, save, redact, noProbe, tls, file])
            command.Add(option);
        format.AddTo(command);
        command.SetAction(parsed =>
        {
            format.Check(parsed);
            DiagnosticCase? saved = parsed.GetValue(file) is { } path ? CaseFile.Read(path, streams) : null;
            ServiceProfile? wanted = ServiceSelection.Read(
                parsed.GetValue(profile), parsed.GetRequiredValue(endpoints), parsed.GetValue(server), "doctor",
                saved is null ? ZoneHost.OfThisMachine : new ZoneHost(() => saved.Host));
            DiagnosticCase judged = saved is not null
                ? CaseSource.FromSaved(saved, wanted)
                : CaseSource.FromThisMachine(HostDiagnostics.ForThisMachine(), wanted, parsed.GetValue(noProbe) ? ProbePolicy.None : ProbePolicy.BindOnly);
            if (parsed.GetValue(tls))
            {
                if (saved is not null || parsed.GetValue(noProbe))
                    throw new UsageException($"--tls makes handshakes on this machine: not with {(saved is not null ? "--case" : "--no-probe")}");
                judged = CaseSource.WithTls(judged, HostDiagnostics.ForThisMachine());
            }

            if (parsed.GetValue(redact))
                judged = judged.Redact();
            if (parsed.GetValue(save) is { } target)
                CaseFile.Write(judged, target, streams);
            Diagnosis diagnosis = Diagnoser.Diagnose(judged);
            streams.Print(format.Write(parsed, diagnosis, streams.Width));
            return ExitStatus.Of(diagnosis);
        });
        return command;
    }
}
