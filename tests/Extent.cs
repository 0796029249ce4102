using System;
using System.Globalization;

namespace Serva.Diagnostics.Tests;

/// <summary>How much a test does: little on a plain run, more on CI (<c>SERVA_CI=1</c>), most in <c>eng/long-run</c>.</summary>
/// <remarks>A test that asks here carries the trait <c>Long=Yes</c>, by which the long run selects it.</remarks>
internal static class Extent
{
    public static int Of(int plain, int ci, int longRun) => IsSet("SERVA_LONG_RUN") ? longRun : IsSet("SERVA_CI") ? ci : plain;

    /// <summary>The seed of a test: its own one, moved by <c>SERVA_SEED</c> where that is set.</summary>
    public static int Seed(int own) =>
        int.TryParse(Environment.GetEnvironmentVariable("SERVA_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? unchecked((given * 1000) + own) : own;

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) == "1";
}
