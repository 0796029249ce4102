using System;
using System.Buffers.Text;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Formats.Proc;

/// <summary>
/// <c>/proc/PID/cmdline</c>: the arguments, each ended by a NUL. They may hold secrets, so that only what is asked for by name
/// leaves here.
/// </summary>
internal static class ProcCommandLine
{
    /// <summary>Where docker-proxy relays to: its <c>-container-ip</c> and <c>-container-port</c>; null when they are not there.</summary>
    /// <remarks>moby, cmd/docker-proxy/main_linux.go.</remarks>
    public static NetEndpoint? DockerProxyTarget(ReadOnlySpan<byte> arguments)
    {
        NetAddress address = NetAddress.None;
        int port = -1;
        while (TryTake(ref arguments, out ReadOnlySpan<byte> argument))
        {
            if (argument.SequenceEqual("-container-ip"u8))
            {
                if (!TryTake(ref arguments, out ReadOnlySpan<byte> text) || !NetAddress.TryParse(text, out address))
                    return null;
            }
            else if (argument.SequenceEqual("-container-port"u8)
                && (!TryTake(ref arguments, out ReadOnlySpan<byte> number) || !Utf8Parser.TryParse(number, out port, out int used) || used != number.Length))
            {
                return null;
            }
        }

        return address.IsNone || port is < 0 or > ushort.MaxValue ? null : NetEndpoint.Create(address, port);
    }

    private static bool TryTake(ref ReadOnlySpan<byte> arguments, out ReadOnlySpan<byte> argument)
    {
        int end = arguments.IndexOf((byte)0);
        argument = end < 0 ? arguments : arguments[..end];
        arguments = end < 0 ? [] : arguments[(end + 1)..];
        return end >= 0 || !argument.IsEmpty;
    }
}
