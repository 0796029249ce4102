using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;

namespace Serva.Diagnostics.Routing;

/// <summary>A row of the policy table (RFC 6724 section 2.1).</summary>
/// <param name="Prefix">The addresses it is for; IPv4 as IPv4-mapped.</param>
/// <param name="Precedence">Destinations of a higher one are tried first.</param>
/// <param name="Label">Sources of the destination's label are preferred.</param>
internal readonly record struct AddressPolicyRow(NetPrefix Prefix, int Precedence, int Label);

/// <summary>The policy table by which sources are chosen and destinations ordered: the longest prefix that fits counts.</summary>
internal sealed class AddressPolicy(params ImmutableArray<AddressPolicyRow> rows)
{
    /// <summary>The default of RFC 6724 section 2.1.</summary>
    public static AddressPolicy Rfc6724 { get; } = new(
        Row("::1/128", 50, 0), Row("::/0", 40, 1), Row("::ffff:0:0/96", 35, 4), Row("2002::/16", 30, 2), Row("2001::/32", 5, 5),
        Row("fc00::/7", 3, 13), Row("::/96", 1, 3), Row("fec0::/10", 1, 11), Row("3ffe::/16", 1, 12));

    /// <summary>The default of RFC 3484 section 2.1.</summary>
    public static AddressPolicy Rfc3484 { get; } = new(
        Row("::1/128", 50, 0), Row("::/0", 40, 1), Row("2002::/16", 30, 2), Row("::/96", 20, 3), Row("::ffff:0:0/96", 10, 4));

    public AddressPolicyRow Of(NetAddress address)
    {
        NetAddress six = address.MapToIPv6().WithoutScope();
        AddressPolicyRow best = default;
        foreach (AddressPolicyRow row in rows)
        {
            if (row.Prefix.Contains(six) && (best.Prefix.IsNone || row.Prefix.Length > best.Prefix.Length))
                best = row;
        }

        return best;
    }

    private static AddressPolicyRow Row(string prefix, int precedence, int label) => new(NetPrefix.Parse(prefix), precedence, label);
}
