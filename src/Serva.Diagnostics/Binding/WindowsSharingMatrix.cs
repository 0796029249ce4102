using System;

namespace Serva.Diagnostics.Binding;

/// <summary>The options of a Windows socket that decide whether it shares its port. SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other.</summary>
internal enum WindowsSharing
{
    /// <summary>Neither option.</summary>
    Default = 0,

    /// <summary>SO_REUSEADDR.</summary>
    Reuse,

    /// <summary>SO_EXCLUSIVEADDRUSE.</summary>
    Exclusive,
}

/// <summary>Which of the three published matrices holds.</summary>
internal enum WindowsMatrix
{
    /// <summary>Windows XP, 2000 and NT 4, whoever binds.</summary>
    XpAndEarlier = 0,

    /// <summary>Windows Server 2003 and later (so Vista and later), both binds by one account.</summary>
    SameUser,

    /// <summary>Windows Server 2003 and later, binds by two accounts.</summary>
    DifferentUser,
}

/// <summary>What a second bind meets.</summary>
internal enum WindowsCell : byte
{
    /// <summary>It succeeds.</summary>
    Success = 0,

    /// <summary>WSAEADDRINUSE.</summary>
    InUse,

    /// <summary>WSAEACCES.</summary>
    AccessDenied,
}

/// <summary>
/// The sharing matrices of Winsock: what a second bind on the same port meets, by both sockets' options and by which
/// of the two is the wildcard.
/// </summary>
/// <remarks>
/// Source: "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE", Microsoft's Winsock documentation. Fifteen cells of the
/// same-user matrix are confirmed by the conformance tests that Wine runs on Windows (dlls/ws2_32/tests/sock.c:
/// test_reuseaddr, test_bind), one of them without its error number; everything else is documented only.
/// </remarks>
internal static class WindowsSharingMatrix
{
    // Rows are the holder, columns the newcomer: default, reuse, exclusive, each wildcard and then specific.
    // U = WSAEADDRINUSE, A = WSAEACCES, . = success.
    private const string XpAndEarlier =
        "UU..UU" +
        "UU..UU" +
        "UU..UU" +
        "UU..UU" +
        "UUAAUU" +
        "UUAAUU";

    private const string SameUser =
        "U.A.U." +
        ".U.AUU" +
        "U...U." +
        ".U..UU" +
        "UAAAUA" +
        ".U.AUU";

    private const string DifferentUser =
        "UAAAUA" +
        ".U.AUU" +
        "UA..UA" +
        ".U..UU" +
        "UAAAUA" +
        ".U.AUU";

    // The cells of the same-user matrix that were measured on Windows with their error number.
    private const string MeasuredSameUser =
        "xx..xx" +
        "xx.xxx" +
        "......" +
        "...x.." +
        ".x...x" +
        "xx....";

    public static WindowsCell Find(WindowsMatrix matrix, WindowsSharing held, bool heldIsSpecific, WindowsSharing asked, bool askedIsSpecific)
    {
        string cells = matrix switch
        {
            WindowsMatrix.XpAndEarlier => XpAndEarlier,
            WindowsMatrix.SameUser => SameUser,
            _ => DifferentUser,
        };
        return cells[IndexOf(held, heldIsSpecific, asked, askedIsSpecific)] switch
        {
            '.' => WindowsCell.Success,
            'U' => WindowsCell.InUse,
            'A' => WindowsCell.AccessDenied,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>Whether the cell was measured. Of the other two matrices no cell was.</summary>
    public static bool IsMeasured(WindowsMatrix matrix, WindowsSharing held, bool heldIsSpecific, WindowsSharing asked, bool askedIsSpecific) =>
        matrix == WindowsMatrix.SameUser && MeasuredSameUser[IndexOf(held, heldIsSpecific, asked, askedIsSpecific)] == 'x';

    private static int IndexOf(WindowsSharing held, bool heldIsSpecific, WindowsSharing asked, bool askedIsSpecific) =>
        ((((int)held * 2) + (heldIsSpecific ? 1 : 0)) * 6) + ((int)asked * 2) + (askedIsSpecific ? 1 : 0);
}
