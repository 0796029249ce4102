using Serva.Diagnostics.Rules;
using Xunit;

namespace Serva.Diagnostics.Tests.Rules;

public class CommandTextTests
{
    [Theory]
    [InlineData("nginx.service", "nginx.service")]
    [InlineData("/opt/my app/x", "'/opt/my app/x'")]
    [InlineData("a&calc", "'a&calc'")]
    [InlineData("$(x)", "'$(x)'")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("a`b\"c", "'a`b\"c'")]
    [InlineData("-rf", null)]
    [InlineData("a\nb", null)]
    [InlineData("a\u001b[2Jb", null)]
    [InlineData("a\u202eb", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Sh_Word_QuotedOrRefused(string? word, string? expected) => Assert.Equal(expected, CommandText.Sh(word));

    [Theory]
    [InlineData("w32time", "w32time")]
    [InlineData("My Service", "\"My Service\"")]
    [InlineData(@"C:\Program Files (x86)\a.exe", "\"C:\\Program Files (x86)\\a.exe\"")]
    [InlineData(@"C:\a b\", null)]
    [InlineData("a&calc", null)]
    [InlineData("%PATH%", null)]
    [InlineData("a^b", null)]
    [InlineData("a\"b", null)]
    [InlineData("MSSQL$X", null)]
    [InlineData("$(x)", null)]
    [InlineData("/delete", null)]
    [InlineData("-x", null)]
    [InlineData("ä", null)]
    [InlineData("a\r\nb", null)]
    public void Cmd_Word_OnlyTheShortList(string word, string? expected) => Assert.Equal(expected, CommandText.Cmd(word));

    [Theory]
    [InlineData("MSSQL$X", "'MSSQL$X'")]
    [InlineData(@"C:\Program Files\a.exe", @"'C:\Program Files\a.exe'")]
    [InlineData("it's", null)]
    [InlineData("it\u2019s", null)]
    [InlineData("a;b", null)]
    [InlineData("a|b", null)]
    [InlineData("a&calc", null)]
    [InlineData("a`b", null)]
    [InlineData("a\u0000b", null)]
    public void PowerShell_Word_QuotedOrRefused(string word, string? expected) => Assert.Equal(expected, CommandText.PowerShell(word));

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("a\u001b[31mb", "a\\u001B[31mb")]
    [InlineData("a\r\nb", "a\\u000D\\u000Ab")]
    [InlineData("a\u202eb", "a\\u202Eb")]
    [InlineData("a\u200bb", "a\\u200Bb")]
    [InlineData("a\u2028b", "a\\u2028b")]
    [InlineData("Größe", "Größe")]
    [InlineData(null, "")]
    public void SafeText_Text_ShowsWhatIsHidden(string? text, string expected)
    {
        Assert.Equal(expected, SafeText.Of(text));
        Assert.Equal(expected, SafeText.Of(SafeText.Of(text)));
    }

    [Fact]
    public void SafeText_BrokenSurrogate_Shown() => Assert.Equal("a\\uD800b", SafeText.Of("a" + (char)0xd800 + "b"));
}
