using System;
using System.Linq;
using System.Net.Sockets;

namespace Serva.Diagnostics;

/// <summary>Finds the error of a socket in what a framework made of it.</summary>
internal static class ObservedErrors
{
    private const int Deepest = 16;

    /// <summary>The socket's own error, however deep it lies; the outermost message when there is none.</summary>
    public static ObservedError In(Exception error) => Find(error, Deepest) is { } socket
        ? new ObservedError { Code = socket.ErrorCode, Text = socket.Message }
        : new ObservedError { Text = error.Message };

    private static SocketException? Find(Exception? error, int deepest)
    {
        if (error is null || deepest == 0)
            return null;
        if (error is SocketException socket)
            return socket;
        if (error is AggregateException several)
            return several.InnerExceptions.Select(inner => Find(inner, deepest - 1)).FirstOrDefault(found => found is not null);
        return Find(error.InnerException, deepest - 1);
    }
}
