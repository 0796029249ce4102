using System;

namespace Serva.Diagnostics.Probing;

/// <summary>Really makes a bind, and lets it go again.</summary>
internal static class BindProbe
{
    public static BindProbeResult Try(BindRequest request, ProbePolicy policy, TimeProvider time) =>
        throw new NotImplementedException();
}
