namespace Serva.Diagnostics.Formats.Systemd;

/// <summary>One file of a directory that systemd loads units from, or of a folder <c>NAME.d</c>, <c>NAME.requires</c> or <c>NAME.wants</c> in it.</summary>
internal sealed record UnitEntry
{
    /// <summary>The place of the directory in systemd's order; the lowest counts first.</summary>
    public required int Rank { get; init; }

    /// <summary>Whether the directory is that of units made for one run.</summary>
    public bool IsTransient { get; init; }

    /// <summary>The folder in the directory; empty for the directory itself.</summary>
    public required string Folder { get; init; }

    /// <summary>The file's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it links to; null for a file.</summary>
    public string? LinksTo { get; init; }

    /// <summary>What stands in it, through a link too; null when it could not be read.</summary>
    public string? Text { get; init; }

    /// <summary>Whether it keeps what has its name from being loaded: an empty file, or a link that ends at <c>/dev/null</c>.</summary>
    public bool IsMask => Text is "";
}
