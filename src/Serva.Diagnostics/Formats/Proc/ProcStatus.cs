using System;
using System.Buffers.Text;

namespace Serva.Diagnostics.Formats.Proc;

/// <summary>
/// <c>/proc/PID/status</c> (proc_pid_status(5)): <c>Uid: real effective saved fs</c> and <c>CapEff: 000001ffffffffff</c>.
/// </summary>
/// <param name="EffectiveUserId">The effective user; null when the line is missing.</param>
/// <param name="EffectiveCapabilities">The effective capabilities; null when the line is missing.</param>
internal readonly record struct ProcStatus(uint? EffectiveUserId, ulong? EffectiveCapabilities)
{
    public static ProcStatus Read(ReadOnlySpan<byte> text)
    {
        uint? user = null;
        ulong? capabilities = null;
        while (MachineText.TryTakeLine(ref text, out ReadOnlySpan<byte> line))
        {
            // The first line is the name, in which the kernel escapes line feeds.
            if (line.StartsWith("Uid:"u8))
            {
                line = line[4..];
                MachineText.TakeWord(ref line);
                if (Utf8Parser.TryParse(MachineText.TakeWord(ref line), out uint effective, out _))
                    user = effective;
            }
            else if (line.StartsWith("CapEff:"u8))
            {
                line = line[7..];
                if (Utf8Parser.TryParse(MachineText.TakeWord(ref line), out ulong set, out _, 'x'))
                    capabilities = set;
            }
        }

        return new ProcStatus(user, capabilities);
    }
}
