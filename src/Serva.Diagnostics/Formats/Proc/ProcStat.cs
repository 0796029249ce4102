using System;
using System.Buffers.Text;

namespace Serva.Diagnostics.Formats.Proc;

/// <summary>
/// <c>/proc/PID/stat</c>: <c>1234 (a name) S 1 1234 ... 8812345 ...</c> (proc_pid_stat(5)), fields 1 to 4 and 22.
/// </summary>
/// <param name="ProcessId">The process.</param>
/// <param name="Command">The command name, at most 15 bytes; any bytes but NUL, also blanks, parentheses and line feeds.</param>
/// <param name="State">What it does: <c>R</c> runs, <c>S</c> sleeps, <c>T</c> is stopped by a signal, and others.</param>
/// <param name="ParentProcessId">The parent; 0 for none in this namespace.</param>
/// <param name="StartTicks">When it started, in clock ticks since boot.</param>
internal sealed record ProcStat(int ProcessId, string Command, char State, int ParentProcessId, ulong StartTicks)
{
    /// <summary>Stopped by SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU.</summary>
    public const char Stopped = 'T';

    /// <summary>Null when the bytes are something else.</summary>
    public static ProcStat? TryRead(ReadOnlySpan<byte> text)
    {
        // The name may hold ") S 1": only the last parenthesis ends it.
        int open = text.IndexOf((byte)'(');
        int close = text.LastIndexOf((byte)')');
        if (open < 2 || close < open || !Utf8Parser.TryParse(text, out int processId, out int used) || used != open - 1)
            return null;
        ReadOnlySpan<byte> rest = text[(close + 1)..];
        while (rest is [.., (byte)'\n'])
            rest = rest[..^1];
        int parent = 0;
        char state = '?';
        for (int field = 3; field <= 22; field++)
        {
            ReadOnlySpan<byte> word = MachineText.TakeWord(ref rest);
            if (field == 3 && word.Length == 1)
                state = (char)word[0];
            if (field == 4 && !TryWhole(word, out parent))
                return null;
            if (field == 22)
            {
                return Utf8Parser.TryParse(word, out ulong ticks, out int length) && length == word.Length
                    ? new ProcStat(processId, MachineText.Read(text[(open + 1)..close]), state, parent, ticks)
                    : null;
            }
        }

        return null;
    }

    private static bool TryWhole(ReadOnlySpan<byte> word, out int value) =>
        Utf8Parser.TryParse(word, out value, out int length) && length == word.Length;
}
