using System;
using System.Threading;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Buffers for what the kernel gives, kept for whoever needs one next. Not the framework's pool: the first buffer out of that
/// takes longer than finding one port's owner does.
/// </summary>
internal static class KernelBuffer
{
    /// <summary>The bytes of each: twice what the kernel gives of a dump at a time, unless one message is larger.</summary>
    public const int Length = 1 << 16;

    // A scan of descriptors is at work while a directory is listed.
    private static byte[]? s_first;
    private static byte[]? s_second;

    /// <summary>A buffer with whatever is in it.</summary>
    public static byte[] Take() =>
        Interlocked.Exchange(ref s_first, null) ?? Interlocked.Exchange(ref s_second, null) ?? GC.AllocateUninitializedArray<byte>(Length);

    /// <summary>Gives a buffer to the next; the caller uses it no more.</summary>
    public static void Keep(byte[] buffer)
    {
        if (buffer.Length == Length && Interlocked.CompareExchange(ref s_first, buffer, null) is not null)
            s_second = buffer;
    }
}
