using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>How cases and profiles are read and written, beyond what attributes can say.</summary>
internal static class CaseFormat
{
    private static readonly JsonSerializerOptions s_options = new(CaseJson.Default.Options)
    {
        TypeInfoResolver = CaseJson.Default.WithAddedModifier(LeaveOutUntouchedTables).WithAddedModifier(RequireVersionFirst).WithAddedModifier(CaseRanges.Refuse),
    };

    /// <summary>The same bytes on every system.</summary>
    public static JsonWriterOptions Indented => new() { Indented = true, NewLine = "\n", MaxDepth = CaseLimits.DeepestNesting };

    /// <summary>The metadata that a case, a profile or a part of them is read and written with.</summary>
    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)s_options.GetTypeInfo(typeof(T));

    /// <summary>The metadata of a profile whose zones may be names of a host's interfaces.</summary>
    public static JsonTypeInfo<ServiceProfile> ProfileFor(HostSnapshot host)
    {
        var options = new JsonSerializerOptions(s_options);
        options.Converters.Insert(0, new ProfileServiceConverter(host));
        return (JsonTypeInfo<ServiceProfile>)options.GetTypeInfo(typeof(ServiceProfile));
    }

    private static void LeaveOutUntouchedTables(JsonTypeInfo info)
    {
        if (info.Type != typeof(HostSnapshot))
            return;
        foreach (JsonPropertyInfo property in info.Properties)
        {
            if (property.PropertyType.IsAssignableTo(typeof(ITable)))
                property.ShouldSerialize = static (_, table) => table is ITable { IsUntouched: false };
        }
    }

    private static void RequireVersionFirst(JsonTypeInfo info)
    {
        if (info.Type != typeof(DiagnosticCase))
            return;
        foreach (JsonPropertyInfo property in info.Properties)
        {
            if (property.Name == "formatVersion")
                (property.Order, property.IsRequired) = (-1, true);
        }
    }
}
