using System;
using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Import.Windows;

/// <summary>
/// <c>netsh http show servicestate view=requestq</c> and <c>show urlacl</c>: which process answers for a URL whose port the kernel holds.
/// </summary>
/// <remarks>
/// Of each request queue the ids stand alone on their lines, and its URLs in capitals, whatever the language. A URL becomes the
/// setting <c>http.sys HTTP://+:80/</c>, whose value names the processes; a reservation is <c>http.sys reservation URL</c>, whose
/// value names the accounts.
/// </remarks>
internal sealed class HttpServiceReader(HostDraft draft) : BlockReader(draft)
{
    private const int MostProcesses = 100;
    private const int LongestUrl = 1000;

    private const int LongestAccount = 200;

    private readonly List<int> _processes = [];
    private readonly List<string> _accounts = [];
    private string? _reserved;
    private ImportedPlace _place;
    private bool _isQueue, _isReservation, _hasAny;

    public override string Command => _isReservation ? "netsh http show urlacl" : "netsh http show servicestate";

    public override LineUse Read(scoped in PastedLine line)
    {
        int last = line.Count - 1;
        if (line.Begins(last, 'h') && last > 1 && line.Is(last - 1, ":") && (line[last].StartsWith("http://", StringComparison.Ordinal) || line[last].StartsWith("https://", StringComparison.Ordinal)))
        {
            Draft.See(PlatformFamily.Windows);
            EndReservation();
            _hasAny = _isReservation = true;
            if (line[last].Length <= LongestUrl)
                (_reserved, _place) = (line[last].ToString(), line.Place);
            return LineUse.Row;
        }

        if (_isReservation && line.Indent > 0)
        {
            // "User: NT SERVICE\SstpSvc": in every language an account has a backslash.
            ReadOnlySpan<char> text = line.Text;
            int colon = text.IndexOf(": ", StringComparison.Ordinal);
            if (colon > 0 && _accounts.Count < MostProcesses && text[(colon + 2)..].Trim() is { Length: <= LongestAccount } account && account.Contains('\\'))
                _accounts.Add(account.ToString());
            return LineUse.Understood;
        }

        if (line.Is(0, "Request") && line.Is(1, "queue") && line.Is(2, "name:"))
            return line.Indent == 0 ? BeginQueue() : _isQueue ? LineUse.Understood : LineUse.Refused;
        // In other languages the view that was asked for tells what its lines without an indent are.
        if (line.Indent == 0 && line.Count > 1 && line.LastOf(last) != ':' && Draft.LastCommand.Contains("view=requestq", StringComparison.OrdinalIgnoreCase) && line.Text.Contains(": ", StringComparison.Ordinal))
            return BeginQueue();
        if (line.Begins(0, 'H') && line.Count == 1 && (line[0].StartsWith("HTTP://", StringComparison.Ordinal) || line[0].StartsWith("HTTPS://", StringComparison.Ordinal)))
            return ReadUrl(line);
        if (!_isQueue || line.Indent == 0)
            return LineUse.Refused;
        // Of IIS the controller is the service, and the processes are its workers.
        bool isController = line.Count == 4 && line.Is(0, "Controller") && line.Is(1, "process") && line.Is(2, "ID:");
        if ((line.Count == 1 || isController) && line.TryNumber(last, out uint id) && id is > 0 and <= int.MaxValue && _processes.Count < MostProcesses)
        {
            _processes.Add((int)id);
            Draft.AddProcess(new ProcessRow { ProcessId = (int)id }, Command);
        }

        return LineUse.Understood;
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        // Values of the registry are in none of these texts: that one is absent says nothing.
        if (_hasAny)
            Draft.Settings.Lacks("registry", "the texts show what HTTP.sys has, and no values of the registry");
    }

    public override void Lack(string reason) => Draft.Settings.Lacks("lines", reason);

    public override void End()
    {
        EndReservation();
        _processes.Clear();
        (_isQueue, _isReservation) = (false, false);
    }

    private void EndReservation()
    {
        if (_reserved is not null)
            Draft.Settings.Add(HttpRegistration.ToReservation(_reserved, string.Join(", ", _accounts)), _place, "netsh http show urlacl");
        _reserved = null;
        _accounts.Clear();
    }

    private LineUse BeginQueue()
    {
        _processes.Clear();
        _isQueue = true;
        Draft.See(PlatformFamily.Windows);
        return LineUse.Row;
    }

    private LineUse ReadUrl(scoped in PastedLine line)
    {
        ReadOnlySpan<char> url = line[0];
        if (url.Length > LongestUrl)
            return LineUse.Refused;
        Draft.See(PlatformFamily.Windows);
        // Other languages name the queue in other words, and the view of the sessions has no processes.
        _hasAny = true;
        Draft.Settings.Add(HttpRegistration.ToSetting(url, _isQueue ? _processes : null), line.Place, Command);
        return LineUse.Row;
    }
}
