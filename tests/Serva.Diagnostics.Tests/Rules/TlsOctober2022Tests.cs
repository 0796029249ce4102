using System;
using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Rules.PlatformIssues;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Cases;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>The table of the October 2022 updates, at its edges. Source: Microsoft's update pages and public update lists.</summary>
public class TlsOctober2022Tests
{
    [Theory]
    [InlineData(22621, 673, null, Certainty.None)]
    [InlineData(22621, 674, null, Certainty.Certain)]
    [InlineData(22621, 675, null, Certainty.Likely)]
    [InlineData(22621, 754, null, Certainty.Likely)]
    [InlineData(22621, 755, null, Certainty.None)]
    [InlineData(22000, 1097, null, Certainty.None)]
    [InlineData(22000, 1098, null, Certainty.Certain)]
    [InlineData(22000, 1099, null, Certainty.Certain)]
    [InlineData(22000, 1100, null, Certainty.None)]
    [InlineData(19045, 2129, null, Certainty.None)]
    [InlineData(19045, 2130, null, Certainty.Likely)]
    [InlineData(19045, 2193, null, Certainty.Likely)]
    [InlineData(19045, 2194, null, Certainty.None)]
    [InlineData(19044, 2075, null, Certainty.None)]
    [InlineData(19044, 2130, null, Certainty.Certain)]
    [InlineData(19044, 2131, null, Certainty.Certain)]
    [InlineData(19044, 2132, null, Certainty.None)]
    [InlineData(19043, 2130, null, Certainty.Certain)]
    [InlineData(19043, 2132, null, Certainty.None)]
    [InlineData(19042, 2130, null, Certainty.Certain)]
    [InlineData(19042, 2132, null, Certainty.None)]
    [InlineData(17763, 3469, "Client", Certainty.None)]
    [InlineData(17763, 3532, "Client", Certainty.Certain)]
    [InlineData(17763, 3533, "Server", Certainty.Certain)]
    [InlineData(17763, 3534, "Server Core", Certainty.None)]
    [InlineData(14393, 5427, "Client", Certainty.Certain)]
    [InlineData(14393, 5428, "Server", Certainty.Certain)]
    [InlineData(14393, 5429, "Server", Certainty.None)]
    [InlineData(10240, 19506, null, Certainty.None)]
    [InlineData(10240, 19507, null, Certainty.Certain)]
    [InlineData(10240, 19509, null, Certainty.None)]
    [InlineData(20348, 1128, "Server", Certainty.None)]
    [InlineData(20348, 1129, "Server", Certainty.Certain)]
    [InlineData(20348, 1130, "Server", Certainty.Certain)]
    [InlineData(20348, 1131, "Server", Certainty.None)]
    [InlineData(26100, 1, null, Certainty.None)]
    public void Diagnose_Revision_FollowsTheTable(int build, int revision, string? installation, Certainty expected)
    {
        Diagnosis diagnosis = Diagnoser.Diagnose(Host(new Version(10, 0, build), revision, installation));

        Assert.Equal(expected, diagnosis.Findings.Length == 0 ? Certainty.None : Assert.Single(diagnosis.Findings).Certainty);
        Assert.Empty(diagnosis.Skipped);
    }

    [Theory]
    [InlineData("6.1.7601", "KB5018454", true)]
    [InlineData("6.1.7601", "KB5018479", true)]
    [InlineData("6.1.7601", "KB5018454 KB5020448", false)]
    [InlineData("6.1.7601", "KB5018454 KB5020000", false)]
    [InlineData("6.1.7601", "KB5018454 KB5020013", true)]
    [InlineData("6.1.7601", "KB5017361", false)]
    [InlineData("6.2.9200", "KB5018457", true)]
    [InlineData("6.2.9200", "KB5018478 KB5020449", false)]
    [InlineData("6.2.9200", "KB5018457 KB5021285", false)]
    [InlineData("6.3.9600", "KB5018474", true)]
    [InlineData("6.3.9600", "KB5018476 KB5023765", false)]
    [InlineData("6.3.9600", "kb5018476 kb5020447", false)]
    [InlineData("6.0.6003", "KB5018450", false)]
    public void Diagnose_OldRelease_FollowsTheListOfUpdates(string version, string updates, bool affected)
    {
        DiagnosticCase old = Host(Version.Parse(version), null, null);
        var host = old.Host with { Updates = Table.Complete(updates.Split(' ').Select(id => new UpdateRow { Id = id }), "test") };

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host });

        Assert.Equal(affected ? ["SD4001"] : [], TestCases.Ids(diagnosis));
        Assert.All(diagnosis.Findings, finding => Assert.Equal(Certainty.Likely, finding.Certainty));
        Assert.All(diagnosis.Findings, finding => Assert.Contains(finding.Remedies, remedy => remedy.Summary.Contains("not verified", StringComparison.Ordinal)));
    }

    [Fact]
    public void Diagnose_UpdatesNotCaptured_SkipsNamingTheTable()
    {
        SkippedRule skipped = Assert.Single(Diagnoser.Diagnose(Host(new Version(6, 1, 7601), null, null)).Skipped);

        Assert.Equal(("SD4001", "table updates was not captured"), (skipped.Id, skipped.Because));
    }

    [Fact]
    public void Diagnose_RevisionNotCaptured_SkipsNamingIt()
    {
        SkippedRule skipped = Assert.Single(Diagnoser.Diagnose(Host(new Version(10, 0, 19044), null, null)).Skipped);

        Assert.Contains("revision", skipped.Because, StringComparison.Ordinal);
    }

    [Fact]
    public void Simulation_EveryRow_EachRemedyHelps()
    {
        foreach (TlsUpdateRow row in TlsUpdateRow.All)
        {
            var version = row.HasRevisions ? new Version(10, 0, row.Build) : row.Build == 7601 ? new Version(6, 1, 7601) : new Version(6, row.Build == 9200 ? 2 : 3, row.Build);
            DiagnosticCase affected = Host(version, row.HasRevisions ? row.OriginRevision : null, row.IsServer == true ? "Server" : "Client");
            HostSnapshot host = affected.Host with { Updates = Table.Complete([new UpdateRow { Id = row.Origins[0] }], "test") };
            Finding finding = Assert.Single(Diagnoser.Diagnose(new DiagnosticCase { Host = host }).Findings);
            Assert.Equal(row.Release, finding.Subject);
            Assert.Equal(2, finding.Remedies.Length);
            foreach (Remedy remedy in finding.Remedies)
                Assert.Empty(Diagnoser.Diagnose(new DiagnosticCase { Host = host.With(remedy.Change!) }).Findings);
        }
    }

    private static DiagnosticCase Host(Version version, int? revision, string? installation) => new()
    {
        Host = new HostSnapshot
        {
            CapturedAt = DateTimeOffset.UnixEpoch,
            Platform = new HostPlatform { Family = PlatformFamily.Windows, Version = version, Revision = revision, InstallationType = installation },
        },
    };
}
