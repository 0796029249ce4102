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
    // Every Windows has more; nobody pastes so many one by one.
    private const int LongestName = 512, FewestOfAll = 20;

    private ServiceRow? _row;
    private ImportedPlace _place;
    private bool _hasType, _hasState;
    private int _stopped, _others;

    public override string Command => "sc query";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (line.Is(0, "SERVICE_NAME:") && line.Count > 1)
        {
            Flush();
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
        Flush();
        string typed = Draft.LastCommand;
        bool isTyped = typed.Contains("query", StringComparison.OrdinalIgnoreCase);
        if (isTyped ? IsForAll(typed) : _stopped > 0 && _others > 0 && _stopped + _others >= FewestOfAll)
            Draft.HasAllServices = true;
        (_stopped, _others) = (0, 0);
    }

    private void Flush()
    {
        if (_row is not null)
        {
            Draft.AddService(_row, _place, "sc query");
            _ = _row.State == ServiceState.Stopped ? _stopped++ : _others++;
        }

        (_row, _hasType, _hasState) = (null, false, false);
    }

    // "sc queryex type= service state= all": neither a name, nor a group, nor a filter behind it.
    private static bool IsForAll(string typed)
    {
        int at = typed.IndexOf("query", StringComparison.OrdinalIgnoreCase);
        int end = typed.AsSpan(at).IndexOfAny('>', '&');
        string[] words = (end < 0 ? typed[at..] : typed[at..(at + end)]).Replace("=", "= ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool hasAll = false;
        for (int i = 1; i + 1 < words.Length; i += 2)
        {
            bool isType = words[i].Equals("type=", StringComparison.OrdinalIgnoreCase), isState = words[i].Equals("state=", StringComparison.OrdinalIgnoreCase);
            if (!isType && !isState && !words[i].Equals("bufsize=", StringComparison.OrdinalIgnoreCase))
                return false;
            if (isType && !words[i + 1].Equals("service", StringComparison.OrdinalIgnoreCase) && !words[i + 1].Equals("all", StringComparison.OrdinalIgnoreCase))
                return false;
            hasAll |= isState && words[i + 1].Equals("all", StringComparison.OrdinalIgnoreCase);
        }

        return hasAll && words.Length % 2 == 1 && !typed.Contains('|', StringComparison.Ordinal);
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
