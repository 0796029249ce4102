using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>Looks for the free ports next to a wanted one.</summary>
internal static class FreePorts
{
    private const int HighestPort = 65535;

    /// <summary>The System Ports of RFC 6335 section 6 end before it.</summary>
    private const int FirstUserPort = 1024;

    private static readonly PortSpan s_automaticOfRfc6335 = new(49152, HighestPort);
    private static readonly PortSpan s_automaticOfBsd = new(10000, HighestPort);

    public static PortAvailability Find(BindFacts facts, BindPredictor predictor, BindRequest wanted, int count)
    {
        // A port is free for everybody, or it is not: sharing options must not help.
        BindRequest plain = wanted with { ReuseAddress = false, ReusePort = false, ExclusiveAddressUse = false };
        PortSpan automatic = AutomaticRange(facts, wanted, out bool isKnown);
        PortStretches kept = facts.PortRanges.Kept(wanted.Protocol);
        var free = ImmutableArray.CreateBuilder<NetEndpoint>(count);
        string? unseen = isKnown ? null : "portRanges: the range of automatic ports; the system's default was assumed";
        var certainty = isKnown ? Certainty.Certain : Certainty.Likely;
        int port = wanted.Endpoint.Port;
        for (int distance = 1; distance <= HighestPort && free.Count < count; distance++)
        {
            for (int side = 1; side >= -1 && free.Count < count; side -= 2)
            {
                int candidate = port + (side * distance);
                if (candidate is < FirstUserPort or > HighestPort || automatic.Contains(candidate) || kept.Contains(candidate))
                    continue;
                BindRequest request = plain with { Endpoint = plain.Endpoint.WithPort(candidate) };
                if (SocketSights.Of(facts.Host.Sockets, request, out string? blind) == SocketSight.Blind)
                    return new PortAvailability { Wanted = wanted, Certainty = Certainty.None, Unseen = blind };
                if (!facts.Sockets.Find(wanted.Protocol, candidate).IsEmpty)
                    continue;
                BindPrediction prediction = predictor.Predict(request);
                if (prediction.Outcome is BindOutcome.AccessDenied or BindOutcome.AddressInUse)
                    continue;
                if (prediction.Outcome != BindOutcome.Success)
                {
                    // What stops a port that nobody holds stops every other one too: there is no such address or device.
                    return new PortAvailability { Wanted = wanted, Certainty = prediction.Certainty, Unseen = FirstOf(prediction) };
                }

                free.Add(request.Endpoint);
                if (prediction.Certainty < certainty)
                    (certainty, unseen) = (prediction.Certainty, FirstOf(prediction));
            }
        }

        return new PortAvailability { Wanted = wanted, Free = free.DrainToImmutable(), Certainty = certainty, Unseen = unseen };
    }

    /// <summary>
    /// The lowest stretch of ports that are neither well known, automatic, excluded nor reserved, and that nobody holds at
    /// any address; null when there is none, or when nobody can say.
    /// </summary>
    /// <param name="facts">The host.</param>
    /// <param name="predictor">Predicts on it.</param>
    /// <param name="like">The bind of one of the ports; its own port does not count.</param>
    /// <param name="count">How many ports.</param>
    /// <param name="isWanted">Whether somebody else is going to want a port.</param>
    public static PortSpan? FindStretch(BindFacts facts, BindPredictor predictor, BindRequest like, int count, Func<int, bool> isWanted)
    {
        PortSpan automatic = AutomaticRange(facts, like, out _);
        PortStretches kept = facts.PortRanges.Kept(like.Protocol);
        int first = FirstUserPort;
        for (int port = FirstUserPort; port <= HighestPort; port++)
        {
            if (automatic.Contains(port) || kept.Contains(port) || isWanted(port) || !facts.Sockets.Find(like.Protocol, port).IsEmpty)
                first = port + 1;
            if (port - first + 1 < count)
                continue;
            // What stops one of such ports stops all of them.
            bool isFree = SocketSights.Of(facts.Host.Sockets, like with { Endpoint = like.Endpoint.WithPort(first) }, out _) != SocketSight.Blind
                && predictor.Predict(like with { Endpoint = like.Endpoint.WithPort(first) }).Outcome == BindOutcome.Success;
            return isFree ? new PortSpan(first, port) : null;
        }

        return null;
    }

    private static string? FirstOf(BindPrediction prediction) => prediction.Unseen.IsEmpty ? null : prediction.Unseen[0];

    /// <summary>The ports that the system hands out to such a bind.</summary>
    /// <param name="facts">The host.</param>
    /// <param name="request">The bind.</param>
    /// <param name="isKnown">False when the system's default stands in for a range that was not captured.</param>
    public static PortSpan AutomaticRange(BindFacts facts, BindRequest request, out bool isKnown)
    {
        switch (facts.Family)
        {
            case PlatformFamily.Linux:
                return LinuxPorts.AutomaticRange(facts, out isKnown);
            case PlatformFamily.Windows:
                return WindowsBindRules.AutomaticRange(facts, request, out isKnown);
            default:
                isKnown = false;
                return facts.Family == PlatformFamily.Bsd ? s_automaticOfBsd : s_automaticOfRfc6335;
        }
    }
}
