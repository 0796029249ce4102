using System;
using System.IO;
using System.Runtime.CompilerServices;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Capture.Linux;

/// <summary>
/// Runs a test in a network namespace of its own, which nothing else on the machine disturbs: the test runs itself anew as a
/// child process under unshare(1).
/// </summary>
internal static class PrivateNamespace
{
    private const string Marker = "SERVA_PRIVATE_NAMESPACE";

    /// <summary>
    /// True inside of the namespace, where the test goes on. False outside, where the child has done the test and passed.
    /// </summary>
    public static bool Enter(Type type, [CallerMemberName] string method = "")
    {
        if (Environment.GetEnvironmentVariable(Marker) == "1")
            return true;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root for a network namespace of its own.");
        Assert.SkipUnless(Tool.Exists("unshare") && Tool.Exists("ip"), "Needs util-linux and iproute2.");
        (int status, string output) = Tool.Try(
            "unshare", "--net", "--", "env", Marker + "=1", Executable,
            "--filter-method", $"{type.FullName}.{method}", "--no-progress", "--no-ansi", "--output", "Detailed");
        Assert.True(status == 0, output);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.Contains("succeeded: 1", output, StringComparison.Ordinal);
        return false;
    }

    /// <summary>This test program, which runs by itself.</summary>
    public static string Executable => Path.ChangeExtension(typeof(PrivateNamespace).Assembly.Location, null);
}
