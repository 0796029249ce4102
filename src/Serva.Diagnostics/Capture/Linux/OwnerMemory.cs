using System.Collections.Generic;
using System.Threading;

namespace Serva.Diagnostics.Capture;

/// <summary>
/// Where owners of sockets were found lately, by the socket's cookie: a place to look first. What is remembered is only ever
/// a hint: the descriptor is read again, and the process too.
/// </summary>
internal static class OwnerMemory
{
    private const int MostSockets = 4096;

    private static readonly Lock s_gate = new();
    private static readonly Dictionary<ulong, (int ProcessId, int Descriptor)> s_places = [];

    public static bool TryRecall(ulong cookie, out int processId, out int descriptor)
    {
        lock (s_gate)
        {
            bool known = s_places.TryGetValue(cookie, out (int ProcessId, int Descriptor) place);
            (processId, descriptor) = place;
            return known;
        }
    }

    public static void Remember(ulong cookie, int processId, int descriptor)
    {
        lock (s_gate)
        {
            // Sockets end without telling: once in a while everything is forgotten.
            if (s_places.Count >= MostSockets)
                s_places.Clear();
            s_places[cookie] = (processId, descriptor);
        }
    }
}
