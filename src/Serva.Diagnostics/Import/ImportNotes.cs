using System;
using System.Collections.Generic;
using System.Collections.Immutable;

namespace Serva.Diagnostics.Import;

/// <summary>Collects what was understood and what was not. Neighbouring lines are told as one place.</summary>
internal sealed class ImportNotes
{
    private readonly List<ImportedBlock> _blocks = [];
    private readonly List<UnrecognizedLines> _unrecognized = [];

    /// <summary>In the order of the texts.</summary>
    public ImmutableArray<ImportedBlock> Blocks => [.. _blocks];

    public ImmutableArray<UnrecognizedLines> Unrecognized => [.. _unrecognized];

    /// <summary>How many lines, told or not.</summary>
    public int UnrecognizedCount { get; private set; }

    public void Add(ImportedBlock block) => _blocks.Add(block);

    public void Refuse(string textName, int firstLine, int lastLine, string reason)
    {
        UnrecognizedCount += lastLine - firstLine + 1;
        if (_unrecognized is [.., var last] && last.TextName == textName && last.LastLine + 1 == firstLine)
            _unrecognized[^1] = last with { LastLine = lastLine };
        else if (_unrecognized.Count < ImportedHost.MostUnrecognized)
            _unrecognized.Add(new UnrecognizedLines { TextName = textName, FirstLine = firstLine, LastLine = lastLine, Reason = reason });
    }
}
