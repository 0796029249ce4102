using System;
using System.Buffers;
using System.Text;

namespace Serva.Diagnostics.Formats.Systemd;

/// <summary>The parts of a unit's name: <c>prefix.type</c>, <c>prefix@.type</c> (a template), <c>prefix@instance.type</c>.</summary>
internal static class UnitName
{
    private const int MaxLength = 255;

    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@");

    private static readonly string[] s_types =
        ["service", "socket", "target", "device", "mount", "automount", "swap", "timer", "path", "slice", "scope"];

    /// <summary>Whether systemd takes the text for a unit's name (unit_name_is_valid in its unit-name.c).</summary>
    public static bool IsValid(string name) =>
        name.Length <= MaxLength
        && !name.AsSpan().ContainsAnyExcept(s_allowed)
        && name.LastIndexOf('.') is > 0 and var dot
        && Array.IndexOf(s_types, name[(dot + 1)..]) >= 0
        && !name.StartsWith('@');

    /// <summary>What follows the last dot: <c>service</c>.</summary>
    public static string Type(string name) => name[(name.LastIndexOf('.') + 1)..];

    /// <summary>The name without its type.</summary>
    public static string WithoutType(string name) => name[..name.LastIndexOf('.')];

    /// <summary>Whether it names no unit, but what its instances have in common.</summary>
    public static bool IsTemplate(string name) => Instance(name) is "";

    /// <summary>What stands after the first <c>@</c>; null without one.</summary>
    public static string? Instance(string name)
    {
        string whole = WithoutType(name);
        int at = whole.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? null : whole[(at + 1)..];
    }

    /// <summary>What stands before the first <c>@</c>, or before the type.</summary>
    public static string Prefix(string name)
    {
        string whole = WithoutType(name);
        int at = whole.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? whole : whole[..at];
    }

    /// <summary>The template of an instance.</summary>
    public static string Template(string name) => WithInstance(name, "");

    /// <summary>Another instance of the same template.</summary>
    public static string WithInstance(string name, string instance) => $"{Prefix(name)}@{instance}.{Type(name)}";

    /// <summary>A value with its specifiers (<c>%i</c>, systemd.unit(5)) in full; null where it has one that is not of the name.</summary>
    public static string? Expand(string value, string name)
    {
        if (!value.Contains('%', StringComparison.Ordinal))
            return value;
        var text = new StringBuilder();
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] != '%')
            {
                text.Append(value[i]);
                continue;
            }

            string? part = ++i < value.Length ? Part(value[i], name) : null;
            if (part is null)
                return null;
            text.Append(part);
        }

        return text.ToString();
    }

    private static string? Part(char specifier, string name) => specifier switch
    {
        '%' => "%",
        'n' => name,
        'N' => WithoutType(name),
        'p' => Prefix(name),
        'i' => Instance(name) ?? "",
        'j' => Prefix(name) is var prefix ? prefix[(prefix.LastIndexOf('-') + 1)..] : null,
        _ => null,
    };
}
