using System;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Rules.BindIssues;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>
/// A bind that Linux refused with EACCES or EPERM although whoever asked has every right that the port needs: a security
/// module is asked before the port is (<c>security_socket_bind</c> in net/socket.c), and its refusal is no matter of rights.
/// </summary>
/// <remarks>
/// An error that somebody saw is the failing program's, and so must the right be: what whoever captured may is nothing to it.
/// Where the port needs a right and nobody knows whether the program has it, the refusal may be just that, and is not one of these.
/// </remarks>
internal sealed class UnexplainedRefusal
{
    private const int NotPermitted = 1, AccessDenied = 13, RawCapability = 13, LongestText = 4096;

    private UnexplainedRefusal(ExaminedQuestion question, bool wasTried, bool isPermission) => (Question, WasTried, IsPermission) = (question, wasTried, isPermission);

    /// <summary>The question.</summary>
    public ExaminedQuestion Question { get; }

    /// <summary>The bind.</summary>
    public BindRequest Request => Question.Prediction!.Request;

    /// <summary>Whether the bind was tried by who captured; else somebody saw the error.</summary>
    public bool WasTried { get; }

    /// <summary>Whether it is EPERM, which a port never gives.</summary>
    public bool IsPermission { get; }

    /// <summary>Number and name of the error.</summary>
    public string Error => IsPermission ? "1 EPERM" : "13 EACCES";

    /// <summary>The refused binds of a case; empty elsewhere than on Linux.</summary>
    public static ImmutableArray<UnexplainedRefusal> Of(Examination examination) => examination.Host.Platform.Family != PlatformFamily.Linux
        ? []
        : [.. examination.Questions.Select(question => Of(question, examination)).OfType<UnexplainedRefusal>()];

    /// <summary>The fact, and whose it is.</summary>
    public Evidence Say(HostSnapshot host)
    {
        string place = HolderWords.Place(Request);
        if (WasTried)
            return new Evidence { Table = "probe", Text = $"Binding {place} was tried and fails with {Error}, and no right is missing." };
        string right = !NeedsRight(Request, host) ? "which needs no right"
            : Request.Asker is null ? "and the server's process runs as root, who has the right that it needs"
            : "and the asker has the right that it needs";
        return new Evidence { Table = "question", Text = $"{Error} was seen for {place}, {right}." };
    }

    private static UnexplainedRefusal? Of(ExaminedQuestion question, Examination examination)
    {
        HostSnapshot host = examination.Host;
        if (question.Prediction is not { Outcome: not BindOutcome.AccessDenied, Request: { Protocol: TransportProtocol.Tcp or TransportProtocol.Udp or TransportProtocol.UdpLite or TransportProtocol.Raw } request })
            return null;
        bool needsRight = NeedsRight(request, host), hasRight = !needsRight || HasRight(request, host);
        if (hasRight && question is { FollowsProbe: true, Outcome: BindOutcome.AccessDenied, Question.BindProbe: { } probe })
            return new UnexplainedRefusal(question, wasTried: true, probe.NativeCode == NotPermitted || probe.NativeError == "EPERM");
        bool programHasRight = !needsRight || (request.Asker is null ? IsServerRoot(examination) : hasRight);
        return programHasRight && question.Question.Error is { } error && Refuses(error, out bool isPermission) ? new UnexplainedRefusal(question, wasTried: false, isPermission) : null;
    }

    private static bool NeedsRight(BindRequest request, HostSnapshot host) =>
        request.Protocol == TransportProtocol.Raw || (request.Endpoint.Port > 0 && request.Endpoint.Port < PrivilegedPort.FirstUnprivileged(host));

    // The capabilities of a process are not in the table. The first process of a copy is the one that binds, before others take over.
    private static bool IsServerRoot(Examination examination) =>
        !examination.ServerGroups.IsEmpty && examination.ServerGroups.All(group => group.Root.User is "root");

    private static bool HasRight(BindRequest request, HostSnapshot host)
    {
        if (request.Protocol != TransportProtocol.Raw)
            return PrivilegedPort.HasRight(request, host);
        Identity? asker = request.Asker ?? host.Identity;
        return asker?.Capabilities is { } capabilities ? (capabilities >> RawCapability & 1) != 0 : asker?.UserId == 0;
    }

    // Words that several systems share have no number.
    private static bool Refuses(ObservedError error, out bool isPermission)
    {
        ReadOnlySpan<char> text = error.Text.AsSpan(0, Math.Min(error.Text?.Length ?? 0, LongestText));
        isPermission = error.Code is { } code ? code == NotPermitted : Has(text, "EPERM") || Has(text, "operation not permitted");
        return error.Code is AccessDenied or NotPermitted || error.Code is null && (isPermission || Has(text, "EACCES") || Has(text, "permission denied"));

        static bool Has(ReadOnlySpan<char> text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);
    }
}
