using System;
using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Serva.Diagnostics.Formats.Netlink;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>Bytes of <c>NETLINK_SOCK_DIAG</c> to rows: 10,000 sockets in buffers of the size that the kernel gives.</summary>
[MemoryDiagnoser]
public class SocketDecodeBenchmarks
{
    private const int Sockets = 10_000;
    private const int PerBuffer = 264;

    private readonly RowBuilder<SocketRow> _rows = new RowBuilder<SocketRow>(Sockets);
    private byte[] _buffers = [];
    private int _messageLength;

    [GlobalSetup]
    public void Setup()
    {
        // A connection as Linux 6.18 tells it on x86-64, with shutdown, mark, control group and socket options.
        byte[] message = Convert.FromBase64String(
            "fAAAABQAAgABAAAA8lwAAAIBAACcQR+QfwAAAQAAAAAAAAAAAAAAAH8AAAEAAAAAAAAAAAAAAAAAAAAANAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAl6EC"
            + "AAUACAAAAAAACAAPAAAAAAAMABUAAQAAAAAAAAAGABYAUgAAAA==");
        _messageLength = message.Length;
        _buffers = new byte[_messageLength * Sockets];
        for (int i = 0; i < Sockets; i++)
        {
            Span<byte> copy = _buffers.AsSpan(i * _messageLength);
            message.CopyTo(copy);
            BinaryPrimitives.WriteInt32LittleEndian(copy[60..], i + 1);
            BinaryPrimitives.WriteInt32LittleEndian(copy[84..], i + 1);
        }
    }

    [Benchmark(OperationsPerInvoke = Sockets)]
    public int Decode()
    {
        _rows.Count = 0;
        var dump = new NetlinkDump<SocketRow>(ByteOrder.LittleEndian, 1, InetDiagMessage.For(TransportProtocol.Tcp), _rows);
        for (int i = 0; i < Sockets; i += PerBuffer)
            dump.Feed(_buffers.AsSpan(i * _messageLength, Math.Min(PerBuffer, Sockets - i) * _messageLength));
        return _rows.Count == Sockets ? _rows.Count : throw new InvalidOperationException();
    }
}
