using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture;

/// <summary>Where the owner of a socket was found.</summary>
internal readonly struct OwnerPlace(int processId, int descriptor, ulong identity, ImmutableArray<ProcessRow> owner, long readAt)
{
    private const int TrustedMilliseconds = 1000;

    public int ProcessId => processId;

    /// <summary>The descriptor that the process holds the socket by.</summary>
    public int Descriptor => descriptor;

    /// <summary>The inode of the process's directory, which no other process gets; 0 when unknown.</summary>
    public ulong Identity => identity;

    /// <summary>The process's row, alone.</summary>
    public ImmutableArray<ProcessRow> Owner => owner;

    /// <summary>When the row was read, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long ReadAt => readAt;

    /// <summary>Whether the row may still be told without reading it again: a program that starts another by exec changes its name.</summary>
    public bool IsFresh => Identity != 0 && Environment.TickCount64 - ReadAt < TrustedMilliseconds;
}

/// <summary>
/// Where owners of sockets were found lately, by the socket's cookie: a place to look first. What is remembered is only ever
/// a hint: the descriptor is read again, and the process too unless it is the same one and was read within the last second.
/// </summary>
internal static class OwnerMemory
{
    private const int MostSockets = 4096;

    private static readonly NumberMap<OwnerPlace> s_places = new();

    public static bool TryRecall(ulong cookie, out OwnerPlace place)
    {
        lock (s_places)
            return s_places.TryGetValue(cookie, out place);
    }

    public static void Remember(ulong cookie, in OwnerPlace place)
    {
        lock (s_places)
        {
            // Sockets end without telling: once in a while everything is forgotten.
            if (s_places.Count >= MostSockets)
                s_places.Clear();
            s_places[cookie] = place;
        }
    }
}
