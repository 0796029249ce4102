namespace Serva.Diagnostics.Snapshots;

/// <summary>How much of a table was seen. It speaks of rows; a missing owner is said on the row itself.</summary>
public enum Coverage
{
    /// <summary>Nobody asked for this table. What it holds is unknown.</summary>
    NotRequested = 0,

    /// <summary>Every row was read: an empty table means that there are none.</summary>
    Complete,

    /// <summary>Some rows were read; the gaps say what is missing.</summary>
    Partial,

    /// <summary>The table could not be read: its contents are unknown.</summary>
    Unavailable,
}
