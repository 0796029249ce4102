using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Text;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.EndpointPeers;

/// <summary>One pass: prints "parser, corpus, nanoseconds per row, bytes allocated per row" for the framework and for this library.</summary>
internal static class Measure
{
    private delegate long Work(Rows rows);

    internal static void All(string folder)
    {
        string suffix = Environment.GetEnvironmentVariable("PEER_SUFFIX") ?? "";
        foreach (string name in Corpora.Names)
        {
            Rows rows = Rows.Read(Path.Combine(folder, name + ".txt"));
            Run("IPEndPoint.TryParse utf16", name, rows, FrameworkParse);
            Run("NetEndpoint.TryParse utf16" + suffix, name, rows, OurParse);
            Run("NetEndpoint.TryParse utf8" + suffix, name, rows, OurUtf8Parse);
            Run("IPEndPoint.ToString", name, rows, FrameworkFormat);
            Run("NetEndpoint.TryFormat utf16" + suffix, name, rows, OurFormat);
            Run("NetEndpoint.TryFormat utf8" + suffix, name, rows, OurUtf8Format);
        }
    }

    private static void Run(string parser, string corpus, Rows rows, Work work)
    {
        Rows sample = rows.Take(20_000);
        for (int i = 0; i < 25; i++) // until the last tier of the compiler
        {
            work(sample);
            if (i is 5 or 15)
                System.Threading.Thread.Sleep(120);
        }

        double best = double.MaxValue;
        long bytes = 0;
        for (int i = 0; i < 3; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            long sum = work(rows);
            double elapsed = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            best = Math.Min(best, elapsed / rows.Count);
            if (sum == 0)
                throw new InvalidOperationException("nothing was read");
        }

        Console.WriteLine(FormattableString.Invariant($"{parser}\t{corpus}\t{best:F2}\t{(double)bytes / rows.Count:F1}"));
    }

    private static long FrameworkParse(Rows rows)
    {
        long sum = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            if (!IPEndPoint.TryParse(rows.Chars(i), out IPEndPoint? endpoint))
                throw new FormatException();
            sum += endpoint.Port;
        }

        return sum;
    }

    private static long OurParse(Rows rows)
    {
        long sum = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            if (!NetEndpoint.TryParse(rows.Chars(i), out NetEndpoint endpoint))
                throw new FormatException();
            sum += endpoint.Port;
        }

        return sum;
    }

    private static long OurUtf8Parse(Rows rows)
    {
        long sum = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            if (!NetEndpoint.TryParse(rows.Bytes(i), out NetEndpoint endpoint))
                throw new FormatException();
            sum += endpoint.Port;
        }

        return sum;
    }

    private static long FrameworkFormat(Rows rows)
    {
        long sum = 0;
        foreach (IPEndPoint endpoint in rows.Framework)
            sum += endpoint.ToString().Length;
        return sum;
    }

    private static long OurFormat(Rows rows)
    {
        long sum = 0;
        Span<char> text = stackalloc char[64];
        foreach (NetEndpoint endpoint in rows.Ours)
        {
            endpoint.TryFormat(text, out int written);
            sum += written;
        }

        return sum;
    }

    private static long OurUtf8Format(Rows rows)
    {
        long sum = 0;
        Span<byte> text = stackalloc byte[64];
        foreach (NetEndpoint endpoint in rows.Ours)
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

        internal Rows Take(int count) => new(_bytes, _chars, _ends[..(count + 1)], Framework[..count], Ours[..count]);

        internal ReadOnlySpan<byte> Bytes(int row) => _bytes.AsSpan(_ends[row], _ends[row + 1] - _ends[row]);

        internal ReadOnlySpan<char> Chars(int row) => _chars.AsSpan(_ends[row], _ends[row + 1] - _ends[row]);
    }
}
