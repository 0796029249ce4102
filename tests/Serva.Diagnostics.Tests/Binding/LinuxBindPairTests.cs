using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Xunit;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>The Linux conflict rule against what the kernel answered to every measured pair.</summary>
public class LinuxBindPairTests
{
    private readonly ITestOutputHelper _output;

    public LinuxBindPairTests(ITestOutputHelper output) => _output = output;

    [Fact]
    public void Predict_EveryMeasuredPairWithOptionsKnown_AsTheKernelAnswered()
    {
        var predictor = new BindPredictor(Hosts.Linux(BindPair.All.Select(pair => pair.Holder)));
        var wrong = new List<string>();
        foreach (BindPair pair in BindPair.All)
        {
            BindPrediction answer = predictor.Predict(pair.Request);
            if (!IsRight(pair, answer) || answer.Certainty != Certainty.Certain || !answer.Unseen.IsEmpty || !CitesTheHolder(answer))
                wrong.Add(Words(pair, answer));
        }

        Assert.Equal(37_600, BindPair.All.Count);
        Assert.DoesNotContain(BindPair.All, pair => pair.Listens == false);
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong, such as\n{string.Join('\n', wrong.Take(10))}");
    }

    /// <summary>Reading the options of living sockets makes everything certain but what a TIME_WAIT took with it.</summary>
    [Fact]
    public void Predict_EveryMeasuredPairWithOptionsOfLivingSocketsRead_CertainUnlessTimeWait()
    {
        var predictor = new BindPredictor(Hosts.Linux(BindPair.All.Select(pair => pair.Holder.State == TcpState.TimeWait ? Hide(pair.Holder) : pair.Holder)));
        var wrong = new List<string>();
        int certain = 0;
        foreach (BindPair pair in BindPair.All)
        {
            BindPrediction answer = predictor.Predict(pair.Request);
            bool isCertain = answer.Certainty == Certainty.Certain;
            certain += isCertain ? 1 : 0;
            if ((isCertain && !IsRight(pair, answer)) || (!isCertain && pair.Holder.State != TcpState.TimeWait))
                wrong.Add(Words(pair, answer));
        }

        _output.WriteLine($"{certain} of {BindPair.All.Count} certain");
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong, such as\n{string.Join('\n', wrong.Take(10))}");
    }

    [Fact]
    public void Predict_EveryMeasuredPairSeenFromOutside_CertainExactlyWhenNothingHiddenMatters()
    {
        var predictor = new BindPredictor(Hosts.Linux(BindPair.All.Select(pair => Hide(pair.Holder))));
        int certain = 0;
        int likelyAndRight = 0;
        var wrong = new List<string>();
        foreach (BindPair pair in BindPair.All)
        {
            BindPrediction answer = predictor.Predict(pair.Request);
            bool saysInUse = answer.Outcome == BindOutcome.AddressInUse;
            bool isRight = saysInUse == pair.IsInUse;
            HashSet<bool> possible = [.. Reveal(pair.Holder).Select(holder => ReferenceConflicts(pair.Request, holder))];
            Assert.Contains(pair.IsInUse, possible);
            bool shouldBeCertain = possible.Count == 1;
            bool isCertain = answer.Certainty == Certainty.Certain;
            if (isCertain != shouldBeCertain || (isCertain && !isRight) || (!isCertain && answer.Unseen.IsEmpty))
                wrong.Add($"{pair.Text}: {answer.Outcome} {answer.Certainty}, possible {string.Join(" or ", possible)}");
            if (isCertain)
                certain++;
            else if (isRight)
                likelyAndRight++;
        }

        _output.WriteLine($"{certain} of {BindPair.All.Count} certain; {likelyAndRight} of the other {BindPair.All.Count - certain} right");
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong, such as\n{string.Join('\n', wrong.Take(10))}");
        Assert.True(certain > BindPair.All.Count * 0.76, $"only {certain} certain");
    }

    private static bool IsRight(BindPair pair, BindPrediction answer) => pair.IsInUse
        ? answer is { Outcome: BindOutcome.AddressInUse, Stage: BindStage.Bind, NativeError: "EADDRINUSE", NativeCode: 98, Conflicts.Length: 1 }
        : answer is { Outcome: BindOutcome.Success, NativeCode: null, Conflicts.IsEmpty: true }
            && answer.Stage == (pair.Listens == true ? BindStage.Listen : BindStage.Bind);

    /// <summary>The trace names the rule that decided, with the holder's row.</summary>
    private static bool CitesTheHolder(BindPrediction answer) =>
        answer.Trace.Any(step => step.Code is "bind.holder" or "bind.holder.shares" && step.Evidence is { Table: "sockets", Text.Length: > 0 });

    private static string Words(BindPair pair, BindPrediction answer) =>
        $"{pair.Text}: {answer.Outcome} {answer.Stage} {answer.Certainty} {string.Join("; ", answer.Unseen)}";

    /// <summary>What inet_diag tells anybody of the socket.</summary>
    private static SocketRow Hide(SocketRow holder)
    {
        bool showsIPv6Only = holder.State is TcpState.Listen or TcpState.Closed || (holder.State is null && holder.Remote is null);
        return holder with { ReuseAddress = null, ReusePort = null, IPv6Only = showsIPv6Only ? holder.IPv6Only : null };
    }

    /// <summary>Every socket that looks like this one from outside.</summary>
    private static IEnumerable<SocketRow> Reveal(SocketRow holder)
    {
        bool isOpen = Hide(holder).IPv6Only is null && holder.Local.Address is { IsIPv6: true, IsIPv4Mapped: false };
        foreach (bool reuseAddress in (bool[])[false, true])
        {
            foreach (bool reusePort in (bool[])[false, true])
            {
                foreach (bool ipv6Only in isOpen ? (bool[])[false, true] : [holder.IPv6Only ?? false])
                    yield return holder with { ReuseAddress = reuseAddress, ReusePort = reusePort, IPv6Only = ipv6Only };
            }
        }
    }

    /// <summary>The kernel's rule once more, slowly and from its own functions, as the oracle for the engine's.</summary>
    private static bool ReferenceConflicts(BindRequest request, SocketRow held)
    {
        bool isStream = request.Protocol == TransportProtocol.Tcp;
        uint device = request.Device switch { null => 0, "lo" => BindPair.Loopback, _ => BindPair.OtherDevice };
        if (device != 0 && held.Interface != 0 && device != held.Interface)
            return false;
        if (request.ReuseAddress && held.ReuseAddress == true && !(isStream && held.State == TcpState.Listen))
            return false;
        bool sameUser = request.Asker!.UserId == 0;
        if (request.ReusePort && held.ReusePort == true && (sameUser || held.State == TcpState.TimeWait))
            return false;

        NetAddress a = request.Endpoint.Address;
        NetAddress b = held.Local.Address;
        bool aOnly = a.IsIPv6 && (!request.DualMode || KindOf(a) == "uni");
        bool bOnly = b.IsIPv6 && held.IPv6Only == true;
        bool aIsWildcard = a.UnmapIPv4().IsUnspecified;
        if (!isStream || aIsWildcard)
            return ReceiveAddressesEqual(a, aOnly, b, bOnly);
        if (bOnly && KindOf(a) == "v4")
            return false;
        if (KindOf(b) == "any")
            return true;
        return KindOf(a) == KindOf(b) && (a.UnmapIPv4() == b.UnmapIPv4() || (KindOf(b) == "v4" && b.UnmapIPv4().IsUnspecified));
    }

    private static bool ReceiveAddressesEqual(NetAddress a, bool aOnly, NetAddress b, bool bOnly)
    {
        bool v4Equal = !bOnly && (IPv4Of(a) == IPv4Of(b) || IPv4Of(a) == 0 || IPv4Of(b) == 0);
        if (a.IsIPv4)
            return v4Equal;
        return (KindOf(a), KindOf(b)) switch
        {
            ("v4", "v4") => v4Equal,
            ("any", "any") => true,
            ("v4", "any") => !bOnly,
            (_, "any") => true,
            ("any", "v4") => !aOnly,
            ("any", _) => true,
            ("uni", "uni") => a == b,
            _ => false,
        };
    }

    private static string KindOf(NetAddress address) =>
        address.IsIPv4 || address.IsIPv4Mapped ? "v4" : address.IsUnspecified ? "any" : "uni";

    private static uint IPv4Of(NetAddress address) => KindOf(address) switch
    {
        "v4" => address.UnmapIPv4().ToIPv4(),
        "any" => 0,
        _ => 0x7f00_0006,
    };
}
