using System;
using System.IO;
using System.Text;
using System.Text.Json;

namespace Serva.Diagnostics;

public sealed partial class DiagnosticCase
{
    /// <summary>The case as indented JSON in the current format, <c>formatVersion</c> first. See <c>docs/case.md</c>.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        WriteJson(stream);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Writes the case as indented UTF-8 JSON without a byte order mark, a few rows at a time. The stream stays open.</summary>
    public void WriteJson(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        // A case that came from an older format was upgraded when it was read.
        DiagnosticCase current = FormatVersion == CurrentFormatVersion
            ? this
            : new DiagnosticCase { Host = Host, Profile = Profile, Questions = Questions };
        using var writer = new Utf8JsonWriter(stream, CaseFormat.Indented);
        JsonSerializer.Serialize(writer, current, CaseFormat.Of<DiagnosticCase>());
    }

    /// <summary>Reads a case: UTF-8, strict, within limits. Members that the format does not know are refused.</summary>
    /// <remarks>
    /// Allocates a buffer for the text besides the case itself; a stream beyond the limits is left where it was passed.
    /// A table that is missing was not requested.
    /// </remarks>
    /// <param name="stream">The JSON, read to its end; a byte order mark is skipped. Stays open.</param>
    /// <param name="limits">How much is accepted; null for <see cref="CaseLimits.Default"/>.</param>
    /// <exception cref="CaseFormatException">The text is no case, too large, or of a newer format.</exception>
    public static DiagnosticCase FromJson(Stream stream, CaseLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return CaseReading.ReadCase(stream, limits ?? CaseLimits.Default);
    }

    /// <summary>Reads a case from text, with the default limits.</summary>
    /// <exception cref="CaseFormatException">The text is no case, too large, or of a newer format.</exception>
    public static DiagnosticCase FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        using var stream = new MemoryStream(CaseReading.ToBytes(json, CaseLimits.Default), writable: false);
        return CaseReading.ReadCase(stream, CaseLimits.Default);
    }
}
