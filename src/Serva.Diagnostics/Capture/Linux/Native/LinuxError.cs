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
    public const int TooManyFiles = 24;
    public const int NoBufferSpace = 105;

    /// <summary>The name and the number, as <c>EACCES (13)</c>.</summary>
    public static string Describe(int error)
    {
        string name = error switch
        {
            NotPermitted => "EPERM",
            NoEntry => "ENOENT",
            NoProcess => "ESRCH",
            Interrupted => "EINTR",
            5 => "EIO",
            9 => "EBADF",
            TryAgain => "EAGAIN",
            12 => "ENOMEM",
            AccessDenied => "EACCES",
            16 => "EBUSY",
            20 => "ENOTDIR",
            22 => "EINVAL",
            23 => "ENFILE",
            TooManyFiles => "EMFILE",
            38 => "ENOSYS",
            93 => "EPROTONOSUPPORT",
            95 => "EOPNOTSUPP",
            97 => "EAFNOSUPPORT",
            NoBufferSpace => "ENOBUFS",
            110 => "ETIMEDOUT",
            _ => "error",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{name} ({error})");
    }
}
