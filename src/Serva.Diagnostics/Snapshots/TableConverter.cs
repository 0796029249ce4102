using System;
using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Serva.Diagnostics.Snapshots;

/// <summary>
/// Writes a table as <c>{coverage, source, note, gaps, filter, rows}</c>, all but coverage where there is something to
/// say. A table nobody asked for is left out by its owner.
/// </summary>
internal sealed class TableConverter<T> : JsonConverter<Table<T>>
{
    // Large tables go to the stream in pieces of about this size instead of being kept whole.
    private const int FlushedBytes = 64 * 1024;

    public override Table<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("A table is an object.");
        Members seen = 0;
        Coverage coverage = default;
        string? source = null;
        string? note = null;
        ImmutableArray<TableGap> gaps = [];
        TableFilter? filter = null;
        ImmutableArray<T> rows = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Members member = MemberAt(ref reader);
            if ((seen & member) != 0)
                throw new JsonException($"The table has '{reader.GetString()}' twice.");
            seen |= member;
            reader.Read();
            switch (member)
            {
                case Members.Coverage: coverage = NestedJson.Read<Coverage>(ref reader, options); break;
                case Members.Source: source = ReadText(ref reader); break;
                case Members.Note: note = ReadText(ref reader); break;
                case Members.Gaps: gaps = NestedJson.Read<ImmutableArray<TableGap>>(ref reader, options); break;
                case Members.Filter: filter = ReadFilter(ref reader, options); break;
                case Members.Rows: rows = ReadRows(ref reader, options); break;
            }
        }

        if ((seen & Members.Coverage) == 0)
            throw new JsonException("A table needs its coverage.");
        if (!rows.IsEmpty && coverage is Coverage.NotRequested or Coverage.Unavailable)
            throw new JsonException("A table that was not read has no rows.");
        if ((seen & Members.Rows) == 0 && coverage is Coverage.Complete or Coverage.Partial)
            throw new JsonException("A table that was read needs its rows.");
        return new Table<T>(coverage, rows, source, note, gaps, filter);
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

        if (value.IsKnown)
            WriteRows(writer, value, options);
        writer.WriteEndObject();
    }

    /// <summary>One row per line: indented, a million sockets would take more bytes than a case may have.</summary>
    private static void WriteRows(Utf8JsonWriter writer, Table<T> value, JsonSerializerOptions options)
    {
        JsonTypeInfo<T> rowInfo = TypeInfo<T>(options);
        writer.WriteStartArray("rows");
        var line = new ArrayBufferWriter<byte>();
        using var rowWriter = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = writer.Options.Encoder, SkipValidation = true });
        foreach (T row in value)
        {
            line.ResetWrittenCount();
            if (writer.Options.Indented)
                StartLine(line, writer.CurrentDepth * writer.Options.IndentSize);
            rowWriter.Reset();
            JsonSerializer.Serialize(rowWriter, row, rowInfo);
            rowWriter.Flush();
            writer.WriteRawValue(line.WrittenSpan, skipInputValidation: true);
            if (writer.BytesPending > FlushedBytes)
                writer.Flush();
        }

        writer.WriteEndArray();
    }

    // A raw value is written as it is, also where the writer indents.
    private static void StartLine(ArrayBufferWriter<byte> line, int indent)
    {
        line.Write("\n"u8);
        line.GetSpan(indent)[..indent].Fill((byte)' ');
        line.Advance(indent);
    }

    private static Members MemberAt(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("coverage"u8))
            return Members.Coverage;
        if (reader.ValueTextEquals("source"u8))
            return Members.Source;
        if (reader.ValueTextEquals("note"u8))
            return Members.Note;
        if (reader.ValueTextEquals("gaps"u8))
            return Members.Gaps;
        if (reader.ValueTextEquals("filter"u8))
            return Members.Filter;
        if (reader.ValueTextEquals("rows"u8))
            return Members.Rows;
        throw new JsonException($"A table has no member '{reader.GetString()}'.");
    }

    private static string? ReadText(ref Utf8JsonReader reader) => reader.TokenType is JsonTokenType.String or JsonTokenType.Null
        ? reader.GetString()
        : throw new JsonException("Source and note of a table are text.");

    private static TableFilter? ReadFilter(ref Utf8JsonReader reader, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : NestedJson.Read<TableFilter>(ref reader, options);

    private static ImmutableArray<T> ReadRows(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("The rows of a table are an array.");
        JsonTypeInfo<T> rowInfo = TypeInfo<T>(options);
        // Counted first: a builder that grows holds a million rows two or three times over.
        var rows = ImmutableArray.CreateBuilder<T>(CountElements(reader));
        var owners = new OwnerPool();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            T row = NestedJson.Read(ref reader, rowInfo);
            rows.Add(row is SocketRow socket ? (T)(object)owners.Share(socket) : row);
        }

        return rows.DrainToImmutable();
    }

    private static int CountElements(Utf8JsonReader reader)
    {
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            count++;
            reader.Skip();
        }

        return count;
    }

    private static JsonTypeInfo<TValue> TypeInfo<TValue>(JsonSerializerOptions options) =>
        (JsonTypeInfo<TValue>)options.GetTypeInfo(typeof(TValue));

    [Flags]
    private enum Members
    {
        Coverage = 1,
        Source = 2,
        Note = 4,
        Gaps = 8,
        Filter = 16,
        Rows = 32,
    }
}
