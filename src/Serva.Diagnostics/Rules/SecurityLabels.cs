using System;
using System.Buffers;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>What the label of a process says, whichever security module wrote it.</summary>
internal static class SecurityLabels
{
    private const string Enforced = " (enforce)";

    // Longer than any label of a policy that somebody wrote; what is shown and typed is bounded with it.
    private const int Longest = 512;

    private static readonly SearchValues<char> s_neverInSELinux = SearchValues.Create(" /&()");

    /// <summary>
    /// The domain of a label of SELinux, <c>user:role:type</c> with or without a level: <c>httpd_t</c>. Null for a label of
    /// another module.
    /// </summary>
    public static string? DomainOf(string? label)
    {
        if (label is null || label.Length > Longest || label.AsSpan().ContainsAny(s_neverInSELinux))
            return null;
        string[] parts = label.Split(':', 4);
        return parts.Length >= 3 && parts.Take(3).All(part => part.Length > 0 && part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-'))
            ? parts[2]
            : null;
    }

    /// <summary>Whether a domain may bind any port by the policies that are shipped: those of users' shells, of services without a policy, of privileged containers.</summary>
    public static bool IsUnconfined(string domain) =>
        domain.StartsWith("unconfined_", StringComparison.Ordinal) || domain is "spc_t" or "kernel_t" or "initrc_t";

    /// <summary>The profile of a label of AppArmor that is enforced, <c>/usr/sbin/ntpd (enforce)</c>: its name. Null without confinement, and for a profile that only complains.</summary>
    public static string? EnforcedProfileOf(string? label) =>
        label is { Length: > 10 and <= Longest } && label.EndsWith(Enforced, StringComparison.Ordinal) && !label.StartsWith("unconfined ", StringComparison.Ordinal)
            ? label[..^Enforced.Length]
            : null;

    /// <summary>The snap of a profile, <c>snap.NAME.APP</c>: its name, where it is one that snapd allows. Null for other profiles.</summary>
    public static string? SnapOf(string profile)
    {
        string[] parts = profile.Split('.', 3);
        return parts is ["snap", { Length: > 0 and <= 64 } name, _] && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '_') && name[0] != '-'
            ? name
            : null;
    }

    /// <summary>The labels of those whose bind was refused: of who tried it, or of the server that saw the error. Empty when they are not known.</summary>
    public static ImmutableArray<string> Of(UnexplainedRefusal refusal, Examination examination)
    {
        // The server's label says nothing of what whoever captured may.
        if (refusal.WasTried)
            return examination.Host.Identity?.SecurityLabel is { } own ? [own] : [];
        return examination.ServerLabels;
    }
}
