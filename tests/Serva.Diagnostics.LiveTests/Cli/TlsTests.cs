using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Cli;

/// <summary>TLS handshakes of this machine with itself, sound and with a configuration of OpenSSL that allows none.</summary>
[Trait("Proves", "SD4002")]
[Trait("System", "Linux")]
[Trait("Privilege", "Any")]
public sealed class TlsTests
{
    [Fact]
    public void Doctor_ConfigurationThatAllowsNoCertificate_FindsItAlone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs OpenSSL");
        string configuration = Path.GetTempFileName();
        try
        {
            File.WriteAllText(configuration, "openssl_conf = i\n[i]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nCipherString = DEFAULT:@SECLEVEL=5\n");

            JsonElement broken = ServaDiag.RunWithVariable("OPENSSL_CONF", configuration, "doctor", "--tls", "--json").Json();

            JsonElement finding = Assert.Single(broken.GetProperty("findings").EnumerateArray(), entry => entry.GetProperty("id").GetString() == "SD4002");
            Assert.Equal("error", finding.GetProperty("severity").GetString());
            Assert.Equal(["failed", "failed"], broken.GetProperty("tls").EnumerateArray().Select(entry => entry.GetProperty("outcome").GetString()));

            // The way back of a configuration is the configuration before.
            JsonElement sound = ServaDiag.Run("doctor", "--tls", "--json").Json();
            Assert.DoesNotContain(sound.GetProperty("findings").EnumerateArray(), entry => entry.GetProperty("id").GetString() == "SD4002");
            Assert.All(sound.GetProperty("tls").EnumerateArray(), entry => Assert.Equal("completed", entry.GetProperty("outcome").GetString()));
        }
        finally
        {
            File.Delete(configuration);
        }
    }

    // A server that allows keys of RSA alone is sound.
    [Fact]
    public void Doctor_SuitesOfRsaAlone_Complete()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs OpenSSL");
        string configuration = Path.GetTempFileName();
        try
        {
            File.WriteAllText(configuration, "openssl_conf = i\n[i]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nCipherString = ECDHE-RSA-AES256-GCM-SHA384\n");

            JsonElement found = ServaDiag.RunWithVariable("OPENSSL_CONF", configuration, "doctor", "--tls", "--json").Json();

            Assert.DoesNotContain(found.GetProperty("findings").EnumerateArray(), entry => entry.GetProperty("id").GetString() == "SD4002");
            Assert.Equal("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", found.GetProperty("tls")[0].GetProperty("cipher").GetString());
        }
        finally
        {
            File.Delete(configuration);
        }
    }

    [Fact]
    public void Doctor_SavedCase_KeepsTheHandshakes()
    {
        string saved = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            CommandResult live = ServaDiag.Run("doctor", "--tls", "--save", saved);
            CommandResult later = ServaDiag.Run("explain", saved);

            Assert.Contains("TLS 1.2 of this host with itself: ", live.Output, StringComparison.Ordinal);
            Assert.Equal(live.Output, later.Output);
        }
        finally
        {
            File.Delete(saved);
        }
    }

    [Theory]
    [InlineData("--no-probe", "--no-probe")]
    [InlineData("--case=x.json", "cannot read 'x.json'")]
    public void Doctor_NothingMayBeTried_IsRefused(string option, string mentions) => ServaDiag.Run("doctor", "--tls", option).AssertRefused(mentions);
}
