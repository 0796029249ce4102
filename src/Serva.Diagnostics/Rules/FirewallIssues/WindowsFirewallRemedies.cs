using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Serva.Diagnostics.Binding;
using Serva.Diagnostics.Firewall;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Rules.FirewallIssues;

/// <summary>Lets the clients of a service in on Windows. What is offered was simulated and helps.</summary>
internal static class WindowsFirewallRemedies
{
    private const int Udp = 17;

    /// <summary>A service by protocol and port: <c>udp 69</c>.</summary>
    public static string ServiceOf(Flow flow) => string.Create(CultureInfo.InvariantCulture, $"{(flow.IPProtocol == Udp ? "udp" : "tcp")} {flow.DestinationPort}");

    /// <summary>A rule for this program, port and profile alone; null when it does not help.</summary>
    public static Remedy? Allow(ClientVerdict client, HostSnapshot host) => Allow(client, host, client.Verdict.Flow.DestinationPort, client.Verdict.Flow.DestinationPort);

    /// <summary>A rule for this program, a range of ports and profile alone; null when it does not help, or when nobody knows which program it would be for.</summary>
    public static Remedy? AllowRange(ClientVerdict client, HostSnapshot host, PortSpan ports) =>
        new WindowsFirewallPacket(host, new SocketIndex(host.Sockets), client.Verdict.Flow).Receiver.Owners is [{ Path: { } path }] && Quoted(path) is not null
            ? Allow(client, host, ports.First, ports.Last)
            : null;

    private static Remedy? Allow(ClientVerdict client, HostSnapshot host, int first, int last)
    {
        Flow flow = client.Verdict.Flow;
        string words = first == last ? ServiceOf(flow) : string.Create(CultureInfo.InvariantCulture, $"{(flow.IPProtocol == Udp ? "udp" : "tcp")} {first}-{last}");
        WindowsFirewallReceiver receiver = new WindowsFirewallPacket(host, new SocketIndex(host.Sockets), flow).Receiver;
        ProcessRow? owner = receiver.Owners.Length == 1 ? receiver.Owners[0] : null;
        bool isSystem = owner is not null && WindowsFirewallReceiver.IsSystem(owner);
        string? program = isSystem ? "System" : owner?.Path;
        string? word = Quoted(program);
        string? service = owner?.Services is [{ } only] && CommandText.Cmd(only) == only ? only : null;
        string name = $"{(word is null || isSystem ? "Port" : service ?? WindowsFirewallReceiver.NameOf(owner!))} {words}";
        if (Quoted(name) is not { } quoted)
            return null;
        WindowsFirewallProfile? profile = client.Client.Interface.FirewallProfile;
        string protocol = flow.IPProtocol == Udp ? "udp" : "tcp";
        string port = first == last ? first.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{first}-{last}");
        var row = new WindowsFirewallRuleRow
        {
            RuleId = name,
            Store = WindowsFirewallStore.Local,
            Text = $"v2.0|Action=Allow|Active=TRUE|Dir=In|Protocol={flow.IPProtocol}{(profile is null ? "" : $"|Profile={profile}")}|LPort={port}{(word is null ? "" : $"|App={program}")}{(service is null ? "" : $"|Svc={service}")}|Name={name}|",
            Rule = new WindowsFirewallRule
            {
                Version = new Version(2, 0),
                Active = true,
                Direction = FirewallDirection.In,
                Action = WindowsFirewallAction.Allow,
                IPProtocol = flow.IPProtocol,
                Profiles = profile is { } its ? [its] : [],
                LocalPorts = [new WindowsFirewallPorts { First = first, Last = last }],
                Application = word is null ? null : program,
                Service = service,
                DisplayName = name,
            },
        };
        string conditions = $"{(word is null ? "" : $" program={word}")}{(service is null ? "" : $" service={service}")}";
        string where = profile is { } known ? ProfileWord(known) : "any";
        return Simulated(
            $"Let in what comes for {words}{(word is null ? "" : $", for {(isSystem ? "the system" : service ?? SafeText.Of(WindowsFirewallReceiver.NameOf(owner!)))} alone")}{(profile is null ? "" : $" and in the profile {profile}")}.",
            new AddWindowsFirewallRule { Rule = row },
            [Cmd($"netsh advfirewall firewall add rule name={quoted} dir=in action=allow protocol={protocol} localport={port}{conditions} profile={where}")],
            [Cmd($"netsh advfirewall firewall delete rule name={quoted} dir=in profile={where}{conditions} localport={port} protocol={protocol}")],
            client.Verdict.Flow, host);
    }

    /// <summary>Switches block rules off, and lets the service in where nothing else does.</summary>
    public static Remedy? SwitchOff(IReadOnlyList<WindowsFirewallRuleRow> rules, ClientVerdict client, HostSnapshot host)
    {
        string?[] names = [.. rules.Select(NameOf)];
        if (names.Contains(null) || rules.Any(row => row.Store != WindowsFirewallStore.Local))
            return null;
        SnapshotChange[] off = [.. rules.Select(row => new SetWindowsFirewallRule { Rule = row, To = With(row, row.Rule! with { Active = false }, "Active=TRUE", "Active=FALSE") })];
        HostSnapshot after = off.Aggregate(host, (state, change) => state.With(change));
        Remedy? allow = new FirewallEvaluator(after).Evaluate(client.Verdict.Flow).Outcome == FirewallOutcome.Accept ? null : Allow(client, after);
        return Simulated(
            $"Switch {(rules.Count == 1 ? "the block rule" : "the block rules")} off{(allow is null ? "" : ", and let in what comes for the service")}.",
            new SeveralChanges { Changes = [.. off, .. allow is null ? [] : new[] { allow.Change! }] },
            [.. names.Select(name => PowerShell($"Disable-NetFirewallRule -Name {name}")), .. allow?.Apply ?? []],
            [.. allow?.Revert ?? [], .. names.Select(name => PowerShell($"Enable-NetFirewallRule -Name {name}"))],
            client.Verdict.Flow, host);
    }

    /// <summary>Makes an allow rule one of this profile too.</summary>
    public static Remedy? Extend(WindowsFirewallRuleRow row, ClientVerdict client, HostSnapshot host)
    {
        if (row.Store != WindowsFirewallStore.Local || NameOf(row) is not { } name || client.Client.Interface.FirewallProfile is not { } profile)
            return null;
        string before = string.Join(",", row.Rule!.Profiles);
        string last = $"|Profile={row.Rule.Profiles[^1]}";
        return Simulated(
            $"Make the rule {SafeText.Of(row.Rule.DisplayName ?? row.RuleId)} one of the profile {profile} too.",
            new SetWindowsFirewallRule { Rule = row, To = With(row, row.Rule with { Profiles = [.. row.Rule.Profiles, profile] }, last, $"{last}|Profile={profile}") },
            [PowerShell($"Set-NetFirewallRule -Name {name} -Profile {before},{profile}")],
            [PowerShell($"Set-NetFirewallRule -Name {name} -Profile {before}")],
            client.Verdict.Flow, host);
    }

    // -Name takes patterns, which would be other rules, or none.
    private static string? NameOf(WindowsFirewallRuleRow row) => row.RuleId.AsSpan().ContainsAny("*?[]") ? null : CommandText.PowerShell(row.RuleId);

    private static WindowsFirewallRuleRow With(WindowsFirewallRuleRow row, WindowsFirewallRule rule, string text, string other) =>
        row with { Rule = rule, Text = row.Text?.Replace(text, other, StringComparison.OrdinalIgnoreCase) };

    private static Remedy? Simulated(
        string summary, SnapshotChange change, ImmutableArray<RemedyCommand> apply, ImmutableArray<RemedyCommand> revert, Flow flow, HostSnapshot host)
    {
        FirewallVerdict then = new FirewallEvaluator(host.With(change)).Evaluate(flow);
        return then.Outcome != FirewallOutcome.Accept ? null : new Remedy
        {
            Summary = summary,
            Change = change,
            Apply = apply,
            Revert = revert,
            NeedsElevation = true,
            Risk = RemedyRisk.Low,
            Consequence = "Every client on that network may ask the service then.",
            FirewallAfterwards = then,
        };
    }

    private static string? Quoted(string? word) => CommandText.Cmd(word) is not { } text ? null : text[0] == '"' ? text : $"\"{text}\"";

    private static string ProfileWord(WindowsFirewallProfile profile) => profile switch
    {
        WindowsFirewallProfile.Domain => "domain",
        WindowsFirewallProfile.Private => "private",
        WindowsFirewallProfile.Public => "public",
        _ => "any",
    };

    private static RemedyCommand Cmd(string text) => new() { Shell = CommandShell.Cmd, Text = text };

    private static RemedyCommand PowerShell(string text) => new() { Shell = CommandShell.PowerShell, Text = text };
}
