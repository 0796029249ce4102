using System;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>An error of a system's socket calls: its name, its number there, and how a bind ends with it.</summary>
/// <param name="Name">For example <c>EADDRINUSE</c> or <c>WSAEACCES</c>.</param>
/// <param name="Code">The number; null on a system whose numbers are not known.</param>
/// <param name="Outcome">How the bind ended.</param>
internal readonly record struct NativeError(string Name, int? Code, BindOutcome Outcome);

/// <summary>
/// The socket errors of each system, by number, name and outcome. Prediction, probe and error texts share this one
/// table, so that they speak of the same error with the same words.
/// </summary>
/// <remarks>
/// Sources: Linux include/uapi/asm-generic/errno-base.h and errno.h (x86, Arm and RISC-V share them); Windows winsock2.h;
/// macOS and BSD sys/errno.h. The first entry of an outcome is the one that <c>bind()</c> itself answers with.
/// </remarks>
internal static class NativeErrors
{
    private const string WinsockPrefix = "WSA";

    private static readonly NativeError[] s_linux =
    [
        new("EADDRINUSE", 98, BindOutcome.AddressInUse),
        new("EACCES", 13, BindOutcome.AccessDenied),
        new("EPERM", 1, BindOutcome.AccessDenied),
        new("EADDRNOTAVAIL", 99, BindOutcome.AddressNotAvailable),
        new("EINVAL", 22, BindOutcome.InvalidArgument),
        new("EAFNOSUPPORT", 97, BindOutcome.AddressFamilyNotSupported),
        new("ENODEV", 19, BindOutcome.NoSuchDevice),
        new("ENOBUFS", 105, BindOutcome.NoBufferSpace),
        new("ENOMEM", 12, BindOutcome.NoBufferSpace),
        new("EMFILE", 24, BindOutcome.NoBufferSpace),
        new("ENFILE", 23, BindOutcome.NoBufferSpace),
        new("EOPNOTSUPP", 95, BindOutcome.OtherError),
        new("ENOPROTOOPT", 92, BindOutcome.OtherError),
        new("EPROTONOSUPPORT", 93, BindOutcome.OtherError),
        new("ESOCKTNOSUPPORT", 94, BindOutcome.OtherError),
        new("EBADF", 9, BindOutcome.OtherError),
        new("EAGAIN", 11, BindOutcome.OtherError),
        new("EFAULT", 14, BindOutcome.OtherError),
        new("ENOTSOCK", 88, BindOutcome.OtherError),
        new("ENETDOWN", 100, BindOutcome.OtherError),
        new("ECONNRESET", 104, BindOutcome.OtherError),
    ];

    private static readonly NativeError[] s_windows =
    [
        new("WSAEADDRINUSE", 10048, BindOutcome.AddressInUse),
        new("WSAEACCES", 10013, BindOutcome.AccessDenied),
        new("WSAEADDRNOTAVAIL", 10049, BindOutcome.AddressNotAvailable),
        new("WSAEINVAL", 10022, BindOutcome.InvalidArgument),
        new("WSAEAFNOSUPPORT", 10047, BindOutcome.AddressFamilyNotSupported),
        new("WSAENOBUFS", 10055, BindOutcome.NoBufferSpace),
        new("WSAEMFILE", 10024, BindOutcome.NoBufferSpace),
        new("WSAEOPNOTSUPP", 10045, BindOutcome.OtherError),
        new("WSAENOPROTOOPT", 10042, BindOutcome.OtherError),
        new("WSAEPROTONOSUPPORT", 10043, BindOutcome.OtherError),
        new("WSAESOCKTNOSUPPORT", 10044, BindOutcome.OtherError),
        new("WSAEINTR", 10004, BindOutcome.OtherError),
        new("WSAEFAULT", 10014, BindOutcome.OtherError),
        new("WSAEINPROGRESS", 10036, BindOutcome.OtherError),
        new("WSAENOTSOCK", 10038, BindOutcome.OtherError),
        new("WSAENETDOWN", 10050, BindOutcome.OtherError),
        new("WSAECONNRESET", 10054, BindOutcome.OtherError),
        new("WSANOTINITIALISED", 10093, BindOutcome.OtherError),
    ];

    private static readonly NativeError[] s_macOS = Berkeley(operationNotSupported: 102);

    private static readonly NativeError[] s_bsd = Berkeley(operationNotSupported: 45);

    /// <summary>The error with a number, or null when the system or the number is not known.</summary>
    public static NativeError? Find(PlatformFamily family, int code)
    {
        foreach (NativeError error in TableOf(family))
        {
            if (error.Code == code)
                return error;
        }

        return null;
    }

    /// <summary>The error with a name, or null when the system or the name is not known. Names compare without case.</summary>
    public static NativeError? Find(PlatformFamily family, string name)
    {
        foreach (NativeError error in TableOf(family))
        {
            if (string.Equals(error.Name, name, StringComparison.OrdinalIgnoreCase))
                return error;
        }

        return null;
    }

    /// <summary>The same error on another system; null when it has none of that meaning. Winsock's names are the POSIX ones behind <c>WSA</c>.</summary>
    public static NativeError? Counterpart(PlatformFamily family, string name)
    {
        string plain = name.StartsWith(WinsockPrefix, StringComparison.OrdinalIgnoreCase) ? name[WinsockPrefix.Length..] : name;
        return Find(family, family == PlatformFamily.Windows ? WinsockPrefix + plain : plain);
    }

    /// <summary>
    /// The error that <c>bind()</c> answers an outcome with; null for success and for outcomes without an error of
    /// their own. A system whose numbers are not known gets the POSIX name and no number.
    /// </summary>
    public static NativeError? For(PlatformFamily family, BindOutcome outcome)
    {
        if (outcome is BindOutcome.Undetermined or BindOutcome.Success or BindOutcome.OtherError)
            return null;
        bool isKnownFamily = TableOf(family).Length > 0;
        foreach (NativeError error in isKnownFamily ? TableOf(family) : s_linux)
        {
            if (error.Outcome == outcome)
                return isKnownFamily ? error : error with { Code = null };
        }

        return null;
    }

    private static NativeError[] TableOf(PlatformFamily family) => family switch
    {
        PlatformFamily.Linux => s_linux,
        PlatformFamily.Windows => s_windows,
        PlatformFamily.MacOS => s_macOS,
        PlatformFamily.Bsd => s_bsd,
        _ => [],
    };

    private static NativeError[] Berkeley(int operationNotSupported) =>
    [
        new("EADDRINUSE", 48, BindOutcome.AddressInUse),
        new("EACCES", 13, BindOutcome.AccessDenied),
        new("EPERM", 1, BindOutcome.AccessDenied),
        new("EADDRNOTAVAIL", 49, BindOutcome.AddressNotAvailable),
        new("EINVAL", 22, BindOutcome.InvalidArgument),
        new("EAFNOSUPPORT", 47, BindOutcome.AddressFamilyNotSupported),
        new("ENODEV", 19, BindOutcome.NoSuchDevice),
        new("ENOBUFS", 55, BindOutcome.NoBufferSpace),
        new("ENOMEM", 12, BindOutcome.NoBufferSpace),
        new("EMFILE", 24, BindOutcome.NoBufferSpace),
        new("ENFILE", 23, BindOutcome.NoBufferSpace),
        new("EOPNOTSUPP", operationNotSupported, BindOutcome.OtherError),
        new("ENOPROTOOPT", 42, BindOutcome.OtherError),
        new("EPROTONOSUPPORT", 43, BindOutcome.OtherError),
        new("ECONNRESET", 54, BindOutcome.OtherError),
    ];
}
