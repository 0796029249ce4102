using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Binding;
using Xunit;

namespace Serva.Diagnostics.Tests.Snapshots;

/// <summary>Rows found by what names them: as a walk from the first row on would.</summary>
public sealed class TableIndexTests
{
    [Fact]
    public void Find_SeveralOfOneName_TheFirstCounts()
    {
        HostSnapshot host = Hosts.Linux([]) with
        {
            Settings = Table.Complete([new SettingRow { Name = "Net.A", Value = "1" }, new SettingRow { Name = "net.a", Value = "2" }], "test"),
            Services = Table.Complete([Service("W32Time", ServiceState.Running), Service("w32time", ServiceState.Stopped)], "test"),
            Processes = Table.Complete([Process(7, "a", 1), Process(7, "b", 1), Process(8, "c", 7), Process(9, "d", 7), Process(10, "e", null)], "test"),
        };

        Assert.Equal("1", host.FindSetting("NET.A"));
        Assert.Equal(ServiceState.Running, host.FindService("W32TIME")!.State);
        Assert.Equal("a", host.FindProcess(7)!.Name);
        Assert.Equal(["c", "d"], System.Linq.Enumerable.Select(TableIndex.ChildrenOf(host.Processes, 7), row => row.Name));
        Assert.Empty(TableIndex.ChildrenOf(host.Processes, 99));
        Assert.Null(host.FindSetting("net.b"));
        Assert.Null(host.FindService("x"));
        Assert.Null(host.FindProcess(1));
    }

    [Fact]
    public void Find_AfterAChange_TheNewTableAnswers()
    {
        HostSnapshot before = Hosts.Linux([]);

        HostSnapshot after = before.With(new SetSetting { Name = "net.ipv4.ip_nonlocal_bind", Value = "1" });

        Assert.Equal("0", before.FindSetting("net.ipv4.ip_nonlocal_bind"));
        Assert.Equal("1", after.FindSetting("net.ipv4.ip_nonlocal_bind"));
        Assert.Null((before with { Settings = Table<SettingRow>.NotRequested }).FindSetting("net.ipv4.ip_nonlocal_bind"));
    }

    private static ServiceRow Service(string name, ServiceState state) => new() { Name = name, State = state, Start = ServiceStart.Manual };

    private static ProcessRow Process(int id, string name, int? parent) => new() { ProcessId = id, Name = name, ParentProcessId = parent };
}
