using System.Collections.Generic;
using System.Net.NetworkInformation;
using System.Text;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

/// <summary>The words that all reports share.</summary>
internal static class ReportWords
{
    /// <summary>Lines as one text, each ended by a line feed: the same bytes on every system.</summary>
    public static string Join(IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        foreach (string line in lines)
            text.Append(line).Append('\n');
        return text.ToString();
    }

    public static string Of(Severity severity) => severity switch
    {
        Severity.Error => "error",
        Severity.Warning => "warning",
        _ => "note",
    };

    public static string Of(SourceGrade grade) => grade switch
    {
        SourceGrade.Measured => "measured on the real system",
        SourceGrade.Documented => "documented by the vendor",
        SourceGrade.Reported => "reported by users",
        _ => "not verified",
    };

    public static string Of(ServiceStanding standing) => standing switch
    {
        ServiceStanding.Free or ServiceStanding.HeldByServer => "ok",
        ServiceStanding.Undetermined => "?",
        ServiceStanding.Shared => "warn",
        _ => "FAIL",
    };

    public static string Of(TcpState state) => ConflictWords.NameOf(state);

    public static string Of(OwnerGap gap) => gap switch
    {
        OwnerGap.NeedsElevation => "(needs elevation)",
        OwnerGap.NoProcess => "(no process)",
        OwnerGap.OtherProcessNamespace => "(other process namespace)",
        OwnerGap.NotFound => "(gone)",
        OwnerGap.TimedOut => "(not found in time)",
        OwnerGap.NotSupported => "(not told by the system)",
        OwnerGap.Unreadable => "(not readable even as root)",
        _ => "",
    };

    public static string Of(RemedyRisk risk) => risk switch
    {
        RemedyRisk.High => "high",
        RemedyRisk.Medium => "medium",
        RemedyRisk.Low => "low",
        _ => "none",
    };

    public static string Of(BindOutcome outcome) => outcome switch
    {
        BindOutcome.Success => "succeeds",
        BindOutcome.AddressInUse => "fails: the address is in use",
        BindOutcome.AccessDenied => "fails: access is denied",
        BindOutcome.AddressNotAvailable => "fails: the address is not available",
        BindOutcome.InvalidArgument => "fails: the request contradicts itself",
        BindOutcome.AddressFamilyNotSupported => "fails: the address family is not supported",
        BindOutcome.NoSuchDevice => "fails: there is no such interface",
        BindOutcome.NoBufferSpace => "fails: the system is out of buffers or ports",
        BindOutcome.OtherError => "fails",
        _ => "could not be judged",
    };

    /// <summary>The page of a known issue in the documentation.</summary>
    public static string PageOf(KnownIssueInfo info) => $"docs/rules/{SafeText.Of(info.Id)}.md";

    /// <summary>The name of an error number on a system; null when it is not known.</summary>
    public static string? NameOf(PlatformFamily family, int code) => NativeErrors.Find(family, code)?.Name;
}
