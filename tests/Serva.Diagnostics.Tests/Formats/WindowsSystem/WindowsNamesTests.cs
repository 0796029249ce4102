using System;
using Serva.Diagnostics.Formats.WindowsSystem;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.WindowsSystem;

public sealed class WindowsNamesTests
{
    [Theory]
    [InlineData("LocalSystem", @"NT AUTHORITY\SYSTEM")]
    [InlineData(@"NT AUTHORITY\LocalService", @"NT AUTHORITY\LOCAL SERVICE")]
    [InlineData(@"nt authority\localservice", @"NT AUTHORITY\LOCAL SERVICE")]
    [InlineData(@"NT Authority\NetworkService", @"NT AUTHORITY\NETWORK SERVICE")]
    [InlineData(@".\operator", @"WS1\operator")]
    [InlineData(@"CONTOSO\svc", @"CONTOSO\svc")]
    [InlineData(@"NT SERVICE\MSSQLSERVER", @"NT SERVICE\MSSQLSERVER")]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Normalize_NameOfTheServiceControlManager_GivesTheNameOfTheToken(string? startName, string? expected) =>
        Assert.Equal(expected, ServiceAccount.Normalize(startName, "WS1"));

    [Theory]
    [InlineData("Package_for_KB5018410~31bf3856ad364e35~amd64~~19041.2130.1.8", "KB5018410")]
    [InlineData("Package_3_for_KB958488~31bf3856ad364e35~amd64~~6.2.7600.16513", "KB958488")]
    [InlineData("Package_for_KB5018410_RTM~31bf3856ad364e35~amd64~~1.0", "KB5018410")]
    [InlineData("package_for_kb5020435", "KB5020435")]
    [InlineData("Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.2130.1.8", null)]
    [InlineData("Package_for_KB~31bf", null)]
    [InlineData("Package_for_KB99999999999999~31bf", null)]
    [InlineData("Microsoft-Windows-Foundation-Package_for_KB5018410~31bf", null)]
    [InlineData("", null)]
    public void UpdateOf_PackageName_GivesTheNumberItSays(string name, string? expected) =>
        Assert.Equal(expected, ServicingPackage.UpdateOf(name));

    [Theory]
    [InlineData("Windows 10 Pro", "22H2", "Client", 22621, "Windows 11 Pro 22H2")]
    [InlineData("Windows 10 Pro", "21H2", "Client", 19044, "Windows 10 Pro 21H2")]
    [InlineData("Windows Server 2025 Standard", "24H2", "Server", 26100, "Windows Server 2025 Standard 24H2")]
    [InlineData("Windows 10 Enterprise LTSC 2019", null, "Client", 17763, "Windows 10 Enterprise LTSC 2019")]
    [InlineData(null, "22H2", "Client", 22621, null)]
    public void Describe_Registry_GivesTheTrueName(string? product, string? display, string? type, int build, string? expected) =>
        Assert.Equal(expected, WindowsProductName.Describe(product, display, type, build));

    [Fact]
    public void FileTime_KnownMoments_AreDecoded()
    {
        Assert.Null(FileTime.Decode(0));
        Assert.Null(FileTime.Decode(-1));
        Assert.Null(FileTime.Decode(long.MaxValue));
        Assert.Equal(DateTimeOffset.UnixEpoch, FileTime.Decode(116_444_736_000_000_000));
        Assert.Equal(DateTimeOffset.UnixEpoch, FileTime.Decode(0x019d_b1de, 0xd53e_8000));
    }

    [Theory]
    [InlineData(50u, "F failed: 50 ERROR_NOT_SUPPORTED")]
    [InlineData(0xC0000001u, "F failed: 0xC0000001 STATUS_UNSUCCESSFUL")]
    [InlineData(4711u, "F failed: 4711")]
    public void Describe_NativeError_SaysNumberAndName(uint error, string expected) =>
        Assert.Equal(expected, WindowsError.Describe("F", error));
}
