using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Tests.Snapshots;

/// <summary>
/// Makes values of the library's data types from a seed, walking their properties, so that a new row type or column
/// is covered the day it appears.
/// </summary>
internal sealed class AnyValue(int seed)
{
    private static readonly string[] s_texts =
    [
        "", "a", "svchost.exe", "C:\\Program Files\\Serva\\Serva64.exe", "NT AUTHORITY\\LOCAL SERVICE", "\u00dcbung \u4e2d\u6587 \ud83d\ude80",
        "line\r\nbreak\ttab", "\u0000\u0001\u001b[31m", "\"quoted\" 'too' <b>&amp;", "\u202eright to left", new string('x', 5000), "\u2028\ufeff",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A case: a host with tables of any coverage, a profile now and then, questions.</summary>
    public DiagnosticCase Case() => new()
    {
        Host = (HostSnapshot)Of(typeof(HostSnapshot), depth: 0),
        Profile = _random.Next(3) == 0 ? null : (ServiceProfile)Of(typeof(ServiceProfile), depth: 0),
        Questions = (ImmutableArray<Question>)Of(typeof(ImmutableArray<Question>), depth: 0),
    };

    public T Of<T>() => (T)Of(typeof(T), depth: 0);

    private object Of(Type type, int depth)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Of(underlying, depth);
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(_random.Next(Enum.GetValues(type).Length))!;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            return InvokeGeneric(nameof(ArrayOf), type, depth);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Table<>))
            return InvokeGeneric(nameof(TableOf), type, depth);
        return Simple(type) ?? Composite(type, depth);
    }

    private object? Simple(Type type) => type switch
    {
        _ when type == typeof(string) => s_texts[_random.Next(s_texts.Length)],
        _ when type == typeof(bool) => _random.Next(2) == 0,
        _ when type == typeof(byte) => (byte)_random.Next(256),
        _ when type == typeof(int) => _random.Next(4) == 0 ? int.MinValue : _random.Next(),
        _ when type == typeof(long) => _random.Next(4) == 0 ? long.MinValue : _random.NextInt64(),
        _ when type == typeof(uint) => (uint)_random.NextInt64(uint.MaxValue + 1L),
        _ when type == typeof(ulong) => _random.Next(4) == 0 ? ulong.MaxValue : (ulong)_random.NextInt64(),
        _ when type == typeof(DateTimeOffset) => new DateTimeOffset(_random.NextInt64(1L << 59), TimeSpan.FromMinutes(_random.Next(-600, 600))),
        _ when type == typeof(TimeSpan) => TimeSpan.FromTicks(_random.NextInt64()),
        _ when type == typeof(Version) => _random.Next(2) == 0 ? new Version(_random.Next(20), _random.Next(99999)) : new Version(10, 0, _random.Next(99999)),
        _ when type == typeof(NetAddress) => Address(),
        _ when type == typeof(NetEndpoint) => NetEndpoint.Create(Address(), _random.Next(65536)),
        _ when type == typeof(NetPrefix) => Prefix(),
        _ when type == typeof(DataPortPool) => DataPorts(),
        _ => null,
    };

    private object Composite(Type type, int depth)
    {
        if (type.Assembly != typeof(HostSnapshot).Assembly)
            throw new NotSupportedException($"AnyValue does not know how to make a {type}.");
        object value = RuntimeHelpers.GetUninitializedObject(type);
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            bool isRequired = property.IsDefined(typeof(RequiredMemberAttribute));
            bool isNullable = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
            // A member that may be absent is absent now and then; one that has a default gets a value always.
            if (!isRequired && isNullable && _random.Next(3) == 0)
                continue;
            property.SetValue(value, IsInt(property) ? Number(property.Name) : Of(property.PropertyType, depth + 1));
        }

        return value;
    }

    private static bool IsInt(PropertyInfo property) =>
        (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) == typeof(int);

    /// <summary>A number that a case may have in a member of that name: errors may be anything, the rest are of this world.</summary>
    private int Number(string member) => member switch
    {
        "Code" or "NativeCode" => (int)Of(typeof(int), depth: 0),
        "PrefixLength" or "SuppressPrefixLength" => _random.Next(33),
        _ when member.StartsWith("First", StringComparison.Ordinal) => _random.Next(1024),
        _ when member.StartsWith("Last", StringComparison.Ordinal) => _random.Next(1024, 65536),
        _ => _random.Next(3) == 0 ? int.MaxValue : _random.Next(1, int.MaxValue),
    };

    private DataPortPool DataPorts()
    {
        TransportProtocol protocol = _random.Next(2) == 0 ? TransportProtocol.Tcp : TransportProtocol.Udp;
        return _random.Next(4) == 0 ? DataPortPool.Automatic(protocol) : DataPortPool.Create(protocol, Number("First") + 1, Number("Last"));
    }

    private object InvokeGeneric(string method, Type type, int depth) => typeof(AnyValue)
        .GetMethod(method, BindingFlags.NonPublic | BindingFlags.Instance)!
        .MakeGenericMethod(type.GetGenericArguments())
        .Invoke(this, [depth])!;

    private ImmutableArray<T> ArrayOf<T>(int depth) =>
        [.. Enumerable.Range(0, _random.Next(depth > 3 ? 2 : 4)).Select(_ => (T)Of(typeof(T), depth + 1))];

    private Table<T> TableOf<T>(int depth) => _random.Next(5) switch
    {
        0 => Table<T>.NotRequested,
        1 => Table<T>.Unavailable("source", s_texts[_random.Next(s_texts.Length)]),
        2 => Table<T>.Partial(ArrayOf<T>(depth), "source", ArrayOf<TableGap>(depth), "note", Of<TableFilter>()),
        _ => Table<T>.Complete(ArrayOf<T>(depth), "source"),
    };

    public NetAddress Address()
    {
        ulong high = (ulong)_random.NextInt64();
        return _random.Next(10) switch
        {
            0 => NetAddress.AnyIPv4,
            1 => NetAddress.AnyIPv6,
            2 => NetAddress.LoopbackIPv4,
            3 => NetAddress.FromIPv6(0xfe80_0000_0000_0000, high, (uint)_random.Next(1, 20)),
            4 => NetAddress.FromIPv4((uint)high).MapToIPv6(),
            5 or 6 => NetAddress.FromIPv6(0x2000_0000_0000_0000 | high >> 3, (ulong)_random.NextInt64()),
            _ => NetAddress.FromIPv4((uint)high),
        };
    }

    private NetPrefix Prefix()
    {
        NetAddress address = Address().WithoutScope();
        return NetPrefix.Create(address, _random.Next(address.BitCount + 1));
    }
}
