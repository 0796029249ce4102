using System;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>Whose a Windows socket is, as far as a snapshot tells.</summary>
internal static class WindowsAccounts
{
    private const int SystemProcess = 4;

    /// <summary>The account that holds a socket: of its owners, or of the service that runs in them. Null when unknown.</summary>
    public static string? HolderOf(BindFacts facts, in SocketRow row)
    {
        string? account = null;
        foreach (ProcessRow owner in row.Owners)
        {
            string? here = owner.User ?? facts.AccountOfService(owner.ProcessId) ?? (owner.ProcessId == SystemProcess ? "SYSTEM" : null);
            if (here is null || (account is not null && !IsSame(account, here)))
                return null;
            account = here;
        }

        return account;
    }

    /// <summary>Whether two names mean one account. The service manager, the task manager and the shell spell them differently.</summary>
    public static bool IsSame(string first, string second)
    {
        (string firstDomain, string firstName) = Split(first);
        (string secondDomain, string secondName) = Split(second);
        if (!SameLetters(firstName, secondName))
            return false;
        return firstDomain.Length == 0 || secondDomain.Length == 0 || SameLetters(firstDomain, secondDomain);
    }

    private static (string Domain, string Name) Split(string account)
    {
        int slash = account.IndexOf('\\', StringComparison.Ordinal);
        string domain = slash < 0 ? "" : account[..slash];
        string name = account[(slash + 1)..];
        if (domain == ".")
            domain = "";
        return SameLetters(name, "LocalSystem") ? ("NT AUTHORITY", "SYSTEM") : (domain, name);
    }

    /// <summary>Compares without case and blanks: <c>LocalService</c> is <c>LOCAL SERVICE</c>.</summary>
    private static bool SameLetters(string first, string second)
    {
        int i = 0;
        int j = 0;
        while (true)
        {
            while (i < first.Length && first[i] == ' ')
                i++;
            while (j < second.Length && second[j] == ' ')
                j++;
            if (i == first.Length || j == second.Length)
                return i == first.Length && j == second.Length;
            if (char.ToUpperInvariant(first[i++]) != char.ToUpperInvariant(second[j++]))
                return false;
        }
    }
}
