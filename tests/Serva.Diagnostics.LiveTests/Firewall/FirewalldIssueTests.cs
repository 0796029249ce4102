using System.Runtime.Versioning;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>The real firewalld.</summary>
[Trait("Proves", "SD3002")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class FirewalldIssueTests(ITestOutputHelper output) : FirewallIssueTest(output)
{
    /// <summary>The zone that is there without a word, one that rejects too, one that drops.</summary>
    [Fact]
    public void Doctor_FirewalldKeepsTftpOut_FoundHelpedAndPutBack()
    {
        Assert.All((string[])["firewalld", "firewall-cmd", "dbus-daemon"], tool => Assert.SkipUnless(Tool.Exists(tool), $"Needs {tool}."));
        if (!PrivateNamespace.Enter(typeof(FirewalldIssueTests)))
            return;
        using var network = new ClientNetwork();
        using OwnFiles files = OwnFiles.OfFirewalld();
        foreach (string zone in (string[])["true", "firewall-cmd --zone=internal --change-interface=fw0", "firewall-cmd --zone=drop --change-interface=fw0"])
        {
            files.Run(zone);
            CheckRemedy(network, "SD3002", command => files.Run(command));
        }
    }
}
