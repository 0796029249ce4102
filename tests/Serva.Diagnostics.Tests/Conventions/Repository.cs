using System;
using System.IO;
using System.Runtime.CompilerServices;
using Xunit;

namespace Serva.Diagnostics.Tests.Conventions;

/// <summary>Where the repository's files stand, when the tests run inside it.</summary>
internal static class Repository
{
    /// <summary>The repository's root folder; skips the test that asks where there is none.</summary>
    public static string Root
    {
        get
        {
            string? root = FindAbove(Path.GetDirectoryName(ThisFile())) ?? FindAbove(AppContext.BaseDirectory);
            Assert.SkipWhen(root is null, "the tests do not run inside the repository");
            return root!;
        }
    }

    /// <summary>The folder of this test project.</summary>
    public static string Tests => Path.Combine(Root, "tests", "Serva.Diagnostics.Tests");

    private static string? FindAbove(string? folder)
    {
        while (folder is not null && !File.Exists(Path.Combine(folder, "Serva.Diagnostics.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder;
    }

    // A deterministic build writes another root here; then the folder of the program is searched from.
    private static string ThisFile([CallerFilePath] string path = "") => path;
}
