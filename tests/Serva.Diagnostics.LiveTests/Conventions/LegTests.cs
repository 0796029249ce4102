using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Xunit;

namespace Serva.Diagnostics.LiveTests.Conventions;

/// <summary>Each leg of the gate selects tests by trait; a test that no leg selects would never run.</summary>
[Trait("System", "Any")]
[Trait("Privilege", "Any")]
public sealed class LegTests
{
    [Fact]
    public void EveryTest_ItsTraits_AreSelectedByALeg()
    {
        var lost = new List<string>();
        foreach (MethodInfo method in typeof(LegTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()))
        {
            if (!method.GetCustomAttributes<FactAttribute>(inherit: true).Any())
                continue;
            string system = Single(method, "System");
            string privilege = Single(method, "Privilege");
            bool selected = system is "Linux" or "Any"
                ? privilege is "Root" or "User" or "Any"
                : system is "Wine" && privilege is "Any";
            if (!selected)
                lost.Add($"{method.DeclaringType}.{method.Name}: System={system}, Privilege={privilege}");
        }

        Assert.Empty(lost);
    }

    /// <summary>A method's own trait counts before its class's.</summary>
    private static string Single(MethodInfo method, string name) =>
        Traits(method.CustomAttributes, name) ?? Traits(method.DeclaringType!.CustomAttributes, name) ?? "none";

    private static string? Traits(IEnumerable<CustomAttributeData> attributes, string name) =>
        attributes
            .Where(attribute => attribute.AttributeType == typeof(TraitAttribute))
            .Where(attribute => (string?)attribute.ConstructorArguments[0].Value == name)
            .Select(attribute => (string?)attribute.ConstructorArguments[1].Value)
            .SingleOrDefault();
}
