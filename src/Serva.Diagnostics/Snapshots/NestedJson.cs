using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Reads a value inside a converter such that an error keeps its place.</summary>
internal static class NestedJson
{
    /// <exception cref="JsonException">The value is null or not of its type.</exception>
    public static T Read<T>(ref Utf8JsonReader reader, JsonSerializerOptions options) =>
        Read(ref reader, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));

    /// <exception cref="JsonException">The value is null or not of its type.</exception>
    public static T Read<T>(ref Utf8JsonReader reader, JsonTypeInfo<T> info)
    {
        long start = reader.TokenStartIndex;
        try
        {
            return JsonSerializer.Deserialize(ref reader, info) ?? throw new JsonException("null is no value here.", null, 0, "null".Length);
        }
        catch (JsonException error)
        {
            throw new NestedJsonException(start, error);
        }
    }
}

/// <summary>An error in a value that a converter handed on: its place counts from the value's start, not from the file's.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Internal: made in one place, always with a cause.")]
internal sealed class NestedJsonException : JsonException
{
    public NestedJsonException(long start, JsonException error)
        : base(error.Message, error)
    {
        var inner = error as NestedJsonException;
        Start = start + (inner?.Start ?? 0);
        LineWithin = inner?.LineWithin ?? error.LineNumber ?? 0;
        BytePositionWithin = inner?.BytePositionWithin ?? error.BytePositionInLine ?? 0;
    }

    /// <summary>The value's first byte, from the start of the text that the outermost reader reads.</summary>
    public long Start { get; }

    /// <summary>The line of the error, 0 for the value's first one.</summary>
    public long LineWithin { get; }

    /// <summary>The byte within that line, 0 for its first one.</summary>
    public long BytePositionWithin { get; }
}
