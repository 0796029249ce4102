using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Rules.BindIssues;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

/// <summary>What waits at the sockets of the services and is read by nobody: the last thing to look at when a service does not answer.</summary>
internal static class UnreadSummary
{
    public static IEnumerable<string> Lines(Diagnosis diagnosis) => diagnosis.Case.Host.Sockets
        .Where(socket => NobodyReads.IsUnread(socket) && diagnosis.Services.Any(service => Overlap.Meets(socket, service.Request, diagnosis.Case.Host.Platform.Family)))
        .Select(socket => $"{HolderWords.Place(socket.Protocol, socket.Local)}: {NobodyReads.WaitingAt(socket)}.");
}
