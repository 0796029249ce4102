using System;
using System.Runtime.InteropServices;
using System.Threading;
using Serva.Diagnostics.Capture.Windows;
using Xunit;

namespace Serva.Diagnostics.Tests.Capture.Windows;

public sealed partial class SourceBoundaryTests
{
    [Fact]
    public void Guard_LibraryThatDoesNotExist_IsAReason() =>
        Assert.StartsWith("this Windows has no such library", SourceBoundary.Guard(() => $"{NoLibrary()}"), StringComparison.Ordinal);

    [Fact]
    public void Guard_OwnMistake_IsNotHidden() =>
        Assert.Throws<InvalidOperationException>(() => SourceBoundary.Guard(() => throw new InvalidOperationException()));

    [Fact]
    public void Within_ReadingThatTakesTooLong_IsGivenUp()
    {
        // Not disposed: the thread that was given up on still waits for it.
        var never = new ManualResetEventSlim();

        Assert.Null(SourceBoundary.Within(TimeSpan.FromMilliseconds(20), () => Wait(never), CancellationToken.None));
        never.Set();

        static string Wait(ManualResetEventSlim signal)
        {
            signal.Wait();
            return "late";
        }
    }

    [Fact]
    public void Within_ReadingInTime_IsAnswered() =>
        Assert.Equal("done", SourceBoundary.Within(TimeSpan.FromSeconds(30), () => "done", TestContext.Current.CancellationToken));

    [LibraryImport("serva-no-such-library")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NoLibrary();
}
