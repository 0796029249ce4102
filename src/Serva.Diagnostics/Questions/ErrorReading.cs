using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics;

/// <summary>What a part of an error's text says.</summary>
public enum ErrorFact
{
    /// <summary>The error itself: its number, name or words.</summary>
    Error = 0,

    /// <summary>The program that wrote the text.</summary>
    Program,

    /// <summary>The protocol.</summary>
    Protocol,

    /// <summary>The address.</summary>
    Address,

    /// <summary>The port.</summary>
    Port,
}

/// <summary>Where a text says something: a range of characters.</summary>
/// <param name="Fact">What it says there.</param>
/// <param name="Start">The first character, counted from 0.</param>
/// <param name="Length">How many characters.</param>
public readonly record struct ErrorPlace(ErrorFact Fact, int Start, int Length);

/// <summary>An error as one system names it.</summary>
public sealed record SystemError
{
    /// <summary>The system.</summary>
    public required PlatformFamily System { get; init; }

    /// <summary>The name, for example <c>WSAEACCES</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The number, for example 10013; null when it has none.</summary>
    public int? Code { get; init; }
}

/// <summary>What was read in the text of an error that somebody saw: which error it is, and which request failed.</summary>
/// <remarks>Immutable. What the text does not say is null; what was assumed instead is said in <see cref="Assumptions"/>.</remarks>
public sealed class ErrorReading
{
    /// <summary>The error's name, as its system has it; null when the text names no error that is known.</summary>
    public string? Name { get; init; }

    /// <summary>The error's number on <see cref="System"/>; null when the text has words or a name that several systems share.</summary>
    public int? Code { get; init; }

    /// <summary>The system that the error comes from; null when the text could come from several.</summary>
    public PlatformFamily? System { get; init; }

    /// <summary>What the error means for a bind; <see cref="BindOutcome.OtherError"/> for errors of something else, <see cref="BindOutcome.Undetermined"/> without one.</summary>
    public BindOutcome Outcome { get; init; }

    /// <summary>The program or library that wrote the text, for example <c>Kestrel</c>; null when it cannot be told.</summary>
    public string? Program { get; init; }

    /// <summary>The protocol of the request; null when the text does not say.</summary>
    public TransportProtocol? Protocol { get; init; }

    /// <summary>The address of the request; null when the text does not say.</summary>
    public NetAddress? Address { get; init; }

    /// <summary>The port of the request, host order; null when the text does not say.</summary>
    public int? Port { get; init; }

    /// <summary>Whether the program serves IPv4 too when it binds <c>[::]</c>.</summary>
    public bool IsDualStack { get; init; }

    /// <summary>Whether the program sets SO_REUSEADDR on its TCP sockets by itself, elsewhere than on Windows.</summary>
    public bool SetsReuseAddress { get; init; }

    /// <summary>Whether the port was handed over as text and taken for the name of a pipe, as Node.js does.</summary>
    public bool IsPipe { get; init; }

    /// <summary>Where the text says what was read, in the text's order. Never default.</summary>
    public ImmutableArray<ErrorPlace> Places
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>What the text does not say and was assumed, a sentence each. Never default.</summary>
    public ImmutableArray<string> Assumptions
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>Whether nothing at all was recognised.</summary>
    public bool IsEmpty => Name is null && Program is null && Protocol is null && Address is null && Port is null;

    /// <summary>The error's names and numbers: on Linux and on Windows, and on its own system where that is another.</summary>
    public ImmutableArray<SystemError> Names
    {
        get
        {
            if (Name is null)
                return [];
            var names = new List<SystemError>(3);
            foreach (PlatformFamily family in (ReadOnlySpan<PlatformFamily>)[PlatformFamily.Linux, PlatformFamily.Windows, PlatformFamily.MacOS])
            {
                if ((family != PlatformFamily.MacOS || System == PlatformFamily.MacOS) && NativeErrors.Counterpart(family, Name) is { } error)
                    names.Add(new SystemError { System = family, Name = error.Name, Code = error.Code });
            }

            return names.Count > 0 ? [.. names] : [new SystemError { System = System ?? PlatformFamily.Other, Name = Name, Code = Code }];
        }
    }

    /// <summary>Whether the program says it and goes on: Kestrel, which cannot have the IPv6 address of localhost, serves the other.</summary>
    internal bool IsOnlyWarning { get; init; }

    /// <summary>Whether the error may come from a bind, so that the bind's endpoint says more.</summary>
    internal bool IsAboutBinds => !IsOnlyWarning && (Outcome != BindOutcome.OtherError || Name == "ERROR_SHARING_VIOLATION");

    /// <summary>
    /// Whether a rule knows the error by itself, for no bind failed: HTTP.sys was asked for a URL, and shares its ports; or a server
    /// that is bound already received.
    /// </summary>
    private bool IsWithoutBind => Name is "ERROR_ACCESS_DENIED" or "ERROR_ALREADY_EXISTS" || this is { Name: "WSAECONNRESET", Protocol: TransportProtocol.Udp };

    /// <summary>The question that the error asks: of its bind, or of the error alone where no bind failed; null when it is about neither.</summary>
    internal Question? ToQuestion(PlatformFamily family, BindRequest? request, ObservedError seen)
    {
        BindRequest? bind = request ?? (IsAboutBinds ? ToRequest(family) : null);
        if (bind is null)
            return IsWithoutBind && family == PlatformFamily.Windows ? new Question { Error = seen } : null;
        return new Question { Bind = bind, Error = seen };
    }

    /// <summary>The bind that failed, with the options that the program sets by itself; null when protocol or port are not known.</summary>
    /// <param name="family">The system the program runs on.</param>
    public BindRequest? ToRequest(PlatformFamily family)
    {
        if (Protocol is not { } protocol || Port is not { } port || IsPipe)
            return null;
        NetAddress address = Address ?? NetAddress.AnyIPv4;
        return new BindRequest
        {
            Protocol = protocol,
            Endpoint = NetEndpoint.Create(address, port),
            Listen = protocol == TransportProtocol.Tcp,
            DualMode = IsDualStack && address is { IsIPv6: true, IsUnspecified: true },
            ReuseAddress = SetsReuseAddress && protocol == TransportProtocol.Tcp && family != PlatformFamily.Windows,
        };
    }
}

/// <summary>Whether a cause of an error is there on a host.</summary>
public enum CauseStanding
{
    /// <summary>It cannot be told; <see cref="ErrorCause.Missing"/> says what would be needed.</summary>
    Undetermined = 0,

    /// <summary>It is there.</summary>
    Holds,

    /// <summary>It is not there.</summary>
    DoesNotHold,
}

/// <summary>A thing that makes an error happen, and whether it is there on a host.</summary>
public sealed class ErrorCause
{
    /// <summary>The cause: stable, for programs. For example <c>cause.excluded-range</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The cause, in one sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>Whether it is there.</summary>
    public required CauseStanding Standing { get; init; }

    /// <summary>The facts that the standing rests on. Never default.</summary>
    public ImmutableArray<Evidence> Evidence
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>What would be needed to tell; null when it can be told.</summary>
    public string? Missing { get; init; }
}
