using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class CaseRoundTripTests
{
    [Fact]
    public void ToJson_AnyCase_ReadsBackEqual()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            DiagnosticCase written = new AnyValue(seed).Case();

            string json = written.ToJson();
            DiagnosticCase read = DiagnosticCase.FromJson(json);

            Assert.True(written.Host == read.Host, $"seed {seed}: the host changed");
            Assert.True(written.Questions.SequenceEqual(read.Questions), $"seed {seed}: the questions changed");
            Assert.Equal(json, read.ToJson());
        }
    }

    [Fact]
    public void WriteJson_ManyRows_SameTextAsToJsonAndStreamStaysOpen()
    {
        var row = new UpdateRow { Id = new string('K', 100) };
        var written = new DiagnosticCase
        {
            Host = new HostSnapshot
            {
                CapturedAt = default,
                Platform = new HostPlatform { Family = PlatformFamily.Windows, Version = new(10, 0, 19044) },
                Updates = Table.Complete(Enumerable.Repeat(row, 5000), "test"),
            },
        };
        using var stream = new MemoryStream();

        written.WriteJson(stream);

        Assert.True(stream.CanWrite);
        Assert.Equal(written.ToJson(), Encoding.UTF8.GetString(stream.ToArray()));
        stream.Position = 0;
        Assert.Equal(5000, DiagnosticCase.FromJson(stream).Host.Updates.Count);
    }

    [Fact]
    public void ToJson_Rows_StandOnALineEach()
    {
        string json = DiagnosticCaseJsonTests.WithTable("\"updates\":{\"coverage\":\"complete\",\"rows\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");

        Assert.EndsWith(
            """
                "updates": {
                  "coverage": "complete",
                  "rows": [
                    {"id":"a"},
                    {"id":"b"}
                  ]
                }
              },
              "questions": []
            }
            """.ReplaceLineEndings("\n"),
            DiagnosticCase.FromJson(json).ToJson(),
            System.StringComparison.Ordinal);
    }

    [Fact]
    public void ToJson_CaseOfAnotherVersion_WritesTheCurrentOne()
    {
        var written = new DiagnosticCase { FormatVersion = 99, Host = DiagnosticCase.FromJson(DiagnosticCaseJsonTests.Smallest).Host };

        Assert.Equal(DiagnosticCase.CurrentFormatVersion, DiagnosticCase.FromJson(written.ToJson()).FormatVersion);
    }

    [Fact]
    public void ToJson_AddressThatIsNone_ReadsBackNone()
    {
        var written = new Question { Bind = new BindRequest { Protocol = TransportProtocol.Udp, Endpoint = NetEndpoint.None } };
        DiagnosticCase smallest = DiagnosticCase.FromJson(DiagnosticCaseJsonTests.Smallest);

        DiagnosticCase read = DiagnosticCase.FromJson(new DiagnosticCase { Host = smallest.Host, Questions = [written] }.ToJson());

        Assert.Equal(written, read.Questions[0]);
    }
}
