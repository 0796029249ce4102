using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;

namespace Serva.Diagnostics.Snapshots;

/// <summary>A URL that a program has registered with HTTP.sys, Windows' web server in the kernel, and who answers for it.</summary>
/// <remarks>
/// Among the settings of a host it is <c>http.sys HTTP://+:80/</c>, the value says who: <c>PID 4812</c>, <c>PID 12, PID 13</c>,
/// <c>no process attached</c> to its request queue, or <c>process not shown</c> where the text had no queues.
/// </remarks>
internal sealed class HttpRegistration
{
    private const string Mark = "http.sys ", Reserved = "http.sys reservation ", NoProcess = "no process attached", NotShown = "process not shown", ProcessMark = "PID ";
    private const int MostProcesses = 100;

    /// <summary>The URL as HTTP.sys writes it, with <c>+</c> or <c>*</c> for every host.</summary>
    public required string Url { get; init; }

    /// <summary>The port, host order.</summary>
    public required int Port { get; init; }

    /// <summary>The processes that are attached to the URL's request queue.</summary>
    public ImmutableArray<int> ProcessIds { get; init; } = [];

    /// <summary>Whether the processes of the queue were shown, be they none.</summary>
    public bool ShowsProcesses { get; init; }

    /// <summary>The setting of a URL.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="processIds">The processes of its queue; null when no queue was shown.</param>
    public static SettingRow ToSetting(ReadOnlySpan<char> url, IReadOnlyList<int>? processIds)
    {
        string value = processIds switch
        {
            null => NotShown,
            [] => NoProcess,
            _ => ProcessMark + string.Join(", " + ProcessMark, processIds),
        };
        return new SettingRow { Name = $"{Mark}{url}", Value = value };
    }

    /// <summary>The setting of a URL that is reserved for accounts.</summary>
    public static SettingRow ToReservation(ReadOnlySpan<char> url, string accounts) => new() { Name = $"{Reserved}{url}", Value = accounts };

    /// <summary>The reserved URL of a setting; null for another setting.</summary>
    public static string? ReservedUrlOf(SettingRow setting) => setting.Name.StartsWith(Reserved, StringComparison.Ordinal) ? setting.Name[Reserved.Length..] : null;

    /// <summary>The URL that a setting is about; null for another setting and for a URL without a port.</summary>
    public static HttpRegistration? Of(SettingRow setting)
    {
        if (!setting.Name.StartsWith(Mark, StringComparison.Ordinal) || setting.Name.StartsWith(Reserved, StringComparison.Ordinal) || PortOf(setting.Name.AsSpan(Mark.Length)) is not { } port)
            return null;
        var processes = ImmutableArray.CreateBuilder<int>();
        foreach (Range part in setting.Value.AsSpan().Split(','))
        {
            ReadOnlySpan<char> word = setting.Value.AsSpan()[part].Trim();
            if (processes.Count < MostProcesses && word.StartsWith(ProcessMark, StringComparison.Ordinal)
                && int.TryParse(word[ProcessMark.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id > 0)
            {
                processes.Add(id);
            }
        }

        return new HttpRegistration { Url = setting.Name[Mark.Length..], Port = port, ProcessIds = processes.ToImmutable(), ShowsProcesses = processes.Count > 0 || setting.Value == NoProcess };
    }

    /// <summary>The port of a URL; null when it has none.</summary>
    /// <remarks>HTTP://+:80/, HTTPS://*:443/x, HTTP://[::1]:80/, HTTP://10.0.0.1:80:10.0.0.1/</remarks>
    public static int? PortOf(ReadOnlySpan<char> url)
    {
        int host = url.IndexOf("://", StringComparison.Ordinal);
        if (host < 0)
            return null;
        ReadOnlySpan<char> rest = url[(host + 3)..];
        if (rest.StartsWith('['))
            rest = rest[Math.Max(rest.IndexOf(']'), 0)..];
        int colon = rest.IndexOf(':');
        if (colon < 0)
            return null;
        rest = rest[(colon + 1)..];
        int end = rest.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535 ? port : null;
    }
}
