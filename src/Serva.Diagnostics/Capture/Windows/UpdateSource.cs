using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Runtime.Versioning;
using System.Threading;
using Microsoft.Win32;
using Serva.Diagnostics.Formats.WindowsSystem;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Capture.Windows;

/// <summary>
/// Reads the installed updates from the registry of component-based servicing, and from the older HotFix key. Needs no
/// privilege. A cumulative update is stored without its KB number; then the table is partial and the build revision
/// (<see cref="HostPlatform.Revision"/>) is what orders updates.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class UpdateSource
{
    private const string Packages = @"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages";
    private const string HotFixes = @"SOFTWARE\Microsoft\Windows NT\CurrentVersion\HotFix";
    private const string Source = @"HKLM\" + Packages;
    private const int MostPackages = 200_000;

    public static Table<UpdateRow> Read(RegistryValues registry, TimeProvider time, TimeSpan limit, CancellationToken cancellationToken)
    {
        var installed = new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal);
        var gaps = ImmutableArray.CreateBuilder<TableGap>();
        using (RegistryKey? hotFixes = registry.Open(HotFixes, out _))
        {
            string? refusal = null;
            foreach (string name in hotFixes is null ? [] : RegistryValues.KeyNames(hotFixes, out refusal))
            {
                if (name.StartsWith("KB", StringComparison.OrdinalIgnoreCase))
                    installed.TryAdd(name.ToUpperInvariant(), null);
            }

            if (refusal is not null)
                gaps.Add(new TableGap { Part = "hotfixes", Reason = refusal });
        }

        using (RegistryKey? packages = registry.Open(Packages, out string? reason))
        {
            if (packages is null && installed.Count == 0)
                return Table<UpdateRow>.Unavailable(Source, reason!);
            if (packages is null)
                gaps.Add(new TableGap { Part = "packages", Reason = reason! });
            else if (ReadPackages(packages, installed, gaps, time, limit, cancellationToken) is { } stopped)
                gaps.Add(new TableGap { Part = "packages", Reason = stopped });
        }

        ImmutableArray<UpdateRow> rows =
        [
            .. installed.OrderBy(update => update.Key, StringComparer.Ordinal)
                .Select(update => new UpdateRow { Id = update.Key, InstalledAt = update.Value }),
        ];
        return gaps.Count == 0
            ? Table<UpdateRow>.Complete(rows, Source)
            : Table<UpdateRow>.Partial(rows, Source, gaps.DrainToImmutable());
    }

    private static string? ReadPackages(
        RegistryKey packages,
        Dictionary<string, DateTimeOffset?> installed,
        ImmutableArray<TableGap>.Builder gaps,
        TimeProvider time,
        TimeSpan limit,
        CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        bool hasRollup = false;
        int read = 0;
        int refused = 0;
        string[] names = RegistryValues.KeyNames(packages, out string? refusal);
        foreach (string name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++read > MostPackages)
                return $"stopped after {MostPackages} packages";
            if (time.GetElapsedTime(start) > limit)
                return string.Create(CultureInfo.InvariantCulture, $"timed out after {limit.TotalSeconds} s");
            bool isRollup = ServicingPackage.IsRollup(name);
            string? update = isRollup ? null : ServicingPackage.UpdateOf(name);
            if (update is null && (!isRollup || hasRollup))
                continue;
            using RegistryKey? package = RegistryValues.Open(packages, name, out string? packageRefusal);
            refused += packageRefusal is null ? 0 : 1;
            refusal ??= packageRefusal;
            if (package is null || RegistryValues.Number(package, "CurrentState") != ServicingPackage.Installed)
                continue;
            if (isRollup)
                hasRollup = true;
            else
                Add(installed, update!, InstalledAt(package));
        }

        if (hasRollup)
        {
            gaps.Add(new TableGap
            {
                Part = "cumulative updates",
                Reason = "Windows stores them as RollupFix, without their KB numbers; the build revision says which is installed.",
            });
        }

        return refused > 0 ? string.Create(CultureInfo.InvariantCulture, $"{refused} of {read} are refused: {refusal}") : refusal;
    }

    // One update is many packages; the first of them to be installed tells when.
    private static void Add(Dictionary<string, DateTimeOffset?> installed, string update, DateTimeOffset? at)
    {
        if (!installed.TryGetValue(update, out DateTimeOffset? known) || known is null || at < known)
            installed[update] = at ?? known;
    }

    private static DateTimeOffset? InstalledAt(RegistryKey package) =>
        RegistryValues.Number(package, "InstallTimeHigh") is { } high && RegistryValues.Number(package, "InstallTimeLow") is { } low
            ? FileTime.Decode(high, low)
            : null;
}
