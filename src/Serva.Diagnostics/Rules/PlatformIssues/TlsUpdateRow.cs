using System.Collections.Immutable;

namespace Serva.Diagnostics.Rules.PlatformIssues;

/// <summary>One release of Windows that the TLS error of October 2022 reached.</summary>
internal sealed class TlsUpdateRow
{
    /// <summary>The release, as its users know it.</summary>
    public required string Release { get; init; }

    /// <summary>The build number, the third part of the version.</summary>
    public required int Build { get; init; }

    /// <summary>Whether the row is about the server edition of this build; null where one name serves both.</summary>
    public bool? IsServer { get; init; }

    /// <summary>The updates of 11 October 2022 that brought the error, rollup first.</summary>
    public required ImmutableArray<string> Origins { get; init; }

    /// <summary>The update that fixes it.</summary>
    public required string Fix { get; init; }

    /// <summary>When the fix came out.</summary>
    public required string FixDate { get; init; }

    /// <summary>Whether a second source names <see cref="Fix"/>. Where none does, the number is shown as not verified.</summary>
    public bool IsFixVerified { get; init; } = true;

    /// <summary>The revision (UBR) of the origin; 0 where revisions do not order updates.</summary>
    public int OriginRevision { get; init; }

    /// <summary>The revision of the fix; every later one has it too.</summary>
    public int FixRevision { get; init; }

    /// <summary>An ordinary later update that has the fix, and its revision.</summary>
    public required string Later { get; init; }

    /// <summary>The revision that <see cref="Later"/> brings; 0 where revisions do not order updates.</summary>
    public int LaterRevision { get; init; }

    /// <summary>Below this revision the error is certain; from it on another update of the same days makes it likely only. 0 for none.</summary>
    public int UnsureFrom { get; init; }

    /// <summary>Whether nobody names this release and it is concluded from another one with the same code.</summary>
    public bool IsInferred { get; init; }

    /// <summary>Later rollups that have the fix, for releases whose updates have no order. Not complete.</summary>
    public ImmutableArray<string> LaterRollups { get; init; } = [];

    /// <summary>A later security-only update, which need not have the fix.</summary>
    public string? LaterSecurityOnly { get; init; }

    /// <summary>Whether revisions order this release's updates (Windows 10, Server 2016 and later).</summary>
    public bool HasRevisions => FixRevision > 0;

    /// <summary>
    /// The releases. Sources: Microsoft's out-of-band update pages of 17, 18 and 25 October 2022 and its public
    /// diagnostic scripts; the vuls project's list of Windows revisions, which agrees on every row. The three numbers
    /// of the standalone packages have no second source.
    /// </summary>
    public static ImmutableArray<TlsUpdateRow> All { get; } =
    [
        new()
        {
            Release = "Windows 11, version 22H2", Build = 22621, Origins = ["KB5018427"], OriginRevision = 674,
            Fix = "KB5018496", FixRevision = 755, FixDate = "25 October 2022", Later = "KB5019980", LaterRevision = 819, UnsureFrom = 675,
        },
        new()
        {
            Release = "Windows 11, version 21H2", Build = 22000, Origins = ["KB5018418"], OriginRevision = 1098,
            Fix = "KB5020387", FixRevision = 1100, FixDate = "17 October 2022", Later = "KB5019961", LaterRevision = 1219,
        },
        new()
        {
            Release = "Windows 10, version 22H2", Build = 19045, Origins = ["KB5018410"], OriginRevision = 2130,
            Fix = "KB5020953", FixRevision = 2194, FixDate = "28 October 2022", Later = "KB5019959", LaterRevision = 2251, IsInferred = true,
        },
        Windows10("Windows 10, version 21H2", 19044),
        Windows10("Windows 10, version 21H1", 19043),
        Windows10("Windows 10, version 20H2", 19042),
        new()
        {
            Release = "Windows 10 Enterprise LTSC 2019", Build = 17763, IsServer = false, Origins = ["KB5018419"], OriginRevision = 3532,
            Fix = "KB5020438", FixRevision = 3534, FixDate = "17 October 2022", Later = "KB5019966", LaterRevision = 3650,
        },
        new()
        {
            Release = "Windows 10 Enterprise LTSC 2016", Build = 14393, IsServer = false, Origins = ["KB5018411"], OriginRevision = 5427,
            Fix = "KB5020439", FixRevision = 5429, FixDate = "18 October 2022", Later = "KB5019964", LaterRevision = 5501,
        },
        new()
        {
            Release = "Windows 10 Enterprise 2015 LTSB", Build = 10240, Origins = ["KB5018425"], OriginRevision = 19507,
            Fix = "KB5020440", FixRevision = 19509, FixDate = "18 October 2022", Later = "KB5019970", LaterRevision = 19567,
        },
        new()
        {
            Release = "Windows Server 2022", Build = 20348, Origins = ["KB5018421"], OriginRevision = 1129,
            Fix = "KB5020436", FixRevision = 1131, FixDate = "17 October 2022", Later = "KB5019081", LaterRevision = 1249,
        },
        new()
        {
            Release = "Windows Server 2019", Build = 17763, IsServer = true, Origins = ["KB5018419"], OriginRevision = 3532,
            Fix = "KB5020438", FixRevision = 3534, FixDate = "17 October 2022", Later = "KB5019966", LaterRevision = 3650,
        },
        new()
        {
            Release = "Windows Server 2016", Build = 14393, IsServer = true, Origins = ["KB5018411"], OriginRevision = 5427,
            Fix = "KB5020439", FixRevision = 5429, FixDate = "18 October 2022", Later = "KB5019964", LaterRevision = 5501,
        },
        new()
        {
            Release = "Windows 8.1 or Windows Server 2012 R2", Build = 9600, Origins = ["KB5018474", "KB5018476"],
            Fix = "KB5020447", IsFixVerified = false, FixDate = "17 October 2022", Later = "KB5020023",
            LaterRollups = ["KB5020023", "KB5021294", "KB5022352", "KB5022899", "KB5023765"], LaterSecurityOnly = "KB5020010",
        },
        new()
        {
            Release = "Windows Server 2012", Build = 9200, Origins = ["KB5018457", "KB5018478"],
            Fix = "KB5020449", IsFixVerified = false, FixDate = "17 October 2022", Later = "KB5020009",
            LaterRollups = ["KB5020009", "KB5021285", "KB5022348", "KB5022903", "KB5023756"], LaterSecurityOnly = "KB5020003",
        },
        new()
        {
            Release = "Windows 7 SP1 or Windows Server 2008 R2 SP1", Build = 7601, Origins = ["KB5018454", "KB5018479"],
            Fix = "KB5020448", IsFixVerified = false, FixDate = "17 October 2022", Later = "KB5020000",
            LaterRollups = ["KB5020000", "KB5021291", "KB5022338", "KB5022872", "KB5023769"], LaterSecurityOnly = "KB5020013",
        },
    ];

    private static TlsUpdateRow Windows10(string release, int build) => new()
    {
        Release = release, Build = build, Origins = ["KB5018410"], OriginRevision = 2130,
        Fix = "KB5020435", FixRevision = 2132, FixDate = "17 October 2022", Later = "KB5019959", LaterRevision = 2251,
    };
}
