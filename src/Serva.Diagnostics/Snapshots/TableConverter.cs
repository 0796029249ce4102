using System;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Serva.Diagnostics.Snapshots;

/// <summary>Writes a table as <c>{coverage, source, note, gaps, filter, rows}</c>. A table nobody asked for is left out by its owner.</summary>
internal sealed class TableConverter<T> : JsonConverter<Table<T>>
{
    public override Table<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("A table is an object.");
        Coverage? coverage = null;
        string? source = null;
        string? note = null;
        ImmutableArray<TableGap> gaps = [];
        TableFilter? filter = null;
        ImmutableArray<T>.Builder? rows = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string? member = reader.GetString();
            reader.Read();
            switch (member)
            {
                case "coverage": coverage = JsonSerializer.Deserialize(ref reader, TypeInfo<Coverage>(options)); break;
                case "source": source = reader.GetString(); break;
                case "note": note = reader.GetString(); break;
                case "gaps": gaps = JsonSerializer.Deserialize(ref reader, TypeInfo<ImmutableArray<TableGap>>(options)); break;
                case "filter": filter = JsonSerializer.Deserialize(ref reader, TypeInfo<TableFilter>(options)); break;
                case "rows": rows = ReadRows(ref reader, options); break;
                default: throw new JsonException($"A table has no member '{member}'.");
            }
        }

        if (coverage is null)
            throw new JsonException("A table needs its coverage.");
        return new Table<T>(coverage.Value, rows?.DrainToImmutable() ?? [], source, note, gaps, filter);
    }

    public override void Write(Utf8JsonWriter writer, Table<T> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("coverage");
        JsonSerializer.Serialize(writer, value.Coverage, TypeInfo<Coverage>(options));
        if (value.Source is not null)
            writer.WriteString("source", value.Source);
        if (value.Note is not null)
            writer.WriteString("note", value.Note);
        if (!value.Gaps.IsEmpty)
        {
            writer.WritePropertyName("gaps");
            JsonSerializer.Serialize(writer, value.Gaps, TypeInfo<ImmutableArray<TableGap>>(options));
        }

        if (value.Filter is not null)
        {
            writer.WritePropertyName("filter");
            JsonSerializer.Serialize(writer, value.Filter, TypeInfo<TableFilter>(options));
        }

        JsonTypeInfo<T> rowInfo = TypeInfo<T>(options);
        writer.WriteStartArray("rows");
        foreach (T row in value)
            JsonSerializer.Serialize(writer, row, rowInfo);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static ImmutableArray<T>.Builder ReadRows(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("The rows of a table are an array.");
        JsonTypeInfo<T> rowInfo = TypeInfo<T>(options);
        var rows = ImmutableArray.CreateBuilder<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            rows.Add(JsonSerializer.Deserialize(ref reader, rowInfo)
                ?? throw new JsonException("A row may not be null."));
        }

        return rows;
    }

    private static JsonTypeInfo<TValue> TypeInfo<TValue>(JsonSerializerOptions options) =>
        (JsonTypeInfo<TValue>)options.GetTypeInfo(typeof(TValue));
}
