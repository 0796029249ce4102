using System;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>What was not seen limits what may be said; what was seen stays certain.</summary>
public class SocketCoverageTests
{
    private static readonly HostSnapshot s_idle = Hosts.Linux([]);

    [Theory]
    [InlineData("udp6", "udp/0.0.0.0:69", BindOutcome.Success, Certainty.Likely)]
    [InlineData("udp6", "udp/[::]:69", BindOutcome.Undetermined, Certainty.None)]
    [InlineData("udp4", "udp/0.0.0.0:69", BindOutcome.Undetermined, Certainty.None)]
    [InlineData("udp4", "udp/[::]:69", BindOutcome.Success, Certainty.Certain)]
    [InlineData("udp4", "udp/[::]:69 --dual-mode", BindOutcome.Undetermined, Certainty.None)]
    [InlineData("udp", "udp/[fd09::1]:69", BindOutcome.Undetermined, Certainty.None)]
    [InlineData("tcp", "udp/0.0.0.0:69", BindOutcome.Success, Certainty.Certain)]
    [InlineData("udplite", "udp/0.0.0.0:69", BindOutcome.Success, Certainty.Certain)]
    [InlineData("udplite6", "udplite/[::]:69", BindOutcome.Undetermined, Certainty.None)]
    [InlineData("tcp bound", "tcp/0.0.0.0:69", BindOutcome.Success, Certainty.Likely)]
    [InlineData("owners", "tcp/0.0.0.0:69", BindOutcome.Success, Certainty.Certain)]
    [InlineData("something", "tcp/0.0.0.0:69", BindOutcome.Success, Certainty.Likely)]
    public void Predict_PartOfTheSocketsMissing_SaysWhatItCan(string part, string request, BindOutcome outcome, Certainty certainty)
    {
        HostSnapshot host = s_idle with { Sockets = Table.Partial<SocketRow>([], "test", new TableGap { Part = part, Reason = "EPERM" }) };

        BindPrediction answer = host.Predict(request);

        Assert.Equal((outcome, certainty), (answer.Outcome, answer.Certainty));
        Assert.Equal(certainty == Certainty.Certain, answer.Unseen.IsEmpty);
        if (certainty != Certainty.Certain)
            Assert.Contains(answer.Unseen, text => text.Contains(part, StringComparison.Ordinal));
    }

    [Fact]
    public void Predict_NoSocketTable_UndeterminedNamingIt()
    {
        foreach (Table<SocketRow> table in (Table<SocketRow>[])[Table.NotRequested<SocketRow>(), Table.Unavailable<SocketRow>("sock_diag", "EPERM")])
        {
            foreach (HostSnapshot host in (HostSnapshot[])[s_idle, Hosts.Windows([])])
            {
                BindPrediction answer = (host with { Sockets = table }).Predict("udp/0.0.0.0:69");

                Assert.Equal((BindOutcome.Undetermined, Certainty.None), (answer.Outcome, answer.Certainty));
                Assert.Contains(answer.Unseen, text => text.StartsWith("sockets", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void Predict_ConflictInAPartialTable_StillCertain()
    {
        SocketRow holder = Hosts.Socket("udp/0.0.0.0:69") with { UserId = 0 };
        HostSnapshot host = s_idle with { Sockets = Table.Partial([holder], "test", new TableGap { Part = "udp6", Reason = "EPERM" }) };

        BindPrediction answer = host.Predict("udp/10.9.0.1:69");

        Assert.Equal((BindOutcome.AddressInUse, Certainty.Certain), (answer.Outcome, answer.Certainty));
    }

    [Fact]
    public void Predict_TableFilteredToAnotherPort_Undetermined()
    {
        HostSnapshot host = s_idle with { Sockets = Table<SocketRow>.Complete([], "test", filter: new TableFilter { FirstPort = 80, LastPort = 80 }) };

        Assert.Equal(BindOutcome.Undetermined, host.Predict("udp/0.0.0.0:69").Outcome);
        Assert.Equal((BindOutcome.Success, Certainty.Certain), (host.Predict("udp/0.0.0.0:80").Outcome, host.Predict("udp/0.0.0.0:80").Certainty));
    }

    [Fact]
    public void Predict_EverySystemAndNothingCaptured_NeverThrowsAndNeverCertainOfSuccess()
    {
        string[] requests =
        [
            "tcp/80", "udp/[::]:69 --dual-mode", "udp/10.0.0.1:0", "raw/icmp", "udplite/[fe80::1]:5", "tcp/[::ffff:1.2.3.4]:80",
            "tcp/224.0.0.1:80 --reuse-address --reuse-port --device x --free-bind --transparent",
        ];
        foreach (PlatformFamily family in Enum.GetValues<PlatformFamily>())
        {
            var host = new HostSnapshot
            {
                CapturedAt = DateTimeOffset.UnixEpoch,
                Platform = new HostPlatform { Family = family, Version = new Version(0, 0) },
            };
            foreach (string request in requests)
            {
                BindPrediction answer = host.Predict(request);
                Assert.Equal(answer.Outcome == BindOutcome.Undetermined, answer.Certainty == Certainty.None);
                Assert.NotEqual((BindOutcome.Success, Certainty.Certain), (answer.Outcome, answer.Certainty));
            }
        }
    }

    [Fact]
    public void Predict_SystemWithoutRulesOfItsOwn_LikelyAtMost()
    {
        HostSnapshot host = Hosts.Linux([Hosts.Socket("tcp/0.0.0.0:80")]) with
        {
            Platform = new HostPlatform { Family = PlatformFamily.MacOS, Version = new Version(15, 0) },
        };

        BindPrediction taken = host.Predict("tcp/0.0.0.0:80");
        BindPrediction free = host.Predict("tcp/0.0.0.0:81");

        Assert.Equal((BindOutcome.AddressInUse, "EADDRINUSE", 48, Certainty.Likely), (taken.Outcome, taken.NativeError, taken.NativeCode, taken.Certainty));
        Assert.Equal((BindOutcome.Success, Certainty.Likely), (free.Outcome, free.Certainty));
    }
}
