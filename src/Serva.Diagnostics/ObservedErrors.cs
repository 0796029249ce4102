using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;

namespace Serva.Diagnostics;

/// <summary>Finds the error of a socket in what a framework made of it.</summary>
internal static class ObservedErrors
{
    private const int Deepest = 16;
    private const int MostSiblings = 64;

    /// <summary>
    /// The socket's own error, however deep it lies; else the system's error that HTTP.sys answered with; else what the
    /// messages say, outermost first.
    /// </summary>
    public static ObservedError In(Exception error)
    {
        if (Find<SocketException>(error, Deepest) is { } socket)
            return new ObservedError { Code = socket.ErrorCode, Text = socket.Message };
        if (Find<HttpListenerException>(error, Deepest) is { } http)
            return new ObservedError { Code = http.ErrorCode, Text = http.Message };
        return new ObservedError { Code = Diagnoser.ReadError(error.Message).Code, Text = error.Message };
    }

    private static T? Find<T>(Exception? error, int deepest)
        where T : Exception
    {
        if (error is null || deepest == 0)
            return null;
        if (error is T wanted)
            return wanted;
        return error is AggregateException several
            ? several.InnerExceptions.Take(MostSiblings).Select(inner => Find<T>(inner, deepest - 1)).FirstOrDefault(found => found is not null)
            : Find<T>(error.InnerException, deepest - 1);
    }
}
