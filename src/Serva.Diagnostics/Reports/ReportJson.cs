using System.Net.NetworkInformation;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Reports;

/// <summary>
/// The one JSON context of reports: camel case, enumerations as text, nulls left out. The default encoder escapes every
/// control and non-ASCII character, so that a name from the machine is harmless wherever the document is shown.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    Converters =
    [
        typeof(AddressingConverter<NetAddress>),
        typeof(AddressingConverter<NetEndpoint>),
        typeof(AddressingConverter<NetPrefix>),
        typeof(EnumConverter<BindOutcome>),
        typeof(EnumConverter<BindStage>),
        typeof(EnumConverter<CauseStanding>),
        typeof(EnumConverter<Certainty>),
        typeof(EnumConverter<CommandShell>),
        typeof(EnumConverter<ContainerEngine>),
        typeof(EnumConverter<Coverage>),
        typeof(EnumConverter<ErrorFact>),
        typeof(EnumConverter<FirewallOutcome>),
        typeof(EnumConverter<OwnerGap>),
        typeof(EnumConverter<PlatformFamily>),
        typeof(EnumConverter<RemedyRisk>),
        typeof(EnumConverter<HostModel>),
        typeof(EnumConverter<ReplyOutcome>),
        typeof(EnumConverter<RouteLoss>),
        typeof(EnumConverter<RouteOutcome>),
        typeof(EnumConverter<ServiceStanding>),
        typeof(EnumConverter<Severity>),
        typeof(EnumConverter<SocketChangeKind>),
        typeof(EnumConverter<SourceGrade>),
        typeof(EnumConverter<TcpState>),
        typeof(EnumConverter<TlsHandshakeOutcome>),
        typeof(EnumConverter<TransportProtocol>),
        typeof(EnumConverter<WindowsFirewallStore>),
    ])]
[JsonSerializable(typeof(DiagnosisDocument))]
[JsonSerializable(typeof(BindDocument))]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(SocketsDocument))]
[JsonSerializable(typeof(SocketChangeDocument))]
[JsonSerializable(typeof(RouteDocument))]
[JsonSerializable(typeof(ReplyDocument))]
[JsonSerializable(typeof(FirewallDocument))]
[JsonSerializable(typeof(RulesDocument))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>A document on lines of its own, for people and programs.</summary>
    public static string Write<T>(T document, JsonTypeInfo<T> type) => JsonSerializer.Serialize(document, type);

    /// <summary>A document on one line, for JSON Lines.</summary>
    public static string WriteLine<T>(T document) =>
        JsonSerializer.Serialize(document, (JsonTypeInfo<T>)OneLine.Context.GetTypeInfo(typeof(T))!);

    // A class of its own, because the generated default must be there first.
    private static class OneLine
    {
        public static readonly ReportJson Context = new(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { WriteIndented = false });
    }
}
