using System.Globalization;

namespace Serva.Diagnostics.Capture;

/// <summary>Error numbers of the generic Linux table, which x86, ARM and RISC-V share.</summary>
internal static class LinuxError
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int NoProcess = 3;
    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int AccessDenied = 13;
    public const int Invalid = 22;
    public const int TooManyFiles = 24;
    public const int NoBufferSpace = 105;

    /// <summary>The name and the number, as <c>EACCES (13)</c>.</summary>
    public static string Describe(int error) => error switch
    {
        NotPermitted => "EPERM (1)",
        NoEntry => "ENOENT (2)",
        NoProcess => "ESRCH (3)",
        Interrupted => "EINTR (4)",
        5 => "EIO (5)",
        9 => "EBADF (9)",
        TryAgain => "EAGAIN (11)",
        12 => "ENOMEM (12)",
        AccessDenied => "EACCES (13)",
        16 => "EBUSY (16)",
        20 => "ENOTDIR (20)",
        Invalid => "EINVAL (22)",
        23 => "ENFILE (23)",
        TooManyFiles => "EMFILE (24)",
        38 => "ENOSYS (38)",
        93 => "EPROTONOSUPPORT (93)",
        95 => "EOPNOTSUPP (95)",
        97 => "EAFNOSUPPORT (97)",
        NoBufferSpace => "ENOBUFS (105)",
        110 => "ETIMEDOUT (110)",
        _ => string.Create(CultureInfo.InvariantCulture, $"error ({error})"),
    };
}
