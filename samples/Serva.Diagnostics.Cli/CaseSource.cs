using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Cli;

/// <summary>Makes the case that a command judges: from this machine, or from a saved one.</summary>
internal static class CaseSource
{
    /// <summary>This machine, with the wanted services as questions; with Serva's own when nothing is wanted and Serva runs.</summary>
    public static DiagnosticCase FromThisMachine(HostDiagnostics machine, ServiceProfile? wanted, ProbePolicy policy)
    {
        HostSnapshot host = machine.Capture();
        wanted ??= RunsServa(host) ? ServiceProfile.Serva : null;
        return new DiagnosticCase
        {
            Host = host,
            Profile = wanted,
            Questions = Ask(wanted, policy == ProbePolicy.None ? null : machine, policy),
        };
    }

    /// <summary>A saved host. Without services of its own the command asks what the case asks.</summary>
    public static DiagnosticCase FromSaved(DiagnosticCase saved, ServiceProfile? wanted) => wanted is null
        ? saved
        : new DiagnosticCase { Host = saved.Host, Profile = wanted, Questions = Ask(wanted, null, ProbePolicy.None) };

    /// <summary>The case with TLS handshakes of this machine, as a question of its own.</summary>
    public static DiagnosticCase WithTls(DiagnosticCase judged, HostDiagnostics machine) => new()
    {
        Host = judged.Host,
        Profile = judged.Profile,
        Questions = [.. judged.Questions, new Question { Service = "TLS", TlsProbe = machine.ProbeTls() }],
    };

    private static ImmutableArray<Question> Ask(ServiceProfile? wanted, HostDiagnostics? machine, ProbePolicy policy) =>
        wanted is null ? [] :
        [
            .. wanted.ToQuestions().Select(question => machine is null || question.Bind is null
                ? question
                : question with { BindProbe = machine.Probe(question.Bind, policy) }),
        ];

    private static bool RunsServa(HostSnapshot host) =>
        host.Processes.Any(process => ServiceProfile.Serva.Server!.Matches(process));
}
