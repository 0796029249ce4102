using System.Globalization;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>Names the Win32 and NT errors that captures meet, because the system's own words change with its language.</summary>
internal static class WindowsError
{
    public const uint Success = 0;
    public const uint AccessDenied = 5;
    public const uint NoMoreFiles = 18;
    public const uint NotSupported = 50;
    public const uint InvalidParameter = 87;
    public const uint InsufficientBuffer = 122;
    public const uint MoreData = 234;
    public const uint NoData = 232;
    public const uint NotFound = 1168;

    /// <summary>STATUS_UNSUCCESSFUL: what GetExtendedTcpTable answers, undocumented, when its table changed meanwhile.</summary>
    public const uint Unsuccessful = 0xC000_0001;

    /// <summary>For example <c>GetIpInterfaceTable failed: 50 ERROR_NOT_SUPPORTED</c>.</summary>
    public static string Describe(string function, uint error)
    {
        string? name = error switch
        {
            1 => "ERROR_INVALID_FUNCTION",
            2 => "ERROR_FILE_NOT_FOUND",
            AccessDenied => "ERROR_ACCESS_DENIED",
            6 => "ERROR_INVALID_HANDLE",
            8 => "ERROR_NOT_ENOUGH_MEMORY",
            31 => "ERROR_GEN_FAILURE",
            NotSupported => "ERROR_NOT_SUPPORTED",
            InvalidParameter => "ERROR_INVALID_PARAMETER",
            120 => "ERROR_CALL_NOT_IMPLEMENTED",
            InsufficientBuffer => "ERROR_INSUFFICIENT_BUFFER",
            NoData => "ERROR_NO_DATA",
            MoreData => "ERROR_MORE_DATA",
            1053 => "ERROR_SERVICE_REQUEST_TIMEOUT",
            1060 => "ERROR_SERVICE_DOES_NOT_EXIST",
            NotFound => "ERROR_NOT_FOUND",
            1722 => "RPC_S_SERVER_UNAVAILABLE",
            Unsuccessful => "STATUS_UNSUCCESSFUL",
            _ => null,
        };
        string number = error >= 0x8000_0000
            ? string.Create(CultureInfo.InvariantCulture, $"0x{error:X8}")
            : error.ToString(CultureInfo.InvariantCulture);
        return name is null ? $"{function} failed: {number}" : $"{function} failed: {number} {name}";
    }
}
