using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace Serva.Diagnostics;

/// <summary>
/// Gives every account another name, the same one everywhere: <c>user1</c>, <c>domain1\user2</c>. Accounts that every
/// system has keep theirs, because a diagnosis speaks of them.
/// </summary>
internal sealed class RedactedAccounts(bool ignoreCase)
{
    private static readonly FrozenSet<string> s_keptNames = FrozenSet.ToFrozenSet(
    [
        "root", "daemon", "bin", "sys", "sync", "nobody", "nogroup", "www-data", "http", "nginx", "apache", "mail", "lp", "ftp", "news",
        "uucp", "proxy", "squid", "backup", "syslog", "messagebus", "dbus", "avahi", "polkitd", "sshd", "ntp", "ntpsec", "chrony",
        "_chrony", "named", "bind", "unbound", "dnsmasq", "tftp", "dhcpd", "postfix",
        "rsyslog", "chronyd", "rpc", "_rpc", "kea", "_kea", "haproxy", "caddy", "docker", "tss", "usbmux", "colord", "mysql", "postgres", "redis", "tomcat", "_apt",
        "SYSTEM", "LOCAL SERVICE", "NETWORK SERVICE", "LocalSystem", "LocalService", "NetworkService", "Administrator", "Guest",
        "Public", "Default", "Default User", "All Users", "Everyone", "Jeder", "Tout le monde",
    ], StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> s_keptDomains = FrozenSet.ToFrozenSet(
    [
        "NT AUTHORITY", "NT SERVICE", "NT VIRTUAL MACHINE", "BUILTIN", "IIS APPPOOL", "Window Manager", "Font Driver Host",
        "NT-AUTORIT\u00c4T", "AUTORITE NT", ".",
    ], StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, string> _users = new(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
    private readonly Dictionary<string, string> _domains = new(StringComparer.OrdinalIgnoreCase);
    private Regex? _words;

    /// <summary>Whether an account exists on every system of its kind, so that its name says nothing about the owner.</summary>
    public static bool IsKept(string account)
    {
        int backslash = account.IndexOf('\\', StringComparison.Ordinal);
        if (backslash >= 0)
            return s_keptDomains.Contains(account[..backslash]) && (account[..backslash] != "." || IsKept(account[(backslash + 1)..]));
        return account.Length == 0
            || s_keptNames.Contains(account)
            || account.StartsWith("systemd-", StringComparison.Ordinal)
            || account.All(char.IsAsciiDigit);
    }

    /// <summary>The name that stands for an account; <c>DOMAIN\name</c> and <c>name@domain</c> keep their shape.</summary>
    public string Map(string account)
    {
        if (IsKept(account))
            return account;
        int backslash = account.IndexOf('\\', StringComparison.Ordinal);
        if (backslash >= 0)
            return $@"{MapDomain(account[..backslash])}\{Map(account[(backslash + 1)..])}";
        int at = account.IndexOf('@', StringComparison.Ordinal);
        if (at > 0)
            return $"{Map(account[..at])}@{MapDomain(account[(at + 1)..])}";
        return Number(_users, account, "user");
    }

    /// <summary>The text with every account and domain that was mapped so far under its other name, as whole words.</summary>
    public string MapWords(string text)
    {
        if (_users.Count + _domains.Count == 0)
            return text;
        _words ??= MakeWords();
        return _words.Replace(text, match =>
            _users.TryGetValue(match.Value, out string? user) ? user : _domains.GetValueOrDefault(match.Value, match.Value));
    }

    private string MapDomain(string domain) =>
        domain.Length == 0 || s_keptDomains.Contains(domain) ? domain : Number(_domains, domain, "domain");

    private string Number(Dictionary<string, string> names, string name, string kind)
    {
        if (names.TryGetValue(name, out string? known))
            return known;
        string mapped = kind + (names.Count + 1).ToString(CultureInfo.InvariantCulture);
        names.Add(name, mapped);
        _words = null;
        return mapped;
    }

    private Regex MakeWords()
    {
        IEnumerable<string> names = _users.Keys.Concat(_domains.Keys).OrderByDescending(name => name.Length).Select(Regex.Escape);
        // systemd writes other characters as \x2d in the names of units.
        return new Regex(
            $@"(?:(?<=\\x[0-9a-f]{{2}})|(?<![\p{{L}}\p{{Nd}}]))(?:{string.Join('|', names)})(?![\p{{L}}\p{{Nd}}])",
            RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None));
    }
}
