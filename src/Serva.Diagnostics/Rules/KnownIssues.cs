using System;
using System.Collections.Immutable;
using Serva.Diagnostics.Rules.BindIssues;
using Serva.Diagnostics.Rules.ConsistencyIssues;
using Serva.Diagnostics.Rules.ErrorIssues;
using Serva.Diagnostics.Rules.FirewallIssues;
using Serva.Diagnostics.Rules.HolderIssues;
using Serva.Diagnostics.Rules.PlatformIssues;
using Serva.Diagnostics.Rules.RouteIssues;
using Serva.Diagnostics.Rules.ServiceIssues;

namespace Serva.Diagnostics.Rules;

/// <summary>The known issues that the library finds.</summary>
public static class KnownIssues
{
    /// <summary>Every rule, by id.</summary>
    public static ImmutableArray<KnownIssue> All { get; } =
    [
        new PredictionDisagrees(),
        new PortHeldByAnother(),
        new ServerStartedTwice(),
        new WindowsTimeHoldsNtp(),
        new ResolvedStubHoldsDns(),
        new KernelHoldsPort(),
        new ExcludedPortRange(),
        new PrivilegedPort(),
        new DualStackHolder(),
        new AddressNotOnHost(),
        new LoopbackOnly(),
        new TimeWait(),
        new WebServerHoldsPort(),
        new PortShared(),
        new NobodyReads(),
        new InternetSharingHoldsPort(),
        new DeploymentServicesHoldPort(),
        new DhcpServerHoldsPort(),
        new DnsServerHoldsPort(),
        new PortProxyHoldsPort(),
        new WslHoldsPort(),
        new SimpleTcpServicesHoldPort(),
        new DockerHoldsPort(),
        new DnsmasqHoldsPort(),
        new SystemdHoldsPort(),
        new NtpServerHoldsPort(),
        new SyslogHoldsPort(),
        new MulticastDnsHoldsPort(),
        new TftpServerHoldsPort(),
        new FtpServerHoldsPort(),
        new EndedOwnerHoldsPort(),
        new AutomaticPortTaken(),
        new AddressOnNoInterface(),
        new IPv6SwitchedOff(),
        new AddressNotReady(),
        new PortOfAnotherType(),
        new ConfinedByProfile(),
        new ServerInOtherNamespace(),
        new PoolInExcludedRange(),
        new PoolTaken(),
        new AirPlayHoldsPort(),
        new PrivilegedPool(),
        new MacInternetSharingHoldsDns(),
        new MacBootpsHoldsDhcp(),
        new UrlReservation(),
        new UrlRegisteredAlready(),
        new ReceiveReset(),
        new AddressWithoutLink(),
        new PortBlockOfWsl(),
        new ReplyByOtherInterface(),
        new SeveralDefaultRoutes(),
        new EqualMetrics(),
        new VpnTakesDefault(),
        new ReplyWithOtherSource(),
        new BroadcastByOneInterface(),
        new ReversePathFilter(),
        new OtherVrf(),
        new OtherCardAnswers(),
        new KeptOutByUfw(),
        new KeptOutByFirewalld(),
        new KeptOutByNftables(),
        new KeptOutByIptables(),
        new DockerBypassesUfw(),
        new TftpDataKeptIn(),
        new SentElsewhere(),
        new FtpDataKeptOutOnWindows(),
        new FtpDataKeptOutOnLinux(),
        new NoInboundRule(),
        new BlockedByRule(),
        new OtherFirewallProfile(),
        new LocalRulesNotMerged(),
        new FirewallServiceStopped(),
        new KillSwitch(),
        new TlsOctober2022(),
        new TlsHandshakeFails(),
        new ProxyDhcpDoesNotAnswer(),
    ];

    /// <summary>A rule by its id, or null when there is none. Ids compare without case.</summary>
    public static KnownIssue? Find(string id)
    {
        foreach (KnownIssue rule in All)
        {
            if (string.Equals(rule.Info.Id, id, StringComparison.OrdinalIgnoreCase))
                return rule;
        }

        return null;
    }
}
