using System;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>
/// Refuses numbers that no system can have, as each part of a case is read: the one place for all of them, so that what
/// thinks about a case need not expect a prefix of 99 bits or a range of two thousand million ports.
/// </summary>
internal static class CaseRanges
{
    private const string LocalPortRange = "net.ipv4.ip_local_port_range";

    /// <summary>Adds the check to a type that has something to check.</summary>
    public static void Refuse(JsonTypeInfo info)
    {
        if (info.Kind == JsonTypeInfoKind.Object)
            info.OnDeserialized = Check;
    }

    /// <exception cref="JsonException">A number is out of its range; the message names the member.</exception>
    private static void Check(object part)
    {
        switch (part)
        {
            case ProcessRow row:
                Natural("processId", row.ProcessId);
                Natural("parentProcessId", row.ParentProcessId);
                break;
            case InterfaceRow row:
                Natural("mtu", row.Mtu);
                break;
            case AddressRow row:
                if (row.Address.IsNone)
                    throw new JsonException("a row of addresses needs its address");
                Between("prefixLength", row.PrefixLength, 0, row.Address.BitCount);
                break;
            case NextHopRow row:
                Between("weight", row.Weight, 1, int.MaxValue);
                break;
            case RoutingRuleRow row:
                Ports("firstSourcePort", row.FirstSourcePort, "lastSourcePort", row.LastSourcePort);
                Ports("firstDestinationPort", row.FirstDestinationPort, "lastDestinationPort", row.LastDestinationPort);
                Between("suppressPrefixLength", row.SuppressPrefixLength, 0, 128);
                break;
            case PortRangeRow row:
                Ports("first", row.First, "last", row.Last);
                break;
            case SettingRow row when row.Name.Equals(LocalPortRange, StringComparison.OrdinalIgnoreCase):
                LocalPorts(row.Value);
                break;
            case ServiceRow row:
                Natural("processId", row.ProcessId);
                break;
            case TableFilter filter:
                Ports("firstPort", filter.FirstPort, "lastPort", filter.LastPort);
                Natural("processId", filter.ProcessId);
                break;
            case HostPlatform platform:
                Natural("revision", platform.Revision);
                break;
            case ServerIdentity server:
                Natural("processId", server.ProcessId);
                break;
        }
    }

    private static void Natural(string member, int? value) => Between(member, value, 0, int.MaxValue);

    private static void Ports(string firstMember, int? first, string lastMember, int? last)
    {
        Between(firstMember, first, 0, 65535);
        Between(lastMember, last, 0, 65535);
        if (first > last)
            throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"{firstMember} {first} lies behind {lastMember} {last}"));
    }

    private static void Between(string member, int? value, int lowest, int highest)
    {
        if (value >= lowest && value <= highest || value is null)
            return;
        string range = highest == int.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"is at least {lowest}")
            : string.Create(CultureInfo.InvariantCulture, $"is between {lowest} and {highest}");
        throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"{member} {range}, not {value}"));
    }

    /// <summary>Text that is no two numbers says nothing, to the engines too; two numbers that are no ports are refused.</summary>
    private static void LocalPorts(string text)
    {
        string[] words = text.Split([' ', '\t', '-'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 2
            && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last))
        {
            Ports($"the first port of {LocalPortRange}", first, $"the last port of {LocalPortRange}", last);
        }
    }
}
