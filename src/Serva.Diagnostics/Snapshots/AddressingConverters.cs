using System;
using System.Text.Json;
using System.Text.Json.Serialization;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Writes an address, endpoint or prefix as its text; none is the empty text.</summary>
internal sealed class AddressingConverter<T> : JsonConverter<T>
    where T : struct, ISpanParsable<T>, ISpanFormattable
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("An address is text.");
        try
        {
            string text = reader.GetString()!;
            return text.Length == 0 ? default : T.Parse(text, null);
        }
        catch (FormatException error)
        {
            throw new JsonException(WithoutPlace(error.Message), error);
        }
    }

    // The position within the text would stand beside the line and byte of the file, and be mistaken for them.
    private static string WithoutPlace(string message)
    {
        int place = message.LastIndexOf(" at position ", StringComparison.Ordinal);
        return place < 0 ? message : message[..place];
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[128];
        if (!value.TryFormat(text, out int length, default, null))
            throw new JsonException("An address is at most 128 characters.");
        writer.WriteStringValue(text[..length]);
    }
}

/// <summary>Writes an enumeration in camel case, and refuses numbers.</summary>
internal sealed class EnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
