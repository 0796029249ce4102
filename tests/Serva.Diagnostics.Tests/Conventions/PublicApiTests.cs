using System.Diagnostics.CodeAnalysis;
using System.Runtime.Versioning;
using System.Text;
using Xunit;

namespace Serva.Diagnostics.Tests.Conventions;

public sealed class PublicApiTests
{
    [Fact]
    public void PublicApi_OfTheLibrary_IsAsApproved() =>
        ApprovedText.Check("PublicApi.txt", PublicSurface.Print(typeof(DiagnosticCase).Assembly));

    [Fact]
    public void Namespaces_OfTheLibrary_AreTheFourPublicOnes()
    {
        string[] allowed = ["Serva.Diagnostics", "Serva.Diagnostics.Addressing", "Serva.Diagnostics.Rules", "Serva.Diagnostics.Snapshots"];

        Assert.All(typeof(DiagnosticCase).Assembly.GetExportedTypes(), type => Assert.Contains(type.Namespace, allowed));
    }

    [Fact]
    public void Print_Synthetic_ShowsWhatBreaksUsers()
    {
        var text = new StringBuilder();

        PublicSurface.Print(typeof(Sample), text);

        Assert.Equal(
            """

              [SupportedOSPlatform("windows")] sealed record class PublicApiTests.Sample
                constructor ()
                field const int Limit = 5
                method static bool TryRead([NotNullWhen(true)] string? text, out int number, int start = 3, string? name = null)
                property int? Count { get; }
                property required string Name { get; init; }

            """.ReplaceLineEndings("\n"),
            text.ToString());
    }

    [SupportedOSPlatform("windows")]
    internal sealed record Sample
    {
        public const int Limit = 5;

        public required string Name { get; init; }

        public int? Count { get; }

        public static bool TryRead([NotNullWhen(true)] string? text, out int number, int start = 3, string? name = null)
        {
            number = start;
            return text is not null && name is not null;
        }
    }
}
