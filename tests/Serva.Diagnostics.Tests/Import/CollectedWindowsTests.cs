using System;
using System.Linq;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Import;

public sealed class CollectedWindowsTests
{
    [Theory]
    [InlineData("XP", "5.1.2600", 5, 5, 0, 0, 1)]
    [InlineData("7", "6.1.7601", 5, 5, 4, 2, 2)]
    [InlineData("10", "10.0.19045", 5, 5, 12, 2, 2)]
    [InlineData("11", "10.0.22631", 5, 7, 12, 2, 2)]
    public void Read_OutputOfTheScript_NoRowIsLost(string system, string version, int sockets, int processes, int ranges, int rules, int updates)
    {
        string text = system switch { "XP" => CollectedWindows.Xp, "7" => CollectedWindows.Seven, "10" => CollectedWindows.Ten, _ => CollectedWindows.Eleven };

        ImportedHost imported = PastedText.Read(text.ReplaceLineEndings("\r\n"));

        HostSnapshot host = imported.Host!;
        Assert.Equal("", string.Join("; ", imported.Unrecognized.Select(lines => $"{lines.FirstLine}: {lines.Reason}")));
        Assert.Equal((version, null), (host.Platform.Version.ToString(), host.Platform.VersionAssumedBecause));
        Assert.Equal((sockets, processes, ranges, rules, updates), (host.Sockets.Count, host.Processes.Count(row => row.Name is not null), host.PortRanges.Count, host.WindowsFirewallRules.Count, host.Updates.Count));
        Assert.Equal((Coverage.Complete, Coverage.Complete, Coverage.Complete), (host.Sockets.Coverage, host.Processes.Coverage, host.Services.Coverage));
        Assert.Equal(ServiceState.Stopped, host.FindService("W32Time")!.State);
        Assert.Equal(system == "XP" ? Coverage.NotRequested : Coverage.Complete, host.PortRanges.Coverage);
        Assert.Equal(system == "XP" ? WindowsFirewallProfile.Standard : WindowsFirewallProfile.Public, host.WindowsFirewallProfiles[0].Profile);
        Assert.True(host.Routes.Count > 2);
        Assert.Equal("Serva" + (system == "XP" ? "32.exe" : "64.exe"), host.Sockets.First(row => row.Local.Port == 69).Owners[0].Name);
    }
}
