using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Probing;

/// <summary>What one attempt met: the stage it reached, the error there, and the options it had set.</summary>
internal sealed class BindAttempt(PlatformFamily family)
{
    private readonly List<string> _options = [];

    public BindStage Stage { get; set; } = BindStage.Socket;

    /// <summary>The error's number; 0 for none.</summary>
    public int ErrorCode { get; set; }

    /// <summary>The options that were set, separated by blanks.</summary>
    public string Modelled => string.Join(' ', _options);

    public BindOutcome Outcome => ErrorCode == 0 ? BindOutcome.Success : Error?.Outcome ?? BindOutcome.OtherError;

    public NativeError? Error => ErrorCode == 0 ? null : NativeErrors.Find(family, ErrorCode);

    public void Set(string option) => _options.Add(option);
}
