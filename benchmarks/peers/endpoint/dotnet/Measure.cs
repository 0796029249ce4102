using System;
using System.IO;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.EndpointPeers;

/// <summary>One pass: prints "parser, corpus, nanoseconds per row, bytes allocated per row" for the framework and for this library.</summary>
internal static partial class Measure
{
    private const int SliceRows = 20_000;

    private delegate long Work(Rows rows, int from, int to);

    internal static void All(string folder)
    {
        string suffix = Environment.GetEnvironmentVariable("PEER_SUFFIX") ?? "";
        foreach (string name in Corpora.Names)
        {
            Rows rows = Rows.Read(Path.Combine(folder, name + ".txt"));
            (string Parser, Work Work)[] all =
            [
                ("IPEndPoint.TryParse utf16", FrameworkParse),
                ("NetEndpoint.TryParse utf16" + suffix, OurParse),
                ("NetEndpoint.TryParse utf8" + suffix, OurUtf8Parse),
                ("IPEndPoint.ToString", FrameworkFormat),
                ("NetEndpoint.TryFormat utf16" + suffix, OurFormat),
                ("NetEndpoint.TryFormat utf8" + suffix, OurUtf8Format),
            ];

            // Until the last tier of the compiler: a method counts 30 calls, and is compiled again when nothing new was called
            // for 100 ms; twice, for the first time it is compiled to be watched. Before that its loops run in a makeshift.
            for (int i = 0; i < 120; i++)
            {
                foreach ((_, Work work) in all)
                    work(rows, 0, SliceRows / 10);
                if (i % 40 == 39)
                    Thread.Sleep(200);
            }

            foreach ((string parser, Work work) in all)
                Run(parser, name, rows, work);
        }
    }

    private static void Run(string parser, string corpus, Rows rows, Work work)
    {
        work(rows, 0, SliceRows);

        // The median slice: what interrupts the process falls on few of them.
        double[] slices = new double[rows.Count / SliceRows];
        long sum = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < slices.Length; i++)
        {
            long start = ThreadTime();
            sum += work(rows, i * SliceRows, (i + 1) * SliceRows);
            slices[i] = (double)(ThreadTime() - start) / SliceRows;
        }

        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(sum);
        Array.Sort(slices);
        double median = slices[slices.Length / 2];
        Console.WriteLine(FormattableString.Invariant($"{parser}\t{corpus}\t{median:F2}\t{(double)bytes / rows.Count:F1}"));
    }

    /// <summary>The processor time of this thread in nanoseconds, garbage collections included: other processes do not count.</summary>
    private static long ThreadTime()
    {
        Span<long> time = stackalloc long[2];
        if (ReadClock(3, ref time[0]) != 0) // CLOCK_THREAD_CPUTIME_ID
            throw new PlatformNotSupportedException();
        return (time[0] * 1_000_000_000) + time[1];
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, ref long time);

    private static long FrameworkParse(Rows rows, int from, int to)
    {
        long sum = 0;
        for (int i = from; i < to; i++)
        {
            if (!IPEndPoint.TryParse(rows.Chars(i), out IPEndPoint? endpoint))
                throw new FormatException();
            sum += endpoint.Port;
        }

        return sum;
    }

    private static long OurParse(Rows rows, int from, int to)
    {
        long sum = 0;
        for (int i = from; i < to; i++)
        {
            if (!NetEndpoint.TryParse(rows.Chars(i), out NetEndpoint endpoint))
                throw new FormatException();
            sum += endpoint.Port;
        }

        return sum;
    }

    private static long OurUtf8Parse(Rows rows, int from, int to)
    {
        long sum = 0;
        for (int i = from; i < to; i++)
        {
            if (!NetEndpoint.TryParse(rows.Bytes(i), out NetEndpoint endpoint))
                throw new FormatException();
            sum += endpoint.Port;
        }

        return sum;
    }

    private static long FrameworkFormat(Rows rows, int from, int to)
    {
        long sum = 0;
        foreach (IPEndPoint endpoint in rows.Framework.AsSpan(from, to - from))
            sum += endpoint.ToString().Length;
        return sum;
    }

    private static long OurFormat(Rows rows, int from, int to)
    {
        long sum = 0;
        Span<char> text = stackalloc char[64];
        foreach (NetEndpoint endpoint in rows.Ours.AsSpan(from, to - from))
        {
            endpoint.TryFormat(text, out int written);
            sum += written;
        }

        return sum;
    }

    private static long OurUtf8Format(Rows rows, int from, int to)
    {
        long sum = 0;
        Span<byte> text = stackalloc byte[64];
        foreach (NetEndpoint endpoint in rows.Ours.AsSpan(from, to - from))
        {
            endpoint.TryFormat(text, out int written);
            sum += written;
        }

        return sum;
    }

    /// <summary>The rows in one buffer per encoding, and as values.</summary>
    private sealed class Rows
    {
        private readonly byte[] _bytes;
        private readonly char[] _chars;
        private readonly int[] _ends;

        private Rows(byte[] bytes, char[] chars, int[] ends, IPEndPoint[] framework, NetEndpoint[] ours)
        {
            _bytes = bytes;
            _chars = chars;
            _ends = ends;
            Framework = framework;
            Ours = ours;
        }

        internal int Count => _ends.Length - 1;

        internal IPEndPoint[] Framework { get; }

        internal NetEndpoint[] Ours { get; }

        internal static Rows Read(string path)
        {
            string[] lines = File.ReadAllLines(path);
            int[] ends = new int[lines.Length + 1];
            for (int i = 0; i < lines.Length; i++)
                ends[i + 1] = ends[i] + lines[i].Length;
            string text = string.Concat(lines);
            return new(Encoding.ASCII.GetBytes(text), text.ToCharArray(), ends,
                Array.ConvertAll(lines, IPEndPoint.Parse), Array.ConvertAll(lines, line => NetEndpoint.Parse(line)));
        }

        internal ReadOnlySpan<byte> Bytes(int row) => _bytes.AsSpan(_ends[row], _ends[row + 1] - _ends[row]);

        internal ReadOnlySpan<char> Chars(int row) => _chars.AsSpan(_ends[row], _ends[row + 1] - _ends[row]);
    }
}
