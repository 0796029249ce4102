using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Conventions;

public sealed class DataTypeTests
{
    private static readonly Type[] s_public = typeof(DiagnosticCase).Assembly.GetExportedTypes();

    [Fact]
    public void Enums_OutcomesAndStandings_StartAtUndetermined()
    {
        Type[] outcomes = [.. s_public.Where(type => type.IsEnum && (type.Name.EndsWith("Outcome", StringComparison.Ordinal) || type.Name.EndsWith("Standing", StringComparison.Ordinal)))];

        Assert.Contains(typeof(BindOutcome), outcomes);
        Assert.Contains(typeof(ServiceStanding), outcomes);
        Assert.Empty(outcomes.Where(type => Enum.GetName(type, 0) != "Undetermined").Select(type => type.Name));
        Assert.Equal("None", Enum.GetName(typeof(Certainty), 0));
        Assert.Equal("NotRequested", Enum.GetName(typeof(Coverage), 0));
    }

    [Fact]
    public void Records_WithCollections_CompareThemByHand()
    {
        Type[] records = [.. typeof(DiagnosticCase).Assembly.GetTypes().Where(IsRecord)];

        Assert.Contains(typeof(SocketRow), records);
        Assert.Contains(typeof(RouteRow), records);
        Assert.Empty(records.Where(type => HasCollection(type) && !ComparesByHand(type)).Select(type => type.FullName));
    }

    [Fact]
    public void Records_CheckOnSynthetics_CanFail()
    {
        Assert.True(IsRecord(typeof(Careless)) && HasCollection(typeof(Careless)) && !ComparesByHand(typeof(Careless)));
        Assert.True(ComparesByHand(typeof(Careful)));
        Assert.NotEmpty(Mutable(typeof(Careless)));
    }

    [Fact]
    public void Rows_EveryPart_IsImmutable()
    {
        HashSet<Type> seen = [];
        foreach (Type root in s_public.Where(type => type.Name.EndsWith("Row", StringComparison.Ordinal)).Append(typeof(HostSnapshot)).Append(typeof(DiagnosticCase)))
            Collect(root, seen);

        Assert.Contains(typeof(NextHopRow), seen);
        Assert.Contains(typeof(BindProbeResult), seen);
        Assert.Empty(seen.SelectMany(Mutable).Order());
    }

    private static void Collect(Type type, HashSet<Type> seen)
    {
        foreach (Type argument in type.GetGenericArguments())
            Collect(argument, seen);
        if (type.Assembly != typeof(DiagnosticCase).Assembly || type.IsEnum || !seen.Add(type))
            return;
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            Collect(property.PropertyType, seen);
    }

    private static IEnumerable<string> Mutable(Type type)
    {
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is { } setter && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))
                yield return $"{type.Name}.{property.Name} can be set";
            Type value = property.PropertyType;
            if (value.IsArray || (value.IsGenericType && value.GetGenericTypeDefinition() is var generic
                && (generic == typeof(List<>) || generic == typeof(Dictionary<,>) || generic == typeof(IList<>) || generic == typeof(ICollection<>) || generic == typeof(HashSet<>))))
                yield return $"{type.Name}.{property.Name} is a {value.Name}, which can be changed";
        }

        foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
        {
            if (!field.IsInitOnly && !field.IsDefined(typeof(CompilerGeneratedAttribute)))
                yield return $"{type.Name}.{field.Name} is not readonly";
        }
    }

    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is { } print
        && print.IsDefined(typeof(CompilerGeneratedAttribute));

    private static bool HasCollection(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Any(property => property.PropertyType != typeof(string)
            && property.PropertyType.IsAssignableTo(typeof(IEnumerable))
            && !ComparesByHand(property.PropertyType, property.PropertyType));

    // ImmutableArray compares references; Table<T> compares rows.
    private static bool ComparesByHand(Type type) => ComparesByHand(type, type);

    private static bool ComparesByHand(Type type, Type other) =>
        type.Assembly != typeof(object).Assembly
        && type.Namespace != "System.Collections.Immutable"
        && type.GetMethod("Equals", BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly, [other]) is { } equals
        && !equals.IsDefined(typeof(CompilerGeneratedAttribute));

    private sealed record Careless
    {
        public List<int> Numbers { get; set; } = [];
    }

    private sealed record Careful
    {
        public List<int> Numbers { get; } = [];

        public bool Equals(Careful? other) => other is not null && Numbers.SequenceEqual(other.Numbers);

        public override int GetHashCode() => Numbers.Count;
    }
}
