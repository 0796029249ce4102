using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.Netsh;

/// <summary>
/// Reads <c>netsh http show servicestate view=requestq</c> in any language: a queue begins at a line without indentation that
/// names it, the ids of its processes stand alone on their lines, and its URLs are in capitals.
/// </summary>
/// <remarks>
/// Takes bytes, because the answer comes in the console's code page: what is read is the same in all of them. Shape:
/// <code>
/// Request queue name: DefaultAppPool
///     Process IDs:
///         4812
///     URL groups:
///         Registered URLs:
///             HTTP://*:80/
/// </code>
/// </remarks>
internal static class NetshRequestQueues
{
    private const int MostUrls = 4096, MostProcesses = 100, LongestUrl = 1000;

    private static ReadOnlySpan<byte> Controller => "Controller process ID: "u8;

    /// <summary>Adds the URLs as settings; answers what is wrong with the text, or null.</summary>
    public static string? Parse(ReadOnlySpan<byte> output, List<SettingRow> rows)
    {
        var processes = new List<int>();
        bool isQueue = false, hasRuler = false;
        foreach (Range part in output.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = output[part].TrimEnd("\r \t"u8);
            ReadOnlySpan<byte> text = line.TrimStart(" \t"u8);
            if (text.IsEmpty)
                continue;
            hasRuler |= text.IndexOfAnyExcept((byte)'-') < 0;
            if (text.Length == line.Length)
            {
                // A title ends with its colon; behind a queue's stands its name.
                isQueue = hasRuler && text[^1] != ':' && text.IndexOf(": "u8) >= 0;
                processes.Clear();
            }
            else if (isQueue && processes.Count < MostProcesses && int.TryParse(text.StartsWith(Controller) ? text[Controller.Length..] : text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id > 0)
            {
                // Of IIS the controller is the service, and the processes are its workers.
                processes.Add(id);
            }
            else if (text.StartsWith("HTTP://"u8) || text.StartsWith("HTTPS://"u8))
            {
                if (rows.Count == MostUrls)
                    return string.Create(CultureInfo.InvariantCulture, $"more than {MostUrls} URLs");
                if (text.Length <= LongestUrl)
                    rows.Add(HttpRegistration.ToSetting(Encoding.UTF8.GetString(text), isQueue ? processes : null));
            }
        }

        return hasRuler ? null : "no request queues in netsh's answer";
    }
}
