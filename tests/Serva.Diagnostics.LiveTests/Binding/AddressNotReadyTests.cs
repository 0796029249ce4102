using System;
using System.Linq;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>
/// SD1040 made with a pair of links: the kernel itself finds the duplicate, waits for the link, or takes its time. What is found
/// is what a bind meets, and the commands that are offered are typed in, help, and are taken back.
/// </summary>
[Trait("Proves", "SD1040")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class AddressNotReadyTests
{
    private const string Address = "2001:db8::5", Service = $"udp/[{Address}]:6969";

    [Fact]
    public void Diagnose_DuplicateAddress_FoundAndHelpedOnceTheOtherHostGivesItUp()
    {
        if (!PrivateNamespace.Enter(typeof(AddressNotReadyTests)))
            return;
        using var other = new OtherHost();
        other.Type($"ip -6 address add {Address}/64 dev e1 nodad");
        Type($"ip -6 address add {Address}/64 dev e0");
        Await(AddressState.Duplicate);

        Diagnosis found = Diagnose(Service);
        Assert.Equal(["SD1040"], Ids(found));
        Assert.Equal(Certainty.Certain, found.Findings[0].Certainty);
        Assert.Equal(99, Bind());
        Assert.Equal(["SD1040"], Ids(Diagnose("udp/[::]:6969")));

        Remedy remedy = found.Findings[0].Remedies.Single(remedy => !remedy.Apply.IsEmpty);
        Apply(remedy);
        Await(AddressState.Duplicate);
        Assert.Equal(["SD1040"], Ids(Diagnose(Service)));
        other.Type($"ip -6 address del {Address}/64 dev e1");
        Apply(remedy);
        Await(AddressState.Preferred);
        Assert.Empty(Diagnose(Service).Findings);
        Assert.Equal(0, Bind());
    }

    [Fact]
    public void Diagnose_AddressThatIsStillChecked_FoundHelpedAndPutBack()
    {
        if (!PrivateNamespace.Enter(typeof(AddressNotReadyTests)))
            return;
        using var other = new OtherHost();
        Type("sysctl -w net.ipv6.conf.e0.dad_transmits=600");
        Type($"ip -6 address add {Address}/64 dev e0");
        string before = State();
        Diagnosis found = Diagnose(Service);
        Assert.Equal(["SD1040"], Ids(found));
        Assert.Equal(99, Bind());

        Remedy[] remedies = [.. found.Findings[0].Remedies.Where(remedy => !remedy.Apply.IsEmpty)];
        Assert.Equal(2, remedies.Length);
        Apply(remedies[0]);
        Assert.Empty(Diagnose(Service).Findings);
        Assert.Equal(0, Bind());
        Undo(remedies[0]);
        Assert.Equal(before, State());
        Assert.Equal(["SD1040"], Ids(Diagnose(Service)));

        // The second is for addresses that come later.
        Apply(remedies[1]);
        Assert.Equal(["SD1040"], Ids(Diagnose(Service)));
        Type("ip -6 address add 2001:db8::6/64 dev e0");
        Assert.Empty(Diagnose("udp/[2001:db8::6]:6969").Findings);
        Undo(remedies[1]);
        Assert.Equal(before, State());
    }

    [Fact]
    public void Diagnose_AddressOfAnInterfaceWithoutALink_SaysSo()
    {
        if (!PrivateNamespace.Enter(typeof(AddressNotReadyTests)))
            return;
        using var other = new OtherHost();
        // Only an interface that has had no link since it is up waits for one (IF_READY of addrconf.c).
        Type("ip link set e0 down");
        other.Type("ip link set e1 down");
        Type("ip link set e0 up");
        Type($"ip -6 address add {Address}/64 dev e0");
        Thread.Sleep(2500);

        Diagnosis found = Diagnose(Service);
        Assert.Equal(["SD1040"], Ids(found));
        Assert.Contains("has no link", found.Findings[0].Summary, StringComparison.Ordinal);
        Assert.Equal(99, Bind());
        Assert.Empty(Diagnose("udp/[::]:6969").Findings);

        other.Type("ip link set e1 up");
        Await(AddressState.Preferred);
        Assert.Empty(Diagnose(Service).Findings);
    }

    private static void Await(AddressState state)
    {
        for (int tries = 0; tries < 200 && StateOfAddress() != state; tries++)
            Thread.Sleep(50);
        Assert.Equal(state, StateOfAddress());
    }

    private static AddressState? StateOfAddress() =>
        Capture(SnapshotTables.Addresses).Addresses.FirstOrDefault(row => row.Address.ToString() == Address)?.State;

    /// <summary>What the kernel answers to the bind itself: 0 or the error number.</summary>
    private static int? Bind()
    {
        BindProbeResult result = HostDiagnostics.ForThisMachine().Probe(BindRequest.Parse(Service));
        return result.Outcome == BindOutcome.Success ? 0 : result.NativeCode;
    }

    private static string State() => Tool.Run("sh", "-c", "sysctl -a -r 'accept_dad|nonlocal_bind'");

    private static void Apply(Remedy remedy) => Assert.All(remedy.Apply, command => Type(command.Text));

    private static void Undo(Remedy remedy) => Assert.All(remedy.Revert, command => Type(command.Text));

    private static void Type(string command) => Tool.Run("sh", "-c", command);

    private static string[] Ids(Diagnosis diagnosis) => [.. diagnosis.Findings.Select(finding => finding.Issue.Id)];

    private static HostSnapshot Capture(SnapshotTables tables) =>
        HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = tables }, TestContext.Current.CancellationToken);

    private static Diagnosis Diagnose(string service) => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = Capture(SnapshotTables.All),
        Questions = [new Question { Service = "test", Bind = BindRequest.Parse(service) }],
    });

    /// <summary>A namespace at the other end of the link <c>e0</c>.</summary>
    private sealed class OtherHost : IDisposable
    {
        private readonly OtherNamespace _namespace = new();

        public OtherHost()
        {
            Tool.Run("ip", "link", "set", "lo", "up");
            Tool.Run("ip", "link", "add", "e0", "type", "veth", "peer", "name", "e1");
            Tool.Run("ip", "link", "set", "e1", "netns", _namespace.ProcessId);
            AddressNotReadyTests.Type("sysctl -w net.ipv6.conf.e0.addr_gen_mode=1");
            Type("ip link set e1 up");
            Tool.Run("ip", "address", "add", "192.168.1.10/24", "dev", "e0");
            Tool.Run("ip", "link", "set", "e0", "up");
        }

        public void Type(string command) => _namespace.Run(command);

        public void Dispose() => _namespace.Dispose();
    }
}
