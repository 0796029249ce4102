namespace Serva.Diagnostics.Formats.IpHelper;

/// <summary>Where a native table stopped making sense. The rows before it stand.</summary>
/// <param name="Offset">The byte where the bad part begins.</param>
/// <param name="Expected">What should be there.</param>
/// <param name="Found">What is there.</param>
internal readonly record struct NativeFault(int Offset, string Expected, string Found)
{
    public override string ToString() => $"at byte {Offset}: expected {Expected}, found {Found}";
}
