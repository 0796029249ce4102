using System;
using System.Collections.Generic;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.Capture.Windows.Native;
using Serva.Diagnostics.Formats.WindowsSystem;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Names the accounts of processes: OpenProcessToken, GetTokenInformation(TokenUser), LookupAccountSidW. Each account is
/// looked up once. A domain account may have to be asked for elsewhere, so all lookups together have one limit; an
/// account that is not named in time stays unknown.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class AccountNames(TimeProvider time, TimeSpan limit, CancellationToken cancellationToken)
{
    private readonly Dictionary<string, string?> _names = new(StringComparer.Ordinal);
    private TimeSpan _left = limit;

    /// <summary>The account of an open process, as <c>DOMAIN\name</c>; null when it may not be seen.</summary>
    public string? OfProcess(nint process)
    {
        nint token = 0;
        if (Advapi32.OpenProcessToken(process, Advapi32.TokenQuery, &token) == 0)
            return null;
        try
        {
            const int size = 256;
            byte* buffer = stackalloc byte[size];
            uint needed = 0;
            if (Advapi32.GetTokenInformation(token, Advapi32.TokenUser, buffer, size, &needed) == 0)
                return null;
            var bytes = new PointerBuffer(new ReadOnlySpan<byte>(buffer, size), (ulong)buffer, sizeof(nint));
            ReadOnlySpan<byte> sid = SecurityIdentifier.OfTokenUser(bytes);
            return sid.IsEmpty ? null : NameOf(sid);
        }
        finally
        {
            _ = Kernel32.CloseHandle(token);
        }
    }

    private string? NameOf(ReadOnlySpan<byte> sid)
    {
        string text = SecurityIdentifier.Text(sid);
        if (SecurityIdentifier.WellKnownName(text) is { } known)
            return known;
        if (_names.TryGetValue(text, out string? name))
            return name;
        if (_left > TimeSpan.Zero)
        {
            byte[] copy = sid.ToArray();
            long start = time.GetTimestamp();
            name = SourceBoundary.Within(_left, () => Lookup(copy), cancellationToken);
            _left -= time.GetElapsedTime(start);
        }

        name = string.IsNullOrEmpty(name) ? null : name;
        _names[text] = name;
        return name;
    }

    private static string Lookup(byte[] sid)
    {
        const int size = 256;
        char* name = stackalloc char[size];
        char* domain = stackalloc char[size];
        // The name's length, the domain's length, the kind of account.
        uint* results = stackalloc uint[3] { size, size, 0 };
        int done;
        fixed (byte* bytes = sid)
            done = Advapi32.LookupAccountSidW(null, bytes, name, results, domain, results + 1, results + 2);
        if (done == 0 || results[0] is 0 or >= size || results[1] >= size)
            return "";
        string account = new(name, 0, (int)results[0]);
        return results[1] == 0 ? account : $@"{new string(domain, 0, (int)results[1])}\{account}";
    }
}
