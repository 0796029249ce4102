using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.ErrorIssues;

/// <summary>SD1060: HTTP.sys refuses a URL to an ordinary account, because none is reserved for it.</summary>
internal sealed class UrlReservation : KnownIssue
{
    private const int AccessDenied = 5, MostReservations = 8;

    /// <inheritdoc/>
    public override KnownIssueInfo Info { get; } = new()
    {
        Id = "SD1060",
        Title = "HTTP.sys refuses the URL without a reservation",
        Severity = Severity.Error,
        Needs = SnapshotTables.None,
        Platforms = [PlatformFamily.Windows],
        Grade = SourceGrade.Documented,
        References =
        [
            "https://learn.microsoft.com/windows/win32/http/namespace-reservations-registrations-and-routing",
            "https://learn.microsoft.com/windows-server/networking/technologies/netsh/netsh-http",
            "https://github.com/dotnet/AspNetCore.Docs/issues/10164",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination) => examination.Questions
        .Where(question => question.Question.Error?.Code == AccessDenied && question.Question.Bind?.Protocol is null or TransportProtocol.Tcp)
        .Select(question => Find(question, examination.Host));

    private Finding Find(ExaminedQuestion question, HostSnapshot host)
    {
        string? prefix = HttpSysUrls.PrefixIn(question.Question.Error!.Text)
            ?? (question.Question.Bind is { } bind ? string.Create(CultureInfo.InvariantCulture, $"http://+:{bind.Endpoint.Port}/") : null);
        int? port = prefix is null ? null : HttpRegistration.PortOf(prefix);
        SettingRow[] reserved = [.. host.Settings.Where(setting => HttpRegistration.ReservedUrlOf(setting) is { } url && HttpRegistration.PortOf(url) == port)];
        return new Finding
        {
            Issue = Info,
            Subject = prefix is null ? "HTTP.sys" : $"HTTP.sys {prefix}",
            Summary = $"HTTP.sys refuses {prefix ?? "the URL"} to a program that is not elevated and whose account has no reservation for it (5 ERROR_ACCESS_DENIED).",
            Certainty = Certainty.Likely,
            Questions = [question.Position],
            Evidence =
            [
                new Evidence { Table = "question", Text = "The error comes from registering a URL, not from a bind: the port may be free, and no firewall is asked." },
                .. reserved.Take(MostReservations).Select(row => new Evidence { Table = "settings", Text = $"{SafeText.Of(HttpRegistration.ReservedUrlOf(row)!)} is reserved for {(row.Value.Length == 0 ? "accounts that are not shown" : SafeText.Of(row.Value))}." }),
            ],
            Remedies = [.. Remedies(prefix, reserved, question.Question.Bind, host).OfType<Remedy>()],
        };
    }

    private static IEnumerable<Remedy?> Remedies(string? prefix, SettingRow[] reserved, BindRequest? bind, HostSnapshot host)
    {
        yield return AskerRemedy.Configure("Let your server use a URL below http://+:80/Temporary_Listen_Addresses/, which Windows reserves for everybody, or a web server of its own without HTTP.sys (Kestrel).", bind);
        yield return prefix is null ? null : Reserve(prefix, reserved, bind, host);
    }

    // A URL has one reservation: that of others would have to be deleted, and they would lose theirs.
    private static Remedy? Reserve(string prefix, SettingRow[] reserved, BindRequest? bind, HostSnapshot host)
    {
        if (reserved.Any(row => string.Equals(HttpRegistration.ReservedUrlOf(row), prefix, StringComparison.OrdinalIgnoreCase)))
            return AskerRemedy.Configure("Run your server as an account that the reservation names, or let an administrator reserve the URL anew for both accounts.", bind);
        string account = CommandText.Cmd(host.Identity?.UserName) ?? @"%USERDOMAIN%\%USERNAME%";
        return new Remedy
        {
            Summary = "Reserve the URL for the account that runs your server.",
            Apply = [Cmd($"netsh http add urlacl url={prefix} user={account}")],
            Revert = [Cmd($"netsh http delete urlacl url={prefix}")],
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = "The command names the account that asked here: write that of your server. Programs of other accounts are refused this URL, and may be refused longer ones on the same port.",
            Recheck = bind,
        };
    }

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };
}
