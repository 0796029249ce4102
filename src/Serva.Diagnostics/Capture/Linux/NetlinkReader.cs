using System;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>What a dump gave.</summary>
/// <param name="rows">The rows; also those before a failure. Not copied: there may be a million.</param>
/// <param name="failure">Why rows are missing, with the native error; null when none are.</param>
/// <param name="error">The native error, 0 for none.</param>
internal sealed class NetlinkReading<TRow>(RowBuilder<TRow> rows, string? failure, int error)
{
    public RowBuilder<TRow> Rows => rows;

    public string? Failure => failure;

    public int Error => error;
}

/// <summary>Reads dumps of one netlink protocol in this thread's network namespace, or another.</summary>
/// <param name="protocol">The netlink protocol.</param>
/// <param name="foreign">The other namespace; null for this thread's.</param>
[SupportedOSPlatform("linux")]
internal sealed unsafe class NetlinkReader(int protocol, ForeignNamespace? foreign = null) : IDisposable
{
    public const int Route = 0;
    public const int SockDiag = 4;
    public const int Netfilter = 12;

    private const int Family = 16;
    private const int RawCloseOnExec = 3 | 0x80000;
    private const int DontWait = 0x40;
    private const int WholeLength = 0x20;
    private const short Readable = 1;
    private const int Attempts = 3;
    private const int MaxBuffer = 1 << 20;

    // The kernel gives at most 32 KiB at a time, unless one message needs more.
    private byte[] _buffer = KernelBuffer.Take();

    /// <summary>Writes a request with the given sequence number and answers its length.</summary>
    public delegate int RequestWriter(Span<byte> destination, ByteOrder order, uint sequence);

    /// <summary>
    /// Asks for a dump and reads it whole. A dump that was interrupted, because what is dumped changed meanwhile or the
    /// kernel ran out of room, is asked for again: by a new socket, because the old one may still be dumping. The rows go to
    /// <paramref name="rows"/>, after those that are there. A request for one row is not answered by a dump, and has no end.
    /// </summary>
    public NetlinkReading<TRow> Dump<TRow>(
        RequestWriter request, NetlinkRowDecoder<TRow> decode, SourceClock clock, RowBuilder<TRow>? rows = null, bool isOne = false)
    {
        rows ??= new RowBuilder<TRow>();
        int before = rows.Count;
        ByteOrder order = NativeNumbers.OrderOf(BitConverter.IsLittleEndian);
        for (uint attempt = 1; ; attempt++)
        {
            rows.Count = before;
            var dump = new NetlinkDump<TRow>(order, attempt, decode, rows);
            NetlinkStep step = default;
            string? failure;
            int descriptor = foreign is null ? OpenSocket(protocol) : foreign.TakeSocket();
            int error = descriptor < 0 ? -descriptor : 0;
            try
            {
                if (error == 0)
                    error = Send(descriptor, request, order, attempt);
                failure = error == 0 ? Collect(descriptor, dump, clock, isOne, out step, out error) : LinuxError.Describe(error);
            }
            finally
            {
                if (descriptor >= 0)
                    _ = LinuxLibrary.Close(descriptor);
            }

            if (failure is null && step.Progress == NetlinkProgress.Interrupted)
            {
                if (attempt < Attempts)
                    continue;
                failure = "changed while it was read";
            }
            else if (failure is null && step.Progress == NetlinkProgress.Bad)
            {
                failure = $"bytes at {step.Offset} make no sense";
            }
            else if (failure is null && step.Error != 0)
            {
                error = step.Error;
                failure = LinuxError.Describe(error);
            }

            return new NetlinkReading<TRow>(dump.Rows, failure, error);
        }
    }

    /// <summary>A socket of this thread's network namespace, for good; the negative error number when that fails.</summary>
    public static int OpenSocket(int protocol)
    {
        int descriptor = LinuxLibrary.Socket(Family, RawCloseOnExec, protocol);
        return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
    }

    public void Dispose()
    {
        KernelBuffer.Keep(_buffer);
        _buffer = [];
    }

    private static int Send(int descriptor, RequestWriter request, ByteOrder order, uint sequence)
    {
        Span<byte> bytes = stackalloc byte[NetlinkRequest.MaxLength];
        int length = request(bytes, order, sequence);
        fixed (byte* start = bytes)
            return LinuxLibrary.Send(descriptor, start, (nuint)length, 0) < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    // Null when the dump came to its own end, whichever that was.
    private string? Collect<TRow>(int descriptor, NetlinkDump<TRow> dump, SourceClock clock, bool isOne, out NetlinkStep step, out int error)
    {
        step = default;
        error = 0;
        while (true)
        {
            if (clock.IsOver())
                return SourceClock.TimedOut;
            int length = Receive(descriptor);
            if (length == -LinuxError.TryAgain)
            {
                // The kernel answers while it is asked: this hardly ever waits, and never for long.
                Wait(descriptor, (int)Math.Clamp(clock.Remaining.TotalMilliseconds, 1, 50));
                continue;
            }

            if (length == -LinuxError.Interrupted)
                continue;
            if (length == -LinuxError.NoBufferSpace)
            {
                step = new NetlinkStep(NetlinkProgress.Interrupted);
                return null;
            }

            if (length < 0)
                return LinuxError.Describe(error = -length);
            if (length > _buffer.Length)
            {
                // The rest of the message is gone. A link with many virtual functions can be that large.
                if (length > MaxBuffer)
                    return $"a message of {length} bytes";
                KernelBuffer.Keep(_buffer);
                _buffer = GC.AllocateUninitializedArray<byte>(length);
                step = new NetlinkStep(NetlinkProgress.Interrupted);
                return null;
            }

            step = dump.Feed(_buffer.AsSpan(0, length));
            if (step.Progress != NetlinkProgress.More || isOne)
                return null;
        }
    }

    private int Receive(int descriptor)
    {
        fixed (byte* start = _buffer)
        {
            nint length = LinuxLibrary.Receive(descriptor, start, (nuint)_buffer.Length, DontWait | WholeLength);
            return length >= 0 ? (int)length : -Marshal.GetLastPInvokeError();
        }
    }

    private static void Wait(int descriptor, int milliseconds)
    {
        var waiting = new LinuxLibrary.PollDescriptor { Descriptor = descriptor, Events = Readable };
        _ = LinuxLibrary.Poll(&waiting, 1, milliseconds);
    }
}
