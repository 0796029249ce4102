using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Serva.Diagnostics.Formats.Tls;

namespace Serva.Diagnostics.Probing;

/// <summary>A connection whose reads end with some bytes of the next TLS record, as often as records arrive together.</summary>
internal sealed class PartialReads(Stream inner, int partialBytes) : Stream
{
    private readonly byte[] _arrived = new byte[64 * 1024];
    private int _start, _end;

    /// <summary>How many reads ended so.</summary>
    public int Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = await inner.ReadAsync(_arrived, cancellationToken).ConfigureAwait(false);
        }

        ReadOnlyMemory<byte> there = _arrived.AsMemory(_start.._end);
        int length = TlsRecords.EndOfRead(there.Span, partialBytes, out bool isPartial);
        if (length > buffer.Length)
            (length, isPartial) = (buffer.Length, false);
        there[..length].CopyTo(buffer);
        _start += length;
        Count += isPartial ? 1 : 0;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
