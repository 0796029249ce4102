using System;
using System.Collections.Frozen;

namespace Serva.Diagnostics.Rules;

/// <summary>Programs that run other programs: their name and path say nothing about what they run.</summary>
internal static class Interpreters
{
    private static readonly FrozenSet<string> s_names = new[]
    {
        "ash", "bash", "beam.smp", "bun", "busybox", "cmd", "dash", "deno", "dotnet", "erl", "guile", "java", "javaw", "julia", "ksh", "lua",
        "luajit", "mono", "node", "nodejs", "perl", "php", "php-cgi", "powershell", "pwsh", "pypy", "python", "pythonw", "rscript", "ruby",
        "sh", "svchost", "tclsh", "uwsgi", "wine", "wine-preloader", "wine64-preloader", "zsh",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an image name or a path is that of an interpreter; <c>python3.12</c> is python too.</summary>
    public static bool IsOne(string? image)
    {
        if (image is null)
            return false;
        ReadOnlySpan<char> name = image.AsSpan(image.LastIndexOfAny(['/', '\\']) + 1);
        if (name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase))
            name = name[..^4];
        return s_names.Contains(name.ToString()) || s_names.Contains(name.TrimEnd("0123456789.-").ToString());
    }
}
