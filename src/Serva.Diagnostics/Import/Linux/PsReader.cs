using System;

namespace Serva.Diagnostics.Import.Linux;

/// <summary>The processes as <c>ps -eo pid,user,comm</c> lists them; of other columns the first heading <c>PID</c> and the last one count.</summary>
/// <remarks>
/// <code>
///     PID USER     COMMAND
///     412 systemd+ systemd-resolve
/// </code>
/// </remarks>
internal sealed class PsReader(HostDraft draft) : BlockReader(draft)
{
    private const int LongestName = 64;

    private int _id = -1, _user = -1, _command = -1;

    public override string Command => "ps";

    public override LineUse Read(scoped in PastedLine line)
    {
        if (IsHeading(line))
            return LineUse.Heading;
        if (_id < 0 || line.Count <= _command || !line.TryNumber(_id, out uint id) || id > int.MaxValue)
            return LineUse.Refused;
        ReadOnlySpan<char> name = line.From(_command);
        Draft.AddProcess(new ProcessRow { ProcessId = (int)id, Name = name[..Math.Min(name.Length, LongestName)].ToString(), User = _user < 0 ? null : line[_user].ToString() }, Command);
        return LineUse.Row;
    }

    public override void Lack(string reason) => Draft.LackProcesses(reason);

    public override void End() => _id = -1;

    private bool IsHeading(scoped in PastedLine line)
    {
        bool isHeading = line.Count is > 1 and < 12 && line.Is(line.Count - 1, "COMMAND") && (line.Is(0, "PID") || line.Is(1, "PID"));
        if (!isHeading)
            return false;
        (_id, _user, _command) = (line.Is(0, "PID") ? 0 : 1, line.Is(0, "USER") ? 0 : line.Is(1, "USER") ? 1 : -1, line.Count - 1);
        bool hasAll = Draft.LastCommand.StartsWith("ps -e", StringComparison.Ordinal) && !Draft.LastCommand.Contains('|', StringComparison.Ordinal);
        Draft.HasAllProcesses |= hasAll;
        Draft.See(Snapshots.PlatformFamily.Linux);
        return true;
    }
}
