using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text.Json;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

public sealed partial class DiagnosticCase
{
    /// <summary>
    /// The same case without what names the owner of the machine, and with the same diagnosis: addresses are mapped such
    /// that subnets stay subnets, accounts become <c>user1</c>, home paths are cut, hardware addresses are zero.
    /// </summary>
    /// <remarks>
    /// Process, service and interface names, ports, versions, well-known addresses and well-known accounts stay. What
    /// exactly is kept stands in <c>docs/case.md</c>. Costs about as much as writing and reading the case.
    /// </remarks>
    /// <param name="key">
    /// The secret of the mapping, at least 16 bytes; cases redacted with the same key map addresses alike. Null for a
    /// random one that nobody keeps.
    /// </param>
    /// <exception cref="ArgumentException">The key is shorter than 16 bytes.</exception>
    public DiagnosticCase Redact(byte[]? key = null)
    {
        if (key is { Length: < 16 })
            throw new ArgumentException("A key has at least 16 bytes.", nameof(key));
        return Redaction.Apply(this, key ?? RandomNumberGenerator.GetBytes(32));
    }
}

/// <summary>
/// Redacts a case by walking its JSON, so that whatever a table may hold some day is treated as free text unless it is
/// named here.
/// </summary>
internal static class Redaction
{
    /// <summary>How a text is treated.</summary>
    internal enum Treatment
    {
        /// <summary>Free text: addresses, hardware addresses, accounts and home paths in it are redacted.</summary>
        Text = 0,

        /// <summary>Stays as it is, but for the host in a URL of HTTP.sys.</summary>
        Keep,

        /// <summary>The name of a unit, service or interface: stays, but for an account's name in it.</summary>
        Name,

        /// <summary>An address, endpoint, prefix or bind.</summary>
        Address,

        /// <summary>The name of an account.</summary>
        Account,

        /// <summary>A hardware address.</summary>
        Hardware,

        /// <summary>The path of a program.</summary>
        Path,

        /// <summary>A container's id: its first twelve digits stay.</summary>
        ContainerId,
    }

    // Open brackets around a member of host, and around one of a row of a table.
    private const int TableDepth = 2;
    private const int RowDepth = 5;

    /// <summary>The members that are not free text, by the member's name in the JSON.</summary>
    internal static FrozenDictionary<string, Treatment> Treatments { get; } = MakeTreatments();

    public static DiagnosticCase Apply(DiagnosticCase diagnosticCase, byte[] key)
    {
        using var written = new MemoryStream();
        diagnosticCase.WriteJson(written);
        ReadOnlySpan<byte> json = written.GetBuffer().AsSpan(0, (int)written.Length);
        using var addresses = new RedactedAddresses(key, diagnosticCase.Host.Addresses);
        var accounts = new RedactedAccounts(diagnosticCase.Host.Platform.Family == PlatformFamily.Windows);
        var text = new RedactedText(addresses, accounts);

        // Accounts are learned first: a note may name an account that only a later table shows to be one.
        Walk(json, writer: null, (treatment, value) => Learn(treatment, value, accounts, text));
        using var redacted = new MemoryStream((int)written.Length);
        using (var writer = new Utf8JsonWriter(redacted))
            Walk(json, writer, (treatment, value) => Redact(treatment, value, addresses, accounts, text));
        redacted.Position = 0;
        return CaseReading.ReadCase(
            redacted, new CaseLimits { Bytes = int.MaxValue - 1, Rows = int.MaxValue, ListElements = int.MaxValue, TextBytes = int.MaxValue - 2 });
    }

    private static string Learn(Treatment treatment, string value, RedactedAccounts accounts, RedactedText text)
    {
        if (treatment == Treatment.Account)
            accounts.Map(value);
        else if (treatment is Treatment.Text or Treatment.Path)
            text.Learn(value);
        return value;
    }

    private static string Redact(Treatment treatment, string value, RedactedAddresses addresses, RedactedAccounts accounts, RedactedText text) => treatment switch
    {
        Treatment.Keep => text.RedactName(value),
        // An interface that only its address names, and a unit for an address.
        Treatment.Name => accounts.MapWords(text.RedactAddresses(value)),
        Treatment.Address => text.RedactAddresses(value),
        Treatment.Account => accounts.Map(value),
        Treatment.Path => text.RedactPath(value),
        Treatment.Hardware => RedactedText.RedactHardware(value),
        Treatment.ContainerId => value.Length <= 12 ? value : value[..12],
        _ => text.Redact(value),
    };

    /// <summary>Copies the JSON, every text through <paramref name="redact"/>, which is told the treatment of its member.</summary>
    private static void Walk(ReadOnlySpan<byte> json, Utf8JsonWriter? writer, Func<Treatment, string, string> redact)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = CaseLimits.DeepestNesting });
        var treatments = new Stack<Treatment>();
        var treatment = Treatment.Text;
        string table = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    treatments.Push(treatment);
                    if (reader.TokenType == JsonTokenType.StartObject)
                        writer?.WriteStartObject();
                    else
                        writer?.WriteStartArray();
                    break;
                case JsonTokenType.EndObject:
                    treatment = treatments.Pop();
                    writer?.WriteEndObject();
                    break;
                case JsonTokenType.EndArray:
                    treatment = treatments.Pop();
                    writer?.WriteEndArray();
                    break;
                case JsonTokenType.PropertyName:
                    string name = reader.GetString()!;
                    treatment = Treatments.GetValueOrDefault(name);
                    if (treatments.Count == TableDepth)
                        table = name;
                    // What units, binds and services of processes call them must stay the same name.
                    if (name == "name" && table is "interfaces" or "services" && treatments.Count == RowDepth)
                        treatment = Treatment.Name;
                    writer?.WritePropertyName(name);
                    break;
                case JsonTokenType.String:
                    string redacted = redact(treatment, reader.GetString()!);
                    writer?.WriteStringValue(redacted);
                    break;
                default:
                    writer?.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                    break;
            }
        }
    }

    private static FrozenDictionary<string, Treatment> MakeTreatments()
    {
        var treatments = new Dictionary<string, Treatment>(StringComparer.Ordinal);
        Add(Treatment.Keep,
            // What is chosen from a list, and dates.
            "action", "chain", "containerEngine", "coverage", "dataPorts", "defaultInboundAction", "defaultOutboundAction", "direction", "family", "firewallProfile", "hook", "ingressPrograms", "interfaceTypes", "keyword", "kind", "operator",
            "outcome", "ownerMissingBecause", "policy", "profile", "profiles", "protocol", "remoteKeywordsV4", "remoteKeywordsV6", "set", "stage", "start",
            "state", "states", "status", "store", "table", "type", "with",
            "capturedAt", "createdAt", "duration", "installedAt", "startedAt",
            // Names that a diagnosis speaks of.
            "architecture", "cipher", "id", "installationType", "key", "name", "names", "nativeError", "version");
        Add(Treatment.Name, "dependsOn", "device", "devices", "inputInterface", "networkNamespace", "outputInterface", "service", "services", "starts", "unit", "units");
        Add(Treatment.Address,
            "address", "broadcast", "destination", "endpoint", "endpoints", "from", "gateway", "local", "localAddresses", "localPrefix", "peer", "prefix",
            "preferredSource", "relaysTo", "remote", "remoteAddresses", "to");
        Add(Treatment.Account, "account", "user", "userName");
        Add(Treatment.Path, "application", "path");
        Add(Treatment.Hardware, "physicalAddress");
        Add(Treatment.ContainerId, "containerId");
        return treatments.ToFrozenDictionary(StringComparer.Ordinal);

        void Add(Treatment treatment, params ReadOnlySpan<string> members)
        {
            foreach (string member in members)
                treatments.Add(member, treatment);
        }
    }
}
