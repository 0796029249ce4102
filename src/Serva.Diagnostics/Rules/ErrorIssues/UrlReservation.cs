using System;
using System.Collections.Generic;
using System.Collections.Immutable;
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
        IsExperimental = true,
        References =
        [
            "https://learn.microsoft.com/windows/win32/http/namespace-reservations-registrations-and-routing",
            "https://learn.microsoft.com/windows-server/networking/technologies/netsh/netsh-http",
            "https://github.com/dotnet/AspNetCore.Docs/issues/10164",
        ],
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Examine(Examination examination)
    {
        // Who is elevated needs no reservation: then the error has another reason.
        if (examination.Host.Identity?.IsElevated == true)
            return [];
        ExaminedQuestion[] asked = [.. examination.Questions.Where(question => HttpSysUrls.MayHaveAnswered(question.Question, AccessDenied))];
        if (asked.Length == 0)
            return [];
        SettingRow[] reservations = [.. examination.Host.Settings.Where(setting => HttpRegistration.ReservedUrlOf(setting) is not null)];
        return asked.Select(question => Find(question, reservations, examination.Host)).OfType<Finding>();
    }

    private Finding? Find(ExaminedQuestion question, SettingRow[] reservations, HostSnapshot host)
    {
        string? prefix = HttpSysUrls.PrefixIn(question.Question.Error!.Text)
            ?? (question.Question.Bind is { } bind ? string.Create(CultureInfo.InvariantCulture, $"http://+:{bind.Endpoint.Port}/") : null);
        int? port = prefix is null ? null : HttpRegistration.PortOf(prefix);
        SettingRow[] reserved = [.. reservations.Where(setting => HttpRegistration.PortOf(HttpRegistration.ReservedUrlOf(setting)!) == port).Take(MostReservations * 16)];
        bool isOwn = prefix is not null && host.Identity?.UserName is { } user && reserved.Any(row => IsOf(row, prefix) && row.Value.Split(", ").Contains(user, StringComparer.OrdinalIgnoreCase));
        if (isOwn)
            return null;
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
            Remedies = [.. Remedies(prefix, reserved, reservations.Length > 0, question.Question.Bind, host).OfType<Remedy>()],
        };
    }

    private static IEnumerable<Remedy?> Remedies(string? prefix, SettingRow[] reserved, bool wereSeen, BindRequest? bind, HostSnapshot host)
    {
        yield return AskerRemedy.Configure("Let your server use a URL below http://+:80/Temporary_Listen_Addresses/, which Windows reserves for everybody, or a web server of its own without HTTP.sys (Kestrel).", bind);
        yield return prefix is null ? null : Reserve(prefix, reserved, wereSeen, bind, host);
    }

    // A URL has one reservation: that of others would have to be deleted, and they would lose theirs.
    private static Remedy? Reserve(string prefix, SettingRow[] reserved, bool wereSeen, BindRequest? bind, HostSnapshot host)
    {
        if (reserved.Any(row => IsOf(row, prefix)))
            return AskerRemedy.Configure("Run your server as an account that the reservation names, or let an administrator reserve the URL anew for both accounts.", bind);
        string account = CommandText.Cmd(host.Identity?.UserName) ?? "\"%USERDOMAIN%\\%USERNAME%\"";
        return new Remedy
        {
            Summary = "Reserve the URL for the account that runs your server.",
            Apply = [.. wereSeen ? ImmutableArray<RemedyCommand>.Empty : [Cmd($"netsh http show urlacl url={prefix}")], Cmd($"netsh http add urlacl url={prefix} user={account}")],
            Revert = [Cmd($"netsh http delete urlacl url={prefix}")],
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = $"{(wereSeen ? "" : "If the first command shows the URL, it is reserved for others: leave it, for then the second fails and the way back would delete theirs. ")}The command names the account that asked here: write that of your server. Programs of other accounts are refused this URL, and may be refused longer ones on the same port.",
            Recheck = bind,
        };
    }

    private static bool IsOf(SettingRow row, string prefix) => HttpSysUrls.Normal(HttpRegistration.ReservedUrlOf(row)!) == HttpSysUrls.Normal(prefix);

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };
}
