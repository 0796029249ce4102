using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>
/// 2,000 sockets a second open and close, and the processes that hold them come and go; every answer is held against what
/// the churn wrote down.
/// </summary>
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[Trait("Long", "Yes")]
public sealed class SocketSoakTests : IDisposable
{
    private const int FirstPort = 10_000;
    private const int Workers = 2;
    private const int SocketsPerSecond = 2_000;
    private const double WorkerSeconds = 4;
    private const long MemorySlack = 8 << 20;

    // The pipes of the churn's processes.
    private const int DescriptorSlack = 16;

    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(Extent.Of(plain: 6, ci: 30, longRun: 600));

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Life> _news = new();
    private readonly Dictionary<int, List<Life>> _lives = [];
    private readonly Queue<Answer> _answers = new();
    private readonly List<string> _faults = [];
    private int _held;
    private int _sockets;

    public void Dispose() => _stop.Dispose();

    [Fact]
    public void Read_UnderChurn_NoWrongOwnerAndNothingLeft()
    {
        if (!PrivateNamespace.Enter(typeof(SocketSoakTests)))
            return;
        Tool.Run("ip", "link", "set", "lo", "up");
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(slot => Task.Factory.StartNew(() => KeepWorking(slot), TaskCreationOptions.LongRunning))];
        long started = Stopwatch.GetTimestamp();
        long memory = 0;
        int descriptors = 0;
        int reads = 0;
        while (Stopwatch.GetElapsedTime(started) < s_duration)
        {
            Ask(reads++);
            Settle(TimeSpan.FromSeconds(WorkerSeconds + 2));

            // A fifth of the time is to warm up.
            if (memory == 0 && Stopwatch.GetElapsedTime(started) > s_duration / 5)
                (memory, descriptors) = (Memory(), Descriptors());
        }

        int descriptorsAtTheEnd = Descriptors();
        _stop.Cancel();
        Task.WaitAll(workers, CancellationToken.None);
        Settle(TimeSpan.Zero);
        _lives.Clear();
        long memoryAtTheEnd = Memory();

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{reads} reads, {_sockets} sockets, {_held} owners judged, {memory >> 10} then {memoryAtTheEnd >> 10} KiB, {descriptors} then {descriptorsAtTheEnd} descriptors");
        Assert.Empty(_faults.Take(20));
        Assert.True(_held > reads, $"{_held} owners in {reads} reads");
        Assert.True(_sockets > s_duration.TotalSeconds * SocketsPerSecond / 8, $"only {_sockets} sockets");
        Assert.InRange(descriptorsAtTheEnd, 0, descriptors + DescriptorSlack);
        Assert.InRange(memoryAtTheEnd, 0, memory + MemorySlack);
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static long Memory()
    {
        GC.Collect();
        return GC.GetGCMemoryInfo().HeapSizeBytes;
    }

    // A process after the other.
    private void KeepWorking(int slot)
    {
        while (!_stop.IsCancellationRequested)
        {
            using Process worker = ChurnWorker.Start(FirstPort + (slot * ChurnWorker.PortsPerWorker), SocketsPerSecond / Workers, WorkerSeconds);
            int processId = worker.Id;
            while (worker.StandardOutput.ReadLine() is { } line)
            {
                string[] words = line.Split(' ');
                if (words.Length == 5)
                    _news.Enqueue(new Life(int.Parse(words[0]), processId, long.Parse(words[1]), long.Parse(words[2]), long.Parse(words[3]), long.Parse(words[4])));
            }

            worker.WaitForExit();
        }
    }

    // All, first owners, one port that is likely open, the listener of one endpoint.
    private void Ask(int number)
    {
        int port = FirstPort + (number * 31 % (Workers * ChurnWorker.PortsPerWorker)) & ~1;
        var range = new SocketQuery { FirstPort = FirstPort, LastPort = FirstPort + (Workers * ChurnWorker.PortsPerWorker) - 1 };
        long began = Stopwatch.GetTimestamp();
        IEnumerable<SocketRow> rows = (number % 4) switch
        {
            0 => SocketTable.Read(range, TestContext.Current.CancellationToken),
            1 => SocketTable.Read(range with { Owners = OwnerSearch.First }, TestContext.Current.CancellationToken),
            2 => SocketTable.Read(SocketQuery.ForPort(port) with { Owners = OwnerSearch.First }, TestContext.Current.CancellationToken),
            _ => SocketTable.FindListener(
                NetEndpoint.Create(NetAddress.LoopbackIPv4, port), cancellationToken: TestContext.Current.CancellationToken) is { } one ? [one] : [],
        };
        _answers.Enqueue(new Answer(
            number % 4 < 2, began, Stopwatch.GetTimestamp(),
            [.. rows.Select(row => (row.Local.Port, row.Owners.Select(owner => owner.ProcessId).ToArray()))]));
    }

    /// <summary>Judges the answers that are old enough: by then the churn has told of every socket that was there.</summary>
    private void Settle(TimeSpan age)
    {
        while (_news.TryDequeue(out Life? life))
        {
            _sockets++;
            if (!_lives.TryGetValue(life.Port, out List<Life>? known))
                _lives[life.Port] = known = [];
            known.RemoveAll(old => Stopwatch.GetElapsedTime(old.Closed).TotalSeconds > 20);
            known.Add(life);
        }

        while (_answers.TryPeek(out Answer? answer) && Stopwatch.GetElapsedTime(answer.Ended) >= age)
            Judge(_answers.Dequeue());
    }

    private void Judge(Answer answer)
    {
        foreach ((int port, int[] owners) in answer.Rows)
        {
            foreach (int owner in owners)
            {
                _held++;
                if (!_lives.TryGetValue(port, out List<Life>? lives)
                    || !lives.Any(life => life.ProcessId == owner && life.Opening <= answer.Ended && life.Closed >= answer.Began))
                {
                    _faults.Add($"port {port}: {owner} did not hold it");
                }
            }
        }

        if (!answer.IsWhole)
            return;
        Dictionary<int, int[]> seen = answer.Rows.GroupBy(row => row.Port).ToDictionary(rows => rows.Key, rows => rows.SelectMany(row => row.Owners).ToArray());
        foreach (Life life in _lives.Values.SelectMany(lives => lives).Where(life => life.Opened <= answer.Began && life.Closing >= answer.Ended))
        {
            if (!seen.TryGetValue(life.Port, out int[]? owners) || !owners.Contains(life.ProcessId))
                _faults.Add($"port {life.Port}: {life.ProcessId} held it all the while and was not seen");
        }
    }

    /// <summary>One socket: between <c>Opening</c> and <c>Closed</c> it may be there, between <c>Opened</c> and <c>Closing</c> it is.</summary>
    private sealed record Life(int Port, int ProcessId, long Opening, long Opened, long Closing, long Closed);

    private sealed class Answer(bool isWhole, long began, long ended, (int Port, int[] Owners)[] rows)
    {
        public bool IsWhole => isWhole;

        public long Began => began;

        public long Ended => ended;

        public (int Port, int[] Owners)[] Rows => rows;
    }
}
