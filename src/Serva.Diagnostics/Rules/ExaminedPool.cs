using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules;

/// <summary>The data ports of a service of the profile, with the questions that its endpoints are.</summary>
internal sealed class ExaminedPool
{
    // A product has a handful of services with ports of their own; each costs a walk over all ports.
    private const int MostPools = 64;

    private ExaminedPool(ProfileService service, DataPortPool pool, ImmutableArray<ExaminedQuestion> questions)
    {
        Service = service;
        Pool = pool;
        Questions = questions;
    }

    /// <summary>The service.</summary>
    public ProfileService Service { get; }

    /// <summary>Its data ports, none of them automatic.</summary>
    public DataPortPool Pool { get; }

    /// <summary>The questions about the endpoints of the service, in the case's order.</summary>
    public ImmutableArray<ExaminedQuestion> Questions { get; }

    /// <summary>The positions of the questions.</summary>
    public ImmutableArray<int> Positions => [.. Questions.Select(question => question.Position)];

    /// <summary>The name of the service, for a sentence.</summary>
    public string Name => SafeText.Of(Service.Name);

    /// <summary>The ports for a sentence: <c>udp 50000-50099</c>.</summary>
    public string Ports => Words(Pool.Protocol, new PortSpan(Pool.First, Pool.Last));

    /// <summary>The thing that a finding is about.</summary>
    public string Subject => $"data ports {Ports} of {Name}";

    /// <summary>The pools of a case's profile whose services are asked about. A service without a pool of its own, or with automatic ports, is none of them.</summary>
    public static IEnumerable<ExaminedPool> Of(Examination examination)
    {
        int left = MostPools;
        foreach (ProfileService service in examination.Case.Profile?.Services ?? [])
        {
            if (service.DataPorts is not { IsAutomatic: false } pool || service.Binds.IsDefaultOrEmpty)
                continue;
            if (left-- == 0)
                yield break;
            ImmutableArray<ExaminedQuestion> questions = [.. examination.Questions.Where(question => question.Question.Service == service.Name && question.Question.Bind is { } bind && service.Binds.Contains(bind))];
            if (!questions.IsEmpty)
                yield return new ExaminedPool(service, pool, questions);
        }
    }

    /// <summary>The bind of one of the ports: at the address of the service, with no option for sharing.</summary>
    public BindRequest Request(int port)
    {
        BindRequest bind = Service.Binds[0];
        return new BindRequest
        {
            Protocol = Pool.Protocol,
            Endpoint = bind.Endpoint.WithPort(port),
            DualMode = bind.DualMode,
            Device = bind.Device,
            FreeBind = bind.FreeBind,
            Listen = Pool.Protocol == TransportProtocol.Tcp,
            Asker = bind.Asker,
        };
    }

    /// <summary>Other ports, which are free, in the configuration of the server; where none were found without naming any.</summary>
    /// <param name="examination">The case.</param>
    /// <param name="mind">What holds besides; null for nothing.</param>
    public Remedy ChooseOthers(Examination examination, string? mind = null)
    {
        BindRequest like = Request(Pool.First);
        if (examination.Binds.FindFreeStretch(like, Pool.Count, port => IsWanted(port, examination)) is not { } free)
        {
            return AskerRemedy.Configure(
                $"Give {Name} other data ports, or fewer: no {Number(Pool.Count)} ports in a row were found here that are neither automatic, kept nor held and can be bound like these.", null, mind);
        }

        return AskerRemedy.Configure(
            $"Let {Name} take {Words(Pool.Protocol, free)} for its data: {(free.Count == 1 ? "it is the lowest port that is" : $"they are the lowest {Number(free.Count)} ports in a row that are")} neither automatic, kept nor held here{KeysOf(examination, free)}.",
            Request(free.First), mind);
    }

    /// <summary>A range of ports for a sentence.</summary>
    public static string Words(TransportProtocol protocol, PortSpan ports) =>
        $"{BindRequestText.NameOf(protocol)} {(ports.First == ports.Last ? Number(ports.First) : $"{Number(ports.First)}-{Number(ports.Last)}")}";

    // The pool itself is one of those that have its ports.
    private bool IsWanted(int port, Examination examination) => examination.WantedPorts(Pool.Protocol)[port] > (Pool.Contains(port) ? 1 : 0);

    // Serva's own names for it; other products have others.
    private string KeysOf(Examination examination, PortSpan ports)
    {
        if (examination.Case.Profile?.Name != ServiceProfile.Serva.Name)
            return "";
        (string? lowest, string? highest) = Service.Name switch
        {
            "TFTP" => (ServaConfiguration.LowestTftpPort, ServaConfiguration.HighestTftpPort),
            "FTP" => (ServaConfiguration.LowestFtpPort, ServaConfiguration.HighestFtpPort),
            _ => ((string?)null, null),
        };
        return lowest is null ? "" : $" (Serva.ini: {lowest}={Number(ports.First)}, {highest}={Number(ports.Last)})";
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
