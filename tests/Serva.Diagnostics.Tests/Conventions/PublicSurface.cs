using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Text;

namespace Serva.Diagnostics.Tests.Conventions;

/// <summary>Prints what an assembly offers to its users, one line per type and member, in a fixed order.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private static readonly NullabilityInfoContext s_nullability = new();

    public static string Print(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var space in assembly.GetExportedTypes().GroupBy(type => type.Namespace).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append("namespace ").Append(space.Key).Append('\n');
            foreach (Type type in space.OrderBy(type => Name(type), StringComparer.Ordinal))
                Print(type, text);
            text.Append('\n');
        }

        return text.ToString();
    }

    internal static void Print(Type type, StringBuilder text)
    {
        text.Append('\n').Append("  ").Append(Attributes(type)).Append(Kind(type)).Append(' ').Append(Name(type)).Append(Bases(type)).Append('\n');
        foreach (string line in Members(type).Order(StringComparer.Ordinal))
            text.Append("    ").Append(line).Append('\n');
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            foreach (FieldInfo value in type.GetFields(BindingFlags.Public | BindingFlags.Static))
                yield return $"{Convert.ToInt64(value.GetRawConstantValue(), CultureInfo.InvariantCulture),10} {value.Name}";
            yield break;
        }

        foreach (FieldInfo field in type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily))
            yield return $"{Attributes(field)}field {Modifiers(field)}{Nullable(s_nullability.Create(field))} {field.Name}{(field.IsLiteral ? " = " + Literal(field.GetRawConstantValue()) : "")}";
        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(IsOffered))
            yield return $"{Attributes(constructor)}constructor {Access(constructor)}({Parameters(constructor)})";
        foreach (PropertyInfo property in type.GetProperties(Declared).Where(property => property.GetMethod is { } get && IsOffered(get)))
            yield return Property(property);
        foreach (MethodInfo method in type.GetMethods(Declared).Where(method => IsOffered(method) && !IsAccessor(method) && !IsRecordPlumbing(method)))
        {
            string generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";
            yield return $"{Attributes(method)}method {Access(method)}{Modifiers(method)}{Nullable(s_nullability.Create(method.ReturnParameter))} {method.Name}{generic}({Parameters(method)})";
        }

        foreach (EventInfo raised in type.GetEvents(Declared).Where(raised => raised.AddMethod is { } add && IsOffered(add)))
            yield return $"{Attributes(raised)}event {Name(raised.EventHandlerType!)} {raised.Name}";
    }

    private static string Property(PropertyInfo property)
    {
        MethodInfo get = property.GetMethod!;
        string set = property.SetMethod is not { } setter || !IsOffered(setter) ? ""
            : setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;"
            : " set;";
        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        string index = property.GetIndexParameters() is { Length: > 0 } ? $"[{Parameters(get)}]" : "";
        return $"{Attributes(property)}property {Access(get)}{Modifiers(get)}{required}{Nullable(s_nullability.Create(property))} {property.Name}{index} {{ get;{set} }}";
    }

    private static string Parameters(MethodBase method)
    {
        string extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return extension + string.Join(", ", method.GetParameters().Select(Parameter));
    }

    private static string Parameter(ParameterInfo parameter)
    {
        string passing = parameter switch
        {
            { IsOut: true } => "out ",
            { ParameterType.IsByRef: true, IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) => "params ",
            _ => "",
        };
        string value = parameter.HasDefaultValue ? " = " + Literal(parameter.RawDefaultValue) : "";
        return $"{Attributes(parameter)}{passing}{Nullable(s_nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Kind(Type type)
    {
        if (type.IsEnum)
            return "enum";
        if (type.IsInterface)
            return "interface";
        if (type.IsAssignableTo(typeof(Delegate)))
            return "delegate";
        bool isRecord = type.GetMethod("PrintMembers", Declared) is { } print && print.IsDefined(typeof(CompilerGeneratedAttribute));
        string record = isRecord ? "record " : "";
        if (type.IsValueType)
            return (type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "") + (type.IsByRefLike ? "ref " : "") + record + "struct";
        string kind = type switch { { IsAbstract: true, IsSealed: true } => "static ", { IsAbstract: true } => "abstract ", { IsSealed: true } => "sealed ", _ => "" };
        return kind + record + "class";
    }

    private static string Bases(Type type)
    {
        if (type.IsEnum)
            return " : " + Name(Enum.GetUnderlyingType(type));
        IEnumerable<Type> inherited = type.BaseType?.GetInterfaces() ?? [];
        string[] bases =
        [
            .. type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? [Name(parent)] : Array.Empty<string>(),
            .. type.GetInterfaces().Where(face => face.IsVisible).Except(inherited).Select(Name).Order(StringComparer.Ordinal),
        ];
        return bases.Length == 0 ? "" : " : " + string.Join(", ", bases);
    }

    private static string Attributes(ICustomAttributeProvider provider)
    {
        object[] attributes = provider.GetCustomAttributes(inherit: false);
        IEnumerable<string> shown = attributes.Select(attribute => attribute switch
        {
            SupportedOSPlatformAttribute platform => $"[SupportedOSPlatform({Literal(platform.PlatformName)})] ",
            UnsupportedOSPlatformAttribute platform => $"[UnsupportedOSPlatform({Literal(platform.PlatformName)})] ",
            ObsoleteAttribute obsolete when !attributes.Any(other => other is CompilerFeatureRequiredAttribute) => $"[Obsolete({Literal(obsolete.Message)})] ",
            FlagsAttribute => "[Flags] ",
            System.Diagnostics.CodeAnalysis.NotNullWhenAttribute notNull => $"[NotNullWhen({Literal(notNull.ReturnValue)})] ",
            System.Diagnostics.CodeAnalysis.ExperimentalAttribute experimental => $"[Experimental({Literal(experimental.DiagnosticId)})] ",
            _ => "",
        });
        return string.Concat(shown.Order(StringComparer.Ordinal));
    }

    private static string Modifiers(MethodBase method) =>
        (method.IsStatic ? "static " : "")
        + (method.IsAbstract && !method.DeclaringType!.IsInterface ? "abstract " : "")
        + (method is MethodInfo { IsVirtual: true, IsAbstract: false, IsFinal: false } info && !method.DeclaringType!.IsSealed
            ? info.GetBaseDefinition().DeclaringType == method.DeclaringType ? "virtual " : "override "
            : "");

    private static string Modifiers(FieldInfo field) => field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");

    private static string Access(MethodBase method) => method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "";

    private static bool IsOffered(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    // What every record has says nothing about this one.
    private static bool IsRecordPlumbing(MethodInfo method) =>
        method.Name == "<Clone>$" || (method.IsDefined(typeof(CompilerGeneratedAttribute)) && method.Name != "Deconstruct");

    private static string Nullable(NullabilityInfo info)
    {
        Type type = info.Type;
        if (type.IsByRef)
            type = type.GetElementType()!;
        if (System.Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        string name = type switch
        {
            { IsArray: true } => info.ElementType is { } element ? Nullable(element) + "[]" : Name(type),
            { IsGenericType: true } when info.GenericTypeArguments.Length > 0 =>
                $"{Plain(type)}<{string.Join(", ", info.GenericTypeArguments.Select(Nullable))}>",
            _ => Name(type),
        };
        bool isNullable = type is { IsValueType: false, IsGenericParameter: false } && (info.ReadState == NullabilityState.Nullable || info.WriteState == NullabilityState.Nullable);
        return isNullable ? name + "?" : name;
    }

    private static string Plain(Type type)
    {
        string name = type.Name.Split('`')[0];
        return type.IsNested ? $"{Plain(type.DeclaringType!)}.{name}" : name;
    }

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsPointer)
            return Name(type.GetElementType()!) + (type.IsPointer ? "*" : "");
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (System.Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        string name = Type.GetTypeCode(type) switch
        {
            _ when type.IsEnum || type.IsGenericParameter => type.Name,
            TypeCode.Boolean => "bool",
            TypeCode.Byte => "byte",
            TypeCode.SByte => "sbyte",
            TypeCode.Char => "char",
            TypeCode.Int16 => "short",
            TypeCode.UInt16 => "ushort",
            TypeCode.Int32 => "int",
            TypeCode.UInt32 => "uint",
            TypeCode.Int64 => "long",
            TypeCode.UInt64 => "ulong",
            TypeCode.String => "string",
            _ when type == typeof(object) => "object",
            _ when type == typeof(void) => "void",
            _ => type.Name,
        };
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        if (tick >= 0)
            name = $"{name[..tick]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
        return type is { IsNested: true, IsGenericParameter: false } ? $"{Name(type.DeclaringType!)}.{name}" : name;
    }

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
