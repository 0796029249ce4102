using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Formats.Tls;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Tls;

public class TlsRecordsTests
{
    // ChangeCipherSpec and the beginning of an encrypted Finished, as a client of TLS 1.2 sends them together.
    private static readonly byte[] s_changeCipherSpec = [20, 3, 3, 0, 1, 1];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void EndOfRead_RecordsTogether_EndsWithinTheHeaderOfTheSecond(int partialBytes)
    {
        byte[] flight = [.. s_changeCipherSpec, .. Record(22, 40)];

        Assert.Equal(6 + partialBytes, TlsRecords.EndOfRead(flight, partialBytes, out bool isPartial));
        Assert.True(isPartial);
    }

    [Fact]
    public void EndOfRead_NothingBehindTheRecord_IsAllOfIt()
    {
        Assert.Equal(6, TlsRecords.EndOfRead(s_changeCipherSpec, 1, out bool isPartial));
        Assert.False(isPartial);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void EndOfRead_NoWholeRecordOrNoWish_IsAllOfIt(int partialBytes)
    {
        byte[] half = [.. Record(22, 100).Take(50)];

        Assert.Equal(50, TlsRecords.EndOfRead(half, partialBytes, out bool isPartial));
        Assert.False(isPartial);
        Assert.Equal(11, TlsRecords.EndOfRead([.. s_changeCipherSpec, .. Record(23, 0)], 0, out isPartial));
        Assert.False(isPartial);
    }

    [Fact]
    public void EndOfRead_RandomBytesAndRecords_LosesNothingAndEnds()
    {
        var random = new Random(20221011);
        for (int round = 0; round < 20_000; round++)
        {
            var bytes = new List<byte>();
            for (int i = random.Next(6); i >= 0; i--)
                bytes.AddRange(random.Next(5) == 0 ? Noise(random) : Record((byte)random.Next(20, 25), random.Next(300)));
            byte[] all = [.. bytes];
            int partialBytes = random.Next(0, 5), at = 0, partial = 0;
            while (at < all.Length)
            {
                int length = TlsRecords.EndOfRead(all.AsSpan(at), partialBytes, out bool isPartial);
                Assert.InRange(length, 1, all.Length - at);
                partial += isPartial ? 1 : 0;
                at += length;
            }

            Assert.True(partialBytes > 0 || partial == 0);
        }
    }

    private static byte[] Record(byte type, int length) => [type, 3, 3, (byte)(length >> 8), (byte)length, .. Enumerable.Repeat((byte)0xaa, length)];

    private static byte[] Noise(Random random)
    {
        var noise = new byte[random.Next(1, 40)];
        random.NextBytes(noise);
        return noise;
    }
}
