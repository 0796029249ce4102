using System;
using System.Linq;
using Xunit;

namespace Serva.Diagnostics.Tests.Conventions;

public sealed class LayeringTests
{
    private static readonly Lazy<AssemblyUses> s_library = new(() => AssemblyUses.Read(typeof(DiagnosticCase).Assembly.Location));

    internal static AssemblyUses Library => s_library.Value;

    [Fact]
    public void Library_EveryUse_FollowsAnArrow() =>
        Assert.Empty(LayerLaw.Violations(Library.Uses).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Library_EveryType_StandsInOneRoom() => Assert.Empty(Library.InSeveralRooms);

    [Fact]
    public void Library_TypesWithoutSourceFile_AreTheCompilersOwn()
    {
        // What compilers and generators make without a part in our files: it belongs to no room.
        string[] known =
        [
            "<", "Microsoft.CodeAnalysis.", "System.Runtime.CompilerServices.", "System.Text.RegularExpressions.Generated.",
            "Microsoft.Extensions.Logging.Generated.",
        ];

        Assert.DoesNotContain(Library.WithoutDocument, type => !known.Any(prefix => type.StartsWith(prefix, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("a signature", "Serva.Diagnostics.DiagnosticCase.get_Host", "Serva.Diagnostics.Snapshots.HostSnapshot")]
    [InlineData("a field", "Serva.Diagnostics.BindPredictor._facts", "Serva.Diagnostics.Binding.BindFacts")]
    [InlineData("a method body", "Serva.Diagnostics.BindRequestText.TryParseEndpoint", "Serva.Diagnostics.Addressing.NetEndpoint")]
    [InlineData("a generic argument", "Serva.Diagnostics.SocketTable.Read", "Serva.Diagnostics.SocketRow")]
    [InlineData("a nested type", "Serva.Diagnostics.HostDiagnostics.ThisMachine.Capture", "Serva.Diagnostics.Capture.HostCapture")]
    public void Library_UseInAnyPlace_IsSeen(string place, string from, string to) =>
        Assert.True(Library.Uses.Any(use => use.From == from && use.ToType == to), $"{place}: {from} -> {to} was not seen");

    [Fact]
    public void Violations_SyntheticUseAgainstAnArrow_OneReadableLine()
    {
        var upward = new Use("Serva.Diagnostics.Addressing.NetAddress.Parse", "Addressing/NetAddress.cs", "Serva.Diagnostics.Snapshots.SocketIndex", null, "Snapshots/SocketIndex.cs");
        var downward = new Use("Serva.Diagnostics.Snapshots.SocketIndex.Find", "Snapshots/SocketIndex.cs", "Serva.Diagnostics.Addressing.NetAddress", null, "Addressing/NetAddress.cs");
        var facade = upward with { ToDocument = "HostDiagnostics.cs" };

        Assert.Equal(
            [
                "Addressing may not use Snapshots: Serva.Diagnostics.Addressing.NetAddress.Parse (Addressing/NetAddress.cs) uses Serva.Diagnostics.Snapshots.SocketIndex (Snapshots/SocketIndex.cs)",
                "Addressing may not use root: Serva.Diagnostics.Addressing.NetAddress.Parse (Addressing/NetAddress.cs) uses Serva.Diagnostics.Snapshots.SocketIndex (HostDiagnostics.cs)",
            ],
            LayerLaw.Violations([upward, downward, facade]));
    }

    [Theory]
    [InlineData("Capture", "Binding")]
    [InlineData("Capture", "Questions")]
    [InlineData("Binding", "Firewall")]
    [InlineData("Formats", "Capture")]
    [InlineData("Rules", "Reports")]
    [InlineData("Common", "Addressing")]
    public void Allows_ArrowThatIsNotThere_False(string from, string to) => Assert.False(LayerLaw.Allows(from, to));
}
