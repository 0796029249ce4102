using System;
using System.Threading;
using Serva.Diagnostics.Capture.Windows;
using Xunit;

namespace Serva.Diagnostics.Tests.Capture.Windows;

/// <summary>The loop that asks until a buffer is large enough, against systems that make it hard.</summary>
public sealed class GrowingTableTests
{
    private const uint InsufficientBuffer = 122;
    private const uint Unsuccessful = 0xC000_0001;

    [Fact]
    public void Read_TableFitsAtOnce_AsksOnce()
    {
        int asked = 0;
        int taken = -1;

        string? reason = Read((Span<byte> buffer, ref uint size) =>
        {
            asked++;
            size = 100;
            return 0;
        }, table => taken = table.Length);

        Assert.Null(reason);
        Assert.Equal((1, 100), (asked, taken));
    }

    [Fact]
    public void Read_TableGrowsByATenthBetweenTries_ASlackOfAQuarterCatchesIt()
    {
        int asked = 0;
        double wanted = 1_000_000;

        string? reason = Read((Span<byte> buffer, ref uint size) =>
        {
            asked++;
            wanted *= 1.1;
            bool fits = buffer.Length >= wanted;
            size = (uint)wanted;
            return fits ? 0 : InsufficientBuffer;
        }, _ => { });

        Assert.Null(reason);
        Assert.Equal(2, asked);
    }

    [Fact]
    public void Read_UndocumentedUnsuccessful_IsAnotherTry()
    {
        int asked = 0;
        int largest = 0;

        string? reason = Read((Span<byte> buffer, ref uint size) =>
        {
            largest = buffer.Length;
            return ++asked < 3 ? Unsuccessful : 0;
        }, _ => { });

        Assert.Null(reason);
        Assert.Equal(3, asked);
        Assert.True(largest > 64 * 1024);
    }

    [Theory]
    [InlineData(InsufficientBuffer, "F failed: 122 ERROR_INSUFFICIENT_BUFFER, 12 times")]
    [InlineData(Unsuccessful, "F failed: 0xC0000001 STATUS_UNSUCCESSFUL, 12 times")]
    public void Read_NeverEnough_GivesUp(uint error, string expected)
    {
        bool taken = false;

        string? reason = Read((Span<byte> buffer, ref uint size) => error, _ => taken = true);

        Assert.Equal(expected, reason);
        Assert.False(taken);
    }

    [Theory]
    [InlineData(50u, "F failed: 50 ERROR_NOT_SUPPORTED")]
    [InlineData(5u, "F failed: 5 ERROR_ACCESS_DENIED")]
    public void Read_AnotherError_EndsAtOnce(uint error, string expected)
    {
        int asked = 0;

        string? reason = Read((Span<byte> buffer, ref uint size) =>
        {
            asked++;
            return error;
        }, _ => { });

        Assert.Equal((expected, 1), (reason, asked));
    }

    [Fact]
    public void Read_AbsurdSize_IsRefused()
    {
        string? reason = Read((Span<byte> buffer, ref uint size) =>
        {
            size = uint.MaxValue;
            return InsufficientBuffer;
        }, _ => { });

        Assert.Equal("F wants a buffer of more than 400 MiB", reason);
    }

    [Fact]
    public void Read_SystemClaimsMoreThanTheBufferHolds_OnlyTheBufferIsTaken()
    {
        int length = 0;
        int taken = 0;

        Read((Span<byte> buffer, ref uint size) =>
        {
            length = buffer.Length;
            size = uint.MaxValue;
            return 0;
        }, table => taken = table.Length);

        Assert.Equal(length, taken);
    }

    [Fact]
    public void Read_Cancelled_Stops()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.Throws<OperationCanceledException>(
            () => GrowingTable.Read("F", (Span<byte> buffer, ref uint size) => 0, _ => { }, cancelled.Token));
    }

    private static string? Read(GrowingTable.Fill fill, GrowingTable.Take take) =>
        GrowingTable.Read("F", fill, take, TestContext.Current.CancellationToken);
}
