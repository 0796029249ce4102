using System;
using System.Collections.Immutable;
using System.Linq;
using Serva.Diagnostics.Rules.BindIssues;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>
/// A bind that Linux refused with EACCES or EPERM although whoever asks has every right that the port needs: a security
/// module is asked before the port is (<c>security_socket_bind</c> in net/socket.c), and its refusal is no matter of rights.
/// </summary>
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
        : [.. examination.Questions.Select(question => Of(question, examination.Host)).OfType<UnexplainedRefusal>()];

    /// <summary>The fact, and whose it is.</summary>
    public Evidence Say(HostSnapshot host)
    {
        string place = HolderWords.Place(Request);
        if (WasTried)
            return new Evidence { Table = "probe", Text = $"Binding {place} was tried and fails with {Error}, and no right is missing." };
        bool needsRight = Request.Protocol == TransportProtocol.Raw || Request.Endpoint.Port is > 0 and var port && port < PrivilegedPort.FirstUnprivileged(host);
        return new Evidence { Table = "question", Text = $"{Error} was seen for {place}, {(needsRight ? "which the asker here has the right to bind; a server that runs as another user may lack it" : "which needs no right")}." };
    }

    private static UnexplainedRefusal? Of(ExaminedQuestion question, HostSnapshot host)
    {
        if (question.Prediction is not { Outcome: not BindOutcome.AccessDenied, Request: { Protocol: TransportProtocol.Tcp or TransportProtocol.Udp or TransportProtocol.UdpLite or TransportProtocol.Raw } request } || !HasRight(request, host))
            return null;
        if (question is { FollowsProbe: true, Outcome: BindOutcome.AccessDenied, Question.BindProbe: { } probe })
            return new UnexplainedRefusal(question, wasTried: true, probe.NativeCode == NotPermitted || probe.NativeError == "EPERM");
        return question.Question.Error is { } error && Refuses(error, out bool isPermission) ? new UnexplainedRefusal(question, wasTried: false, isPermission) : null;
    }

    private static bool HasRight(BindRequest request, HostSnapshot host)
    {
        if (request.Protocol == TransportProtocol.Raw)
        {
            Identity? asker = request.Asker ?? host.Identity;
            return asker?.Capabilities is { } capabilities ? (capabilities >> RawCapability & 1) != 0 : asker?.UserId == 0;
        }

        return request.Endpoint.Port == 0 || request.Endpoint.Port >= PrivilegedPort.FirstUnprivileged(host) || PrivilegedPort.HasRight(request, host);
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
