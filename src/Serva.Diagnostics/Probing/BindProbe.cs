using System;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Probing;

/// <summary>
/// Really makes a bind, and lets it go again. It leaves nothing behind: the socket is closed at once, never connects,
/// and listens only when the policy says so.
/// </summary>
/// <remarks>
/// For some microseconds the probe itself holds the port, so somebody else's bind may fail in that moment. A refusal
/// is never tried around. Costs a few system calls, blocks for none of them.
/// </remarks>
internal static class BindProbe
{
    /// <summary>Tries the bind as far as the policy lets it go.</summary>
    /// <param name="request">The bind.</param>
    /// <param name="policy">How far to go.</param>
    /// <param name="time">Measures how long it took.</param>
    public static BindProbeResult Try(BindRequest request, ProbePolicy policy, TimeProvider time)
    {
        if (WhyNot(request, policy) is { } reason)
            return new BindProbeResult { Outcome = BindOutcome.Undetermined, NotTriedBecause = reason };
        bool listens = policy == ProbePolicy.Full && request.Listen && request.Protocol == TransportProtocol.Tcp;
        long start = time.GetTimestamp();
        BindAttempt attempt = Make(request, listens);
        TimeSpan duration = time.GetElapsedTime(start);
        return new BindProbeResult
        {
            Outcome = attempt.Outcome,
            NativeError = attempt.Error?.Name,
            NativeCode = attempt.ErrorCode == 0 ? null : attempt.ErrorCode,
            Stage = attempt.Stage,
            Modelled = attempt.Modelled,
            Duration = duration,
        };
    }

    private static string? WhyNot(BindRequest request, ProbePolicy policy)
    {
        if (policy == ProbePolicy.None)
            return "probing is switched off";
        if (request.Endpoint.Address.IsNone)
            return "the request names no address";
        if (policy != ProbePolicy.Full)
        {
            // A twin that shares the port gets part of the traffic, if only for a moment.
            if (request.ReusePort)
                return "SO_REUSEPORT could take traffic from whoever shares the port; only a full probe sets it";
            if (request.ReuseAddress && request.Protocol is (TransportProtocol.Udp or TransportProtocol.UdpLite))
                return "SO_REUSEADDR could take datagrams from whoever holds the port; only a full probe sets it";
        }

        return request.Asker is { } asker ? ProbeIdentity.DiffersFrom(asker) : null;
    }

    private static BindAttempt Make(BindRequest request, bool listens)
    {
        if (OperatingSystem.IsLinux())
            return LinuxBindAttempt.Make(request, listens);
        PlatformFamily family = OperatingSystem.IsWindows() ? PlatformFamily.Windows
            : OperatingSystem.IsMacOS() ? PlatformFamily.MacOS
            : OperatingSystem.IsFreeBSD() ? PlatformFamily.Bsd
            : PlatformFamily.Other;
        return PortableBindAttempt.Make(request, listens, family);
    }
}
