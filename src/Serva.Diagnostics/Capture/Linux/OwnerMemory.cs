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
/// Where owners of sockets were found lately: a place to look first. What is remembered is only ever a hint: the descriptor is
/// read again, and the process too unless it is the same one and was read within the last second.
/// </summary>
internal sealed class OwnerMemory
{
    private const int MostPlaces = 4096;

    private readonly NumberMap<OwnerPlace> _places = new();

    private OwnerMemory()
    {
    }

    /// <summary>By the cookie of a socket.</summary>
    public static OwnerMemory OfSockets { get; } = new();

    /// <summary>By the number of the control group that a socket was made in: who listens there once has other listeners too.</summary>
    public static OwnerMemory OfGroups { get; } = new();

    public bool TryRecall(ulong key, out OwnerPlace place)
    {
        lock (_places)
            return _places.TryGetValue(key, out place);
    }

    public void Remember(ulong key, in OwnerPlace place)
    {
        lock (_places)
        {
            // Sockets and groups end without telling: once in a while everything is forgotten.
            if (_places.Count >= MostPlaces)
                _places.Clear();
            _places[key] = place;
        }
    }
}
