using System;
using System.Collections.Immutable;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

public sealed partial class ServiceProfile
{
    /// <summary>The profile as indented JSON, the form that <see cref="FromJson(Stream, CaseLimits?)"/> reads.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, CaseFormat.Indented))
            JsonSerializer.Serialize(writer, this, CaseFormat.Of<ServiceProfile>());
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>
    /// Reads a profile, for example
    /// <c>{"name":"lab","server":{"names":["labd"]},"services":[{"name":"TFTP","endpoints":["udp/0.0.0.0:69"],"dataPorts":"udp/50000-50099"}]}</c>.
    /// </summary>
    /// <param name="stream">The JSON, UTF-8, read to its end; stays open. Endpoints are what <see cref="BindRequest.Parse"/> reads.</param>
    /// <param name="limits">How much is accepted; null for <see cref="CaseLimits.Default"/>.</param>
    /// <exception cref="CaseFormatException">The text is no profile, or too large.</exception>
    public static ServiceProfile FromJson(Stream stream, CaseLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return CaseReading.ReadProfile(stream, limits ?? CaseLimits.Default, host: null);
    }

    /// <summary>Reads a profile in which zones may be names of a host's interfaces: <c>tcp/[fe80::1%eth0]:80</c>.</summary>
    /// <param name="stream">The JSON, UTF-8, read to its end; stays open.</param>
    /// <param name="host">The host whose interfaces turn the names into numbers.</param>
    /// <param name="limits">How much is accepted; null for <see cref="CaseLimits.Default"/>.</param>
    /// <exception cref="CaseFormatException">The text is no profile, or too large.</exception>
    public static ServiceProfile FromJson(Stream stream, HostSnapshot host, CaseLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(host);
        return CaseReading.ReadProfile(stream, limits ?? CaseLimits.Default, host);
    }
}

/// <summary>
/// Writes a service as <c>{"name", "endpoints", "dataPorts"}</c>. An endpoint is the text form of its bind; a bind that the text
/// form cannot say (with an asker, or TCP that does not listen) is an object. Data ports are text too, and left out without any.
/// </summary>
internal sealed class ProfileServiceConverter(HostSnapshot? host) : JsonConverter<ProfileService>
{
    /// <summary>A converter that knows no interfaces, as the attributes make it.</summary>
    public ProfileServiceConverter()
        : this(host: null)
    {
    }

    public override ProfileService Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("A service is an object.");
        string? name = null;
        ImmutableArray<BindRequest>? binds = null;
        DataPortPool? dataPorts = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8) && name is null)
            {
                reader.Read();
                name = reader.TokenType == JsonTokenType.String ? reader.GetString() : throw new JsonException("A service's name is text.");
            }
            else if (reader.ValueTextEquals("endpoints"u8) && binds is null)
            {
                reader.Read();
                binds = ReadEndpoints(ref reader, options);
            }
            else if (reader.ValueTextEquals("dataPorts"u8) && dataPorts is null)
            {
                reader.Read();
                dataPorts = ReadDataPorts(ref reader);
            }
            else
            {
                throw new JsonException($"A service has name, endpoints and dataPorts, once each, not '{reader.GetString()}'.");
            }
        }

        return new ProfileService
        {
            Name = name ?? throw new JsonException("A service needs its name."),
            Binds = binds ?? throw new JsonException("A service needs its endpoints."),
            DataPorts = dataPorts,
        };
    }

    public override void Write(Utf8JsonWriter writer, ProfileService value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("name", value.Name);
        writer.WriteStartArray("endpoints");
        foreach (BindRequest bind in value.Binds.IsDefault ? [] : value.Binds)
        {
            string text = bind.ToString();
            if (BindRequest.TryParse(text, out BindRequest? same, out _, out _) && same == bind)
                writer.WriteStringValue(text);
            else
                JsonSerializer.Serialize(writer, bind, (JsonTypeInfo<BindRequest>)options.GetTypeInfo(typeof(BindRequest)));
        }

        writer.WriteEndArray();
        if (value.DataPorts is { } dataPorts)
            writer.WriteString("dataPorts", dataPorts.ToString());
        writer.WriteEndObject();
    }

    private static DataPortPool ReadDataPorts(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("The data ports of a service are text, for example udp/50000-50099.");
        return DataPortPool.TryParse(reader.GetString(), out DataPortPool? pool, out string? error) ? pool : throw new JsonException(error);
    }

    private ImmutableArray<BindRequest> ReadEndpoints(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("The endpoints of a service are an array.");
        var binds = ImmutableArray.CreateBuilder<BindRequest>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
                binds.Add(NestedJson.Read<BindRequest>(ref reader, options));
            else if (reader.TokenType != JsonTokenType.String)
                throw new JsonException("An endpoint is text, for example udp/0.0.0.0:69.");
            else if (BindRequestText.TryParse(reader.GetString(), host, out BindRequest? bind, out string? error, out _))
                binds.Add(bind);
            else
                throw new JsonException(error);
        }

        return binds.DrainToImmutable();
    }
}
