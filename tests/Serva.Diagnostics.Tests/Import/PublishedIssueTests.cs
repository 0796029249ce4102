using System.Linq;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Import;

/// <summary>Issues that stand in texts which people published of their own Windows, found there.</summary>
[Trait("Proves", "SD1005")]
[Trait("Proves", "SD1006")]
public sealed class PublishedIssueTests
{
    [Theory]
    [InlineData("win10-fr-netstat-ano-partial.txt", "tcp/0.0.0.0:80", "SD1005")]
    [InlineData("win10-en-excludedportrange-dockerforwin3171.txt", "tcp/0.0.0.0:50400", "SD1006")]
    [InlineData("win11-en-excludedportrange-clash1688.txt", null, "SD1006")]
    [InlineData("win11-en-excludedportrange-localsend125.txt", "tcp/0.0.0.0:53317", "SD1006")]
    public void Diagnose_PublishedText_TheIssueIsFound(string file, string? service, string id)
    {
        HostSnapshot host = PastedText.Read(PastedText.OfCorpus(file)).Host!;
        service ??= $"tcp/0.0.0.0:{host.PortRanges.First(range => range.Kind == PortRangeKind.Excluded && range.Last > range.First).First}";

        Diagnosis diagnosis = Diagnoser.Diagnose(new DiagnosticCase { Host = host, Questions = [new Question { Service = "test", Bind = BindRequest.Parse(service) }] });

        Assert.Equal([id], diagnosis.Findings.Select(finding => finding.Issue.Id));
    }
}
