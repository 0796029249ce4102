using System;
using System.Collections.Generic;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.ErrorText;

/// <summary>An error that a text may name: its name and, where the text tells, the system it is of.</summary>
/// <param name="Name">The native name, for example <c>WSAEACCES</c>; the POSIX name where several systems share the words.</param>
/// <param name="System">The system; null when several write the same.</param>
/// <param name="Code">The number; null when it is to be looked up by name.</param>
internal readonly record struct NamedError(string Name, PlatformFamily? System, int? Code = null);

/// <summary>The words, names and numbers of errors as programs and systems write them.</summary>
/// <remarks>
/// Sources: the message tables of Windows (ntdll, ws2_32) in English, German and French; glibc's strerror; the errors of
/// HTTP.sys (winerror.h); the PXE 2.1 boot ROM's messages; SChannel (winerror.h). The German and French words were not
/// checked on systems in these languages: a text that differs is not recognized, and its number still is.
/// </remarks>
internal static class ErrorWords
{
    private const PlatformFamily Windows = PlatformFamily.Windows;

    /// <summary>Parts of messages that stand for one error. The first that fits at a place is taken.</summary>
    public static readonly (string Words, NamedError Error)[] Phrases =
    [
        ("Only one usage of each socket address", new("WSAEADDRINUSE", Windows)),
        ("darf jede Socketadresse", new("WSAEADDRINUSE", Windows)),
        ("seule utilisation de chaque adresse de socket", new("WSAEADDRINUSE", Windows)),
        ("access a socket in a way forbidden", new("WSAEACCES", Windows)),
        ("Zugriff auf einen Socket war aufgrund der Zugriffsrechte", new("WSAEACCES", Windows)),
        ("un socket de mani\u00e8re interdite", new("WSAEACCES", Windows)),
        ("requested address is not valid in its context", new("WSAEADDRNOTAVAIL", Windows)),
        ("angeforderte Adresse ist in diesem Kontext ung", new("WSAEADDRNOTAVAIL", Windows)),
        ("est pas valide dans son contexte", new("WSAEADDRNOTAVAIL", Windows)),
        ("An invalid argument was supplied", new("WSAEINVAL", Windows)),
        ("lacked sufficient buffer space", new("WSAENOBUFS", Windows)),
        ("address incompatible with the requested protocol", new("WSAEAFNOSUPPORT", Windows)),
        ("forcibly closed by the remote host", new("WSAECONNRESET", Windows)),
        ("is not available for this host", new("WSAEADDRNOTAVAIL", Windows)),
        ("application is already listening on this port", new("WSAEADDRINUSE", Windows)),
        ("Address already in use", new("EADDRINUSE", null)),
        ("Adresse wird bereits verwendet", new("EADDRINUSE", null)),
        ("Adresse d\u00e9j\u00e0 utilis\u00e9e", new("EADDRINUSE", null)),
        ("port is already allocated", new("EADDRINUSE", null)),
        ("Cannot assign requested address", new("EADDRNOTAVAIL", PlatformFamily.Linux)),
        ("Can't assign requested address", new("EADDRNOTAVAIL", PlatformFamily.MacOS)),
        ("Permission denied", new("EACCES", null)),
        ("Keine Berechtigung", new("EACCES", null)),
        ("Permission non accord\u00e9e", new("EACCES", null)),
        ("Operation not permitted", new("EPERM", null)),
        ("Address family not supported by protocol", new("EAFNOSUPPORT", null)),
        ("No buffer space available", new("ENOBUFS", null)),
        ("Too many open files", new("EMFILE", null)),
        ("Cannot allocate memory", new("ENOMEM", null)),
        ("No such device", new("ENODEV", null)),
        ("Invalid argument", new("EINVAL", null)),
        ("Connection reset by peer", new("ECONNRESET", null)),
        ("conflicts with an existing registration", new("ERROR_ALREADY_EXISTS", Windows, 183)),
        ("being used by another process", new("ERROR_SHARING_VIOLATION", Windows, 32)),
        ("Access is denied", new("ERROR_ACCESS_DENIED", Windows, 5)),
        ("Zugriff verweigert", new("ERROR_ACCESS_DENIED", Windows, 5)),
        ("Acc\u00e8s refus\u00e9", new("ERROR_ACCESS_DENIED", Windows, 5)),
        ("received was unexpected or badly formatted", new("SEC_E_ILLEGAL_MESSAGE", Windows, unchecked((int)0x80090326))),
    ];

    /// <summary>Names that are no socket errors, and .NET's names of such.</summary>
    private static readonly Dictionary<string, NamedError> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ERROR_ACCESS_DENIED"] = new("ERROR_ACCESS_DENIED", Windows, 5),
        ["ERROR_SHARING_VIOLATION"] = new("ERROR_SHARING_VIOLATION", Windows, 32),
        ["ERROR_INVALID_PARAMETER"] = new("ERROR_INVALID_PARAMETER", Windows, 87),
        ["ERROR_ALREADY_EXISTS"] = new("ERROR_ALREADY_EXISTS", Windows, 183),
        ["SEC_E_ILLEGAL_MESSAGE"] = new("SEC_E_ILLEGAL_MESSAGE", Windows, unchecked((int)0x80090326)),
        ["AddressAlreadyInUse"] = new("EADDRINUSE", null),
        ["AddressInUseException"] = new("EADDRINUSE", null),
        ["AddressNotAvailable"] = new("EADDRNOTAVAIL", null),
        ["AccessDenied"] = new("EACCES", null),
        ["AddressFamilyNotSupported"] = new("EAFNOSUPPORT", null),
        ["NoBufferSpaceAvailable"] = new("ENOBUFS", null),
        ["PXE-E32"] = new("PXE-E32", null),
        ["PXE-E51"] = new("PXE-E51", null),
        ["PXE-E53"] = new("PXE-E53", null),
        ["PXE-E55"] = new("PXE-E55", null),
    };

    /// <summary>Numbers of Windows that mean a socket error only where HTTP.sys or Windows is spoken of.</summary>
    private static readonly (int Code, string Name)[] s_win32 =
    [
        (5, "ERROR_ACCESS_DENIED"), (32, "ERROR_SHARING_VIOLATION"), (87, "ERROR_INVALID_PARAMETER"), (183, "ERROR_ALREADY_EXISTS"),
    ];

    /// <summary>The error with a name. Socket errors shared by systems have no system of their own.</summary>
    public static NamedError? Find(string word)
    {
        if (s_names.TryGetValue(word, out NamedError known))
            return known;
        if (NativeErrors.Find(Windows, word) is { } winsock)
            return new NamedError(winsock.Name, Windows, winsock.Code);
        return NativeErrors.Find(PlatformFamily.Linux, word) is { } posix ? new NamedError(posix.Name, null) : null;
    }

    /// <summary>The error with a number: of Winsock, of Linux, or of macOS where the number is nobody else's.</summary>
    public static NamedError? Find(int number)
    {
        foreach (PlatformFamily family in (ReadOnlySpan<PlatformFamily>)[Windows, PlatformFamily.Linux, PlatformFamily.MacOS])
        {
            if (NativeErrors.Find(family, number) is { } error)
                return new NamedError(error.Name, family, number);
        }

        return null;
    }

    /// <summary>The error of Windows itself with a number that HTTP.sys answers with.</summary>
    public static NamedError? FindWin32(int number)
    {
        foreach ((int code, string name) in s_win32)
        {
            if (code == number)
                return new NamedError(name, Windows, code);
        }

        return NativeErrors.Find(Windows, number) is { } winsock ? new NamedError(winsock.Name, Windows, number) : null;
    }

    /// <summary>What an error means for a bind.</summary>
    public static BindOutcome OutcomeOf(NamedError error) =>
        (NativeErrors.Counterpart(PlatformFamily.Linux, error.Name) ?? NativeErrors.Counterpart(Windows, error.Name))?.Outcome
        ?? BindOutcome.OtherError;
}
