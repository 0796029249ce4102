using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Serva.Diagnostics.Snapshots;
using Serva.Diagnostics.Tests.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Conventions;

public sealed class JsonSchemaTests
{
    [Fact]
    public void Case_Schema_IsAsApproved() => ApprovedText.Check("case.schema.json", CaseSchema.Of(CaseFormat.Of<DiagnosticCase>()));

    [Fact]
    public void Profile_Schema_IsAsApproved() => ApprovedText.Check("profile.schema.json", CaseSchema.Of(CaseFormat.Of<ServiceProfile>()));

    [Fact]
    public void Reports_SchemaOfEveryRoot_IsAsApproved()
    {
        List<string> approved = ["case.schema.json", "profile.schema.json"];
        foreach ((Type context, Type root) in ReportRoots())
        {
            var resolver = (IJsonTypeInfoResolver)context.GetProperty("Default", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
            JsonTypeInfo? info = ((JsonSerializerContext)resolver).GetTypeInfo(root);
            Assert.True(info is not null, $"{context.Name} names {root.Name} and does not know it");
            string name = JsonNamingPolicy.CamelCase.ConvertName(root.Name) + ".schema.json";
            approved.Add(name);
            ApprovedText.Check(name, CaseSchema.Of(info));
        }

        Assert.Equal(
            approved.Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(Repository.Tests, "Approved"), "*.schema.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Case_Schema_NamesEveryMemberOfARow()
    {
        JsonNode schema = JsonNode.Parse(CaseSchema.Of(CaseFormat.Of<DiagnosticCase>()))!;
        JsonObject socket = schema["$defs"]!["SocketRow"]!["properties"]!.AsObject();

        string[] expected = 
        [
            .. typeof(SocketRow).GetProperties().Where(property => property.CanWrite).Select(property =>
                property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name)),
        ];
        Assert.Equal(expected.Order(), socket.Select(pair => pair.Key).Order());
        Assert.Contains("formatVersion", schema["required"]!.AsArray().Select(node => node!.GetValue<string>()));
    }

    [Fact]
    public void Case_Schema_EveryReferenceLeadsSomewhere()
    {
        JsonNode schema = JsonNode.Parse(CaseSchema.Of(CaseFormat.Of<DiagnosticCase>()))!;
        string[] references = [.. References(schema)];

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.NotNull(Follow(schema, reference)));
    }

    private static IEnumerable<(Type Context, Type Root)> ReportRoots() =>
        from context in typeof(DiagnosticCase).Assembly.GetTypes()
        where context.IsAssignableTo(typeof(JsonSerializerContext)) && context.Name != "CaseJson"
        from attribute in context.GetCustomAttributesData()
        where attribute.AttributeType == typeof(JsonSerializableAttribute)
        select (context, (Type)attribute.ConstructorArguments[0].Value!);

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonArray array => array.SelectMany(References),
        JsonObject members => members.SelectMany(pair => pair.Key == "$ref" ? [pair.Value!.GetValue<string>()] : References(pair.Value)),
        _ => [],
    };

    private static JsonNode? Follow(JsonNode root, string reference) => reference.Split('/').Skip(1).Aggregate(
        (JsonNode?)root, (node, step) => node is JsonArray array ? array[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)] : node?[step]);
}
