using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import;

/// <summary>What a reader made of a line.</summary>
internal enum LineUse
{
    /// <summary>It is none of this command's.</summary>
    Refused = 0,

    /// <summary>It gives no row: a ruler, a continuation.</summary>
    Understood,

    /// <summary>It gives no row, and an output begins with it, be it an empty one.</summary>
    Heading,

    /// <summary>It gave a row.</summary>
    Row,
}

/// <summary>Knows the output of one command, line by line, and takes its rows into the draft of the host.</summary>
/// <remarks>
/// A reader is asked about every line that is not blank: the one that took the last line first, then the others in their order. So it
/// looks at as little as it can before it refuses. It never throws.
/// </remarks>
internal abstract class BlockReader(HostDraft draft)
{
    /// <summary>The command, as the report calls it.</summary>
    public abstract string Command { get; }

    /// <summary>Lines among its rows that nobody understood.</summary>
    public int MissedLines { get; set; }

    protected HostDraft Draft => draft;

    /// <summary>Takes a line or refuses it.</summary>
    public abstract LineUse Read(scoped in PastedLine line);

    /// <summary>Rows of its tables may be missing.</summary>
    public virtual void Lack(string reason)
    {
    }

    /// <summary>The output ends here: another command's begins.</summary>
    public virtual void End()
    {
    }

    /// <summary>The last text has ended.</summary>
    public virtual void Finish()
    {
    }
}
