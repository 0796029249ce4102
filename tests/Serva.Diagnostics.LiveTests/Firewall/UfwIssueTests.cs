using System.Runtime.Versioning;
using Serva.Diagnostics.LiveTests.Capture.Linux;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Firewall;

/// <summary>The real ufw.</summary>
[Trait("Proves", "SD3001")]
[Trait("System", "Linux")]
[Trait("Privilege", "Root")]
[SupportedOSPlatform("linux")]
public sealed class UfwIssueTests(ITestOutputHelper output) : FirewallIssueTest(output)
{
    [Fact]
    public void Doctor_UfwDropsTftp_FoundHelpedAndPutBack()
    {
        Assert.SkipUnless(Tool.Exists("ufw"), "Needs ufw.");
        if (!PrivateNamespace.Enter(typeof(UfwIssueTests)))
            return;
        using var network = new ClientNetwork();
        using OwnFiles files = OwnFiles.OfUfw();
        foreach (string denied in (string[])["true", "ufw deny 69/udp", "ufw deny from 10.9.0.0/24", "ufw deny 69", "ufw deny 69/tcp && ufw deny 69/udp"])
        {
            files.Run("ufw --force reset > /dev/null && ufw allow 22/tcp && ufw --force enable");
            files.Run(denied);
            CheckRemedy(network, "SD3001", command => files.Run(command));
        }
    }
}
