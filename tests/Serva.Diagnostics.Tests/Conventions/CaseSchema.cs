using System;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Linq;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Tests.Conventions;

/// <summary>The JSON schema of a type, also of the parts that converters of our own write.</summary>
internal sealed class CaseSchema
{
    private readonly JsonSerializerOptions _options;
    private readonly JsonObject _definitions = [];

    private CaseSchema(JsonSerializerOptions options) => _options = options;

    public static string Of(JsonTypeInfo type)
    {
        var schema = new CaseSchema(type.Options);
        var document = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = type.Type.Name,
        };
        foreach ((string name, JsonNode? node) in schema.Export(type).AsObject())
            document[name] = node?.DeepClone();
        if (schema._definitions.Count > 0)
            document["$defs"] = new JsonObject(schema._definitions.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new System.Collections.Generic.KeyValuePair<string, JsonNode?>(pair.Key, pair.Value?.DeepClone())));
        return document.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" });
    }

    private JsonNode Export(JsonTypeInfo type) => type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Transform,
    });

    private JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (OwnSchema(context.TypeInfo.Type) is { } own)
            return own;
        // A converter that nobody described here would make a schema that allows everything.
        if (schema is not JsonObject members)
            throw new NotSupportedException($"{context.TypeInfo.Type} has a converter of its own; describe it in CaseSchema.");
        // The exporter asks nobody about elements that have a converter of their own; a list that it refers to is described there.
        if (context.TypeInfo.Kind == JsonTypeInfoKind.Enumerable && !members.ContainsKey("items") && !members.ContainsKey("$ref"))
            members["items"] = OwnSchema(context.TypeInfo.ElementType!) ?? throw new NotSupportedException($"{context.TypeInfo.ElementType} is not described.");
        if (context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false) is [DescriptionAttribute description])
            members["description"] = description.Description;
        return schema;
    }

    /// <summary>The schema of a type that a converter of ours writes; null for others.</summary>
    private JsonObject? OwnSchema(Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(NetAddress) || plain == typeof(NetEndpoint) || plain == typeof(NetPrefix))
            return new JsonObject { ["description"] = plain.Name, ["type"] = plain == type ? "string" : new JsonArray("string", "null") };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Table<>))
            return TableSchema(type.GetGenericArguments()[0]);
        return type == typeof(ProfileService) ? ServiceSchema() : null;
    }

    private JsonObject TableSchema(Type row) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["coverage"] = Define(typeof(Coverage)),
            ["source"] = new JsonObject { ["type"] = new JsonArray("string", "null") },
            ["note"] = new JsonObject { ["type"] = new JsonArray("string", "null") },
            ["gaps"] = Define(typeof(ImmutableArray<TableGap>)),
            ["filter"] = Define(typeof(TableFilter)),
            ["rows"] = new JsonObject { ["type"] = "array", ["items"] = Define(row) },
        },
        ["required"] = new JsonArray("coverage"),
        ["additionalProperties"] = false,
    };

    private JsonObject ServiceSchema() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["name"] = new JsonObject { ["type"] = "string" },
            ["endpoints"] = new JsonObject
            {
                ["type"] = "array",
                ["items"] = new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "string", ["description"] = "BindRequest" }, Define(typeof(BindRequest))) },
            },
            ["dataPorts"] = new JsonObject { ["type"] = "string", ["description"] = "DataPortPool" },
        },
        ["required"] = new JsonArray("name", "endpoints"),
        ["additionalProperties"] = false,
    };

    /// <summary>A reference to a definition, which is made when it is first asked for.</summary>
    private JsonObject Define(Type type)
    {
        string name = type.IsGenericType ? type.GetGenericArguments()[0].Name + "List" : type.Name;
        if (!_definitions.ContainsKey(name))
        {
            _definitions[name] = new JsonObject();
            JsonNode definition = Export(_options.GetTypeInfo(type)).DeepClone();
            Move(definition, $"#/$defs/{name}");
            _definitions[name] = definition;
        }

        return new JsonObject { ["$ref"] = $"#/$defs/{name}" };
    }

    /// <summary>The exporter refers to the root of what it wrote, which now stands deeper.</summary>
    private static void Move(JsonNode? node, string root)
    {
        if (node is JsonArray array)
        {
            foreach (JsonNode? element in array)
                Move(element, root);
        }
        else if (node is JsonObject members)
        {
            foreach ((string name, JsonNode? member) in members.ToArray())
            {
                if (name == "$ref" && member!.GetValue<string>() is { } target && !target.StartsWith("#/$defs/", StringComparison.Ordinal))
                    members[name] = root + target[1..];
                else
                    Move(member, root);
            }
        }
    }
}
