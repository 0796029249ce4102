using System;
using System.Linq;
using System.Runtime.Versioning;
using System.Threading;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>A server that is started in a network namespace of its own: SD1043 names it, its command shows what it listens on, and started here it is no finding.</summary>
[Trait("Proves", "SD1043")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class OtherNamespaceTests : IDisposable
{
    private const string Server = "labportd";

    private readonly PlantedPrograms _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public void Diagnose_ServerInAnotherNamespace_IsToldAndShown()
    {
        if (!PrivateNamespace.Enter(typeof(OtherNamespaceTests)))
            return;
        Assert.All((string[])["nc.openbsd", "nsenter", "ss"], tool => Assert.SkipUnless(Tool.Exists(tool), $"Needs {tool}."));
        string copy = _programs.Image(Server);
        Tool.Run("ip", "link", "set", "lo", "up");
        Assert.Empty(Await([]).Findings);

        _programs.Start("unshare", "--net", "--", copy, "-4", "-u", "-k", "-l", "6969");
        Finding finding = Assert.Single(Await(["SD1043"]).Findings);

        Assert.Contains($"PID {ServerId()}", finding.Subject, StringComparison.Ordinal);
        RemedyCommand look = Assert.Single(finding.Remedies.SelectMany(remedy => remedy.Apply));
        string shown = "";
        for (int tries = 0; tries < 100 && !shown.Contains("6969", StringComparison.Ordinal); tries++)
        {
            Thread.Sleep(50);
            shown = Tool.Run("sh", "-c", look.Text);
        }

        Assert.Contains($"0.0.0.0:6969 ", shown, StringComparison.Ordinal);
        Assert.Contains($"pid={ServerId()},", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("6969", Tool.Run("ss", "-Hlntu"), StringComparison.Ordinal);

        _programs.End();
        Assert.Empty(Await([]).Findings);
        _programs.Start(copy, "-4", "-u", "-k", "-l", "6969");
        Assert.Equal(ServiceStanding.HeldByServer, Await([], isHeld: true).Services[0].Standing);
    }

    private static int ServerId() => HostDiagnostics.ForThisMachine().Capture(new CaptureScope { Tables = SnapshotTables.Processes }).Processes.Single(row => row.Name == Server).ProcessId;

    private static Diagnosis Await(string[] ids, bool isHeld = false) => PlantedPrograms.Await(
        found => PlantedPrograms.Ids(found).SequenceEqual(ids) && (!isHeld || found.Services[0].Standing == ServiceStanding.HeldByServer), Diagnose);

    private static Diagnosis Diagnose() => Diagnoser.Diagnose(new DiagnosticCase
    {
        Host = HostDiagnostics.ForThisMachine().Capture(CaptureScope.All, TestContext.Current.CancellationToken),
        Profile = new ServiceProfile { Name = "lab", Services = [], Server = new ServerIdentity { Names = [Server] } },
        Questions = [new Question { Service = "TFTP", Bind = BindRequest.Parse("udp/0.0.0.0:6969") }],
    });
}
