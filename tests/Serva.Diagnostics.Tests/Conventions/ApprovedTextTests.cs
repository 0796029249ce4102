using Xunit;

namespace Serva.Diagnostics.Tests.Conventions;

public sealed class ApprovedTextTests
{
    [Fact]
    public void Differences_ChangedLine_ShownBothWays() =>
        Assert.Equal("- b\n- c\n+ x", ApprovedText.Differences("a\nb\nc\nc", "a\nx\nc"));

    [Fact]
    public void Differences_OtherOrder_SaysSo() =>
        Assert.Equal("the same lines in another order", ApprovedText.Differences("a\nb", "b\na"));
}
