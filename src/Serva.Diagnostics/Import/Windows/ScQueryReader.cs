using System;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary><c>sc query</c> and <c>sc queryex</c>: numbers and words that every language keeps.</summary>
/// <remarks>
/// <code>
/// SERVICE_NAME: W32Time
/// DISPLAY_NAME: Windows Time
///         TYPE               : 20  WIN32_SHARE_PROCESS
///         STATE              : 4  RUNNING
///         PID                : 1504
/// </code>
/// </remarks>
internal sealed class ScQueryReader(HostDraft draft) : BlockReader(draft)
{
    private const int LongestName = 512;

    private ServiceRow? _row;
    private ImportedPlace _place;
    private bool _hasType, _hasState;

    public override string Command => "sc query";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Is(0, "SERVICE_NAME:") && line.Count > 1)
        {
            End();
            ReadOnlySpan<char> name = line.From(1);
            if (name.Length > LongestName)
                return LineUse.Refused;
            Draft.See(PlatformFamily.Windows);
            (_row, _place) = (new ServiceRow { Name = name.ToString(), State = ServiceState.Unknown, Start = ServiceStart.Unknown }, line.Place);
            return LineUse.Row;
        }

        if (_row is null)
            return LineUse.Refused;
        if (line.Is(0, "DISPLAY_NAME:"))
        {
            ReadOnlySpan<char> shown = line.From(1);
            _row = _row with { DisplayName = shown[..Math.Min(shown.Length, LongestName)].ToString() };
            return LineUse.Understood;
        }

        if (line.Begins(0, '('))
            return LineUse.Understood;
        // "STATE              : 4  RUNNING"; the type stands first, and the flags of the state on a line of their own.
        int colon = line.Is(1, ":") ? 1 : line.Is(2, ":") ? 2 : 0;
        if (colon == 0)
            return LineUse.Refused;
        if (line.Is(0, "PID") && line.TryNumber(colon + 1, out uint id))
            _row = _row with { ProcessId = id is > 0 and <= int.MaxValue ? (int)id : null };
        else if (!_hasType)
            _hasType = true;
        else if (!_hasState && line.TryNumber(colon + 1, out uint state))
            (_row, _hasState) = (_row with { State = StateOf(state) }, true);
        return LineUse.Understood;
    }

    public override void Lack(string reason) => Draft.Services.Lacks("lines", reason);

    public override void End()
    {
        if (_row is not null)
        {
            Draft.AddService(_row, _place, "sc query");
            if (_row.State == ServiceState.Stopped)
                Draft.HasStoppedServices = true;
        }

        (_row, _hasType, _hasState) = (null, false, false);
    }

    private static ServiceState StateOf(uint state) => state switch
    {
        1 => ServiceState.Stopped,
        2 => ServiceState.StartPending,
        3 => ServiceState.StopPending,
        4 => ServiceState.Running,
        5 or 6 or 7 => ServiceState.Paused,
        _ => ServiceState.Unknown,
    };
}
