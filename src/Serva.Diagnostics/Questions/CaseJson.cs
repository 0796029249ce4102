using System.Collections.Immutable;
using System.Net.NetworkInformation;
using System.Text.Json;
using System.Text.Json.Serialization;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>The one JSON context of cases and snapshots: strict, camel case, enumerations as text, nulls left out.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 64,
    Converters =
    [
        typeof(AddressingConverter<NetAddress>),
        typeof(AddressingConverter<NetEndpoint>),
        typeof(AddressingConverter<NetPrefix>),
        typeof(EnumConverter<AddressState>),
        typeof(EnumConverter<BindOutcome>),
        typeof(EnumConverter<BindStage>),
        typeof(EnumConverter<ContainerEngine>),
        typeof(EnumConverter<Coverage>),
        typeof(EnumConverter<FirewallDirection>),
        typeof(EnumConverter<NeighborState>),
        typeof(EnumConverter<NetworkInterfaceType>),
        typeof(EnumConverter<NftablesChainType>),
        typeof(EnumConverter<NftablesFamily>),
        typeof(EnumConverter<NftablesHook>),
        typeof(EnumConverter<NftablesOperator>),
        typeof(EnumConverter<NftablesStatementKind>),
        typeof(EnumConverter<NftablesVerdictKind>),
        typeof(EnumConverter<OperationalStatus>),
        typeof(EnumConverter<OwnerGap>),
        typeof(EnumConverter<PlatformFamily>),
        typeof(EnumConverter<PortRangeKind>),
        typeof(EnumConverter<RouteKind>),
        typeof(EnumConverter<RoutingRuleAction>),
        typeof(EnumConverter<ServiceStart>),
        typeof(EnumConverter<ServiceState>),
        typeof(EnumConverter<TcpState>),
        typeof(EnumConverter<TlsHandshakeOutcome>),
        typeof(EnumConverter<TransportProtocol>),
        typeof(EnumConverter<WindowsFirewallAction>),
        typeof(EnumConverter<WindowsFirewallAddressKeyword>),
        typeof(EnumConverter<WindowsFirewallInterfaceType>),
        typeof(EnumConverter<WindowsFirewallPortKeyword>),
        typeof(EnumConverter<WindowsFirewallProfile>),
        typeof(EnumConverter<WindowsFirewallStore>),
        typeof(ProfileServiceConverter),
    ])]
[JsonSerializable(typeof(DiagnosticCase))]
[JsonSerializable(typeof(ServiceProfile))]
[JsonSerializable(typeof(BindRequest))]
[JsonSerializable(typeof(Coverage))]
[JsonSerializable(typeof(SocketRow))]
[JsonSerializable(typeof(ProcessRow))]
[JsonSerializable(typeof(InterfaceRow))]
[JsonSerializable(typeof(AddressRow))]
[JsonSerializable(typeof(RouteRow))]
[JsonSerializable(typeof(RoutingRuleRow))]
[JsonSerializable(typeof(AddressLabelRow))]
[JsonSerializable(typeof(NeighborRow))]
[JsonSerializable(typeof(PortRangeRow))]
[JsonSerializable(typeof(SettingRow))]
[JsonSerializable(typeof(ServiceRow))]
[JsonSerializable(typeof(UpdateRow))]
[JsonSerializable(typeof(WindowsFirewallProfileRow))]
[JsonSerializable(typeof(WindowsFirewallRuleRow))]
[JsonSerializable(typeof(NftablesTableRow))]
[JsonSerializable(typeof(NftablesChainRow))]
[JsonSerializable(typeof(NftablesRuleRow))]
[JsonSerializable(typeof(NftablesSetRow))]
[JsonSerializable(typeof(TableFilter))]
[JsonSerializable(typeof(ImmutableArray<TableGap>))]
internal sealed partial class CaseJson : JsonSerializerContext;
