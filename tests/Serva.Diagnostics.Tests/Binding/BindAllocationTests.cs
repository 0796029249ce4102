using System;
using System.Collections.Immutable;
using System.Linq;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using System.Threading;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>Tests that run after the others, one at a time: while much is compiled anew, the runtime compiles nothing for good.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class QuietRuntime
{
    public const string Name = "quiet runtime";
}

/// <summary>A prediction allocates its answer and nothing else: as much as a copy of the answer, made by hand.</summary>
[Collection(QuietRuntime.Name)]
public class BindAllocationTests
{
    private static readonly HostSnapshot s_host = Hosts.Linux(
    [
        .. Enumerable.Range(0, 980).Select(i => Hosts.Socket($"{(i % 2 == 0 ? "tcp" : "udp")}/10.9.0.1:{2000 + i}") with { UserId = 0 }),
        Hosts.Socket("tcp/0.0.0.0:80") with { UserId = 0 },
        Hosts.Socket("udp/[::]:53") with { UserId = 0, IPv6Only = false },
        Hosts.Socket("tcp/10.9.0.2:443", TcpState.TimeWait),
        .. Enumerable.Range(0, 8).Select(i => Hosts.Socket("tcp/10.9.0.1:443", i % 2 == 0 ? TcpState.Established : TcpState.TimeWait) with { UserId = 1000 }),
    ]);

    [Theory]
    [InlineData("udp/0.0.0.0:9000")]
    [InlineData("udp/10.9.0.1:9000 --reuse-address")]
    [InlineData("tcp/[fd09::1]:9000")]
    [InlineData("tcp/[fe80::9%2]:9000 --device lsb0")]
    [InlineData("tcp/127.5.5.5:80")]
    [InlineData("tcp/192.0.2.1:80")]
    [InlineData("tcp/0.0.0.0:0 --reuse-address")]
    [InlineData("tcp/0.0.0.0:80")]
    [InlineData("tcp/0.0.0.0:80 --reuse-address --reuse-port")]
    [InlineData("udp/10.9.0.1:53 --reuse-port")]
    [InlineData("tcp/[::]:443 --dual-mode")]
    [InlineData("tcp/0.0.0.0:443 --reuse-address")]
    [InlineData("tcp/0.0.0.0:443 --reuse-address --reuse-port")]
    public void Predict_OnAHostWithAThousandSockets_AllocatesItsAnswerAlone(string text)
    {
        var predictor = new BindPredictor(s_host);
        BindRequest request = BindRequest.Parse(text);
        BindPrediction answer = predictor.Predict(request);

        long copied = Least(() => Copy(answer), 0, rounds: 1);
        long predicted = Least(() => predictor.Predict(request), copied, rounds: 100);

        Assert.True(predicted <= copied, $"{predicted} bytes for an answer of {copied}");
        Assert.True(copied > 200, "the copy is no measure");
    }

    /// <summary>Code that is not compiled for good yet boxes what it formats: it is given time, and what remains counts.</summary>
    private static long Least(Func<object> action, long enough, int rounds)
    {
        long least = long.MaxValue;
        for (int round = 0; round < rounds && least > enough; round++)
        {
            if (round > 0)
                Thread.Sleep(50);
            for (int i = 0; i < 100; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                object made = action();
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
                GC.KeepAlive(made);
            }
        }

        return least;
    }

    private static BindPrediction Copy(BindPrediction answer)
    {
        string? shared = null;
        BindConflict[]? conflicts = answer.Conflicts.IsEmpty ? null : new BindConflict[answer.Conflicts.Length];
        for (int i = 0; i < answer.Conflicts.Length; i++)
        {
            BindConflict one = answer.Conflicts[i];

            // The sentence of a conflict may stand in the trace too, where it is copied.
            bool isInTrace = IsInTrace(answer, one.Why);
            conflicts![i] = new BindConflict { Socket = one.Socket, Code = one.Code, Why = isInTrace ? one.Why : Copy(one.Why, shared) };
            shared = one.Why;
        }

        string[]? unseen = answer.Unseen.IsEmpty ? null : new string[answer.Unseen.Length];
        for (int i = 0; i < answer.Unseen.Length; i++)
            unseen![i] = Copy(answer.Unseen[i]);
        var trace = new TraceStep[answer.Trace.Length];
        for (int i = 0; i < trace.Length; i++)
        {
            TraceStep one = answer.Trace[i];
            trace[i] = new TraceStep
            {
                Code = one.Code,
                Text = Copy(one.Text),
                Evidence = one.Evidence is null ? null : new Evidence { Table = one.Evidence.Table, Text = Copy(one.Evidence.Text) },
            };
        }

        return new BindPrediction
        {
            Request = answer.Request,
            Outcome = answer.Outcome,
            Certainty = answer.Certainty,
            NativeError = answer.NativeError,
            NativeCode = answer.NativeCode,
            Stage = answer.Stage,
            Conflicts = Freeze(conflicts),
            Unseen = Freeze(unseen),
            Trace = Freeze(trace),
        };
    }

    private static bool IsInTrace(BindPrediction answer, string text)
    {
        foreach (TraceStep step in answer.Trace)
        {
            if (ReferenceEquals(step.Text, text))
                return true;
        }

        return false;
    }

    private static ImmutableArray<T> Freeze<T>(T[]? made) => made is null ? [] : ImmutableCollectionsMarshal.AsImmutableArray(made);

    /// <summary>A text of the program is no part of an answer, and neither is one that the answer shares with itself.</summary>
    private static string Copy(string text, string? shared = null) =>
        ReferenceEquals(text, shared) || ReferenceEquals(string.IsInterned(text), text) ? text : new string(text.AsSpan());
}
