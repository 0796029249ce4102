using System;
using System.Globalization;
using System.IO;
using System.Runtime.Versioning;
using System.Security;
using Microsoft.Win32;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Reads HKEY_LOCAL_MACHINE, always the 64-bit view: a 32-bit process would otherwise see a copy of parts of it. A key
/// or value that is absent or refused reads as null; where the difference matters, the reason tells.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class RegistryValues : IDisposable
{
    private const int LongestValue = 64 * 1024;

    private readonly RegistryKey _machine = RegistryKey.OpenBaseKey(RegistryHive.LocalMachine, RegistryView.Registry64);

    /// <summary>Opens a key to read it.</summary>
    /// <param name="path">The path below HKEY_LOCAL_MACHINE.</param>
    /// <param name="reason">Why it could not be opened, when the answer is null.</param>
    public RegistryKey? Open(string path, out string? reason) => Open(path, out reason, out _);

    /// <summary>Opens a key to read it, and tells a key that does not exist from one that is refused.</summary>
    public RegistryKey? Open(string path, out string? reason, out bool isAbsent)
    {
        isAbsent = false;
        try
        {
            RegistryKey? key = _machine.OpenSubKey(path, writable: false);
            isAbsent = key is null;
            reason = isAbsent ? $@"HKLM\{path} does not exist" : null;
            return key;
        }
        catch (Exception error) when (IsRefusal(error))
        {
            reason = $@"HKLM\{path}: {error.Message}";
            return null;
        }
    }

    /// <summary>Opens a key below an open one; null when it is absent, and when it is refused, with the reason.</summary>
    public static RegistryKey? Open(RegistryKey parent, string name, out string? refusal)
    {
        refusal = null;
        try
        {
            return parent.OpenSubKey(name, writable: false);
        }
        catch (Exception error) when (IsRefusal(error))
        {
            refusal = error.Message;
            return null;
        }
    }

    /// <summary>The names of the keys below an open one; none when they are refused, with the reason.</summary>
    public static string[] KeyNames(RegistryKey key, out string? refusal) => Names(key.GetSubKeyNames, out refusal);

    /// <summary>The names of the values of an open key; none when they are refused, with the reason.</summary>
    public static string[] ValueNames(RegistryKey key, out string? refusal) => Names(key.GetValueNames, out refusal);

    /// <summary>A value as text: numbers in decimal, several texts separated by blanks. Null when it is absent, and when it is refused, with the reason.</summary>
    public string? Text(string path, string name, out string? refusal)
    {
        try
        {
            using RegistryKey? key = _machine.OpenSubKey(path, writable: false);
            refusal = null;
            return key is null ? null : Text(key.GetValue(name, null, RegistryValueOptions.DoNotExpandEnvironmentNames));
        }
        catch (Exception error) when (IsRefusal(error))
        {
            refusal = error.Message;
            return null;
        }
    }

    /// <summary>A value of an open key as text.</summary>
    public static string? Text(RegistryKey key, string name) => Text(Value(key, name));

    /// <summary>A text of an open key exactly as it stands, of any length; null when the value is something else.</summary>
    public static string? ExactText(RegistryKey key, string name) => Value(key, name) as string;

    /// <summary>A REG_DWORD of an open key.</summary>
    public static uint? Number(RegistryKey key, string name) => Value(key, name) is int number ? unchecked((uint)number) : null;

    public void Dispose() => _machine.Dispose();

    private static string[] Names(Func<string[]> read, out string? refusal)
    {
        refusal = null;
        try
        {
            return read();
        }
        catch (Exception error) when (IsRefusal(error))
        {
            refusal = error.Message;
            return [];
        }
    }

    private static string? Text(object? value) => value switch
    {
        string text when text.Length <= LongestValue => text.Trim(),
        int number => unchecked((uint)number).ToString(CultureInfo.InvariantCulture),
        long number => unchecked((ulong)number).ToString(CultureInfo.InvariantCulture),
        string[] texts => string.Join(' ', texts),
        _ => null,
    };

    private static object? Value(RegistryKey key, string name)
    {
        try
        {
            return key.GetValue(name, null, RegistryValueOptions.DoNotExpandEnvironmentNames);
        }
        catch (Exception error) when (IsRefusal(error))
        {
            return null;
        }
    }

    private static bool IsRefusal(Exception error) => error is SecurityException or UnauthorizedAccessException or IOException;
}
