using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Serva.Diagnostics.Rules;
using Serva.Diagnostics.Tests.Cases;
using Serva.Diagnostics.Tests.Conventions;
using Xunit;
using IOPath = System.IO.Path;

namespace Serva.Diagnostics.Tests.Rules;

/// <summary>
/// Every command that a remedy offers, against the syntax of its program as its manual has it: on whose system it is typed, and that
/// nothing but one command stands in a line.
/// </summary>
public sealed partial class CommandSyntaxTests
{
    private const string Unit = @"[A-Za-z0-9:_.@\\-]+", Name = @"[A-Za-z0-9_.$-]+", Number = "[0-9]+", Address = "[0-9a-fA-F.:]+", Prefix = "[0-9a-fA-F.:]+(/[0-9]+)?",
        Path = "[A-Za-z0-9_./@+-]+", Port = "[0-9]{1,5}", Quoted = "'[^']*'", Device = "[A-Za-z0-9_.@-]+";

    // systemctl(1), sysctl(8), ip-route(8), ip-rule(8), ip-address(8), nft(8), iptables(8), ufw(8), firewall-cmd(1), docker(1), virsh(1), kill(1), ps(1), ss(8), lsof(8), setcap(8), semanage-port(8), ausearch(8), journalctl(1), aa-complain(8), snap(8), nsenter(1), coreutils.
    private static readonly string[] s_sh =
    [
        $"systemctl (--user )?(start|stop|restart) {Unit}( {Unit})*",
        "systemctl list-sockets --all --no-pager",
        "launchctl (load|unload) -w /System/Library/LaunchDaemons/[a-z]+\\.plist",
        $"sysctl -w [a-z0-9_]+([./][A-Za-z0-9_@-]+)+=({Number}([,-]{Number})*)?",
        $"ip (-6 )?route (add|del|change|replace) (default|{Prefix})( (via|dev|src|table|metric|proto|scope) (inet6 )?{Device}|( (via|src) {Address}))*",
        $"ip (-6 )?rule (add|del)( (from|to|iif|oif|lookup|priority|fwmark|suppress_prefixlength) ({Prefix}|{Device}))+",
        "ip address show",
        $"ip (-6 )?address (add|del) {Address}( peer {Address})?/{Number}( broadcast {Address})?( scope (link|host|{Number}))? dev {Device}",
        $"nft '(add|insert) rule (ip|ip6|inet) {Name} {Name} (handle {Number} )?(tcp|udp|sctp) dport {Port}(-{Port})? accept comment \"serva-diag (tcp|udp|sctp) {Port}(-{Port})?( before {Number})?( no {Number})?\"'",
        // A rule's handle is known once it is there: the one that has the remedy's own comment.
        $"nft -a list chain (ip|ip6|inet) {Name} {Name} \\| sed -n 's/\\.\\*comment \"serva-diag (tcp|udp|sctp) {Port}(-{Port})?( before {Number})?( no {Number})?\" # handle //p' \\| xargs nft delete rule (ip|ip6|inet) {Name} {Name} handle",
        $"nft delete rule (ip|ip6|inet) {Name} {Name} handle {Number}",
        $"nft (add|insert) rule (ip|ip6|inet) {Name} {Name} (handle {Number} )?'[a-z0-9 .:/\"_{{}},-]+'",
        "nft 'table inet serva_tftp \\{ ct helper tftp \\{ type \"tftp\" protocol udp; \\}; chain prerouting \\{ type filter hook prerouting priority filter; policy accept; udp dport 69 ct helper set \"tftp\"; \\}; \\}'",
        "nft delete table inet serva_tftp",
        $"nft -a list (chain (ip|ip6|inet) {Name} {Name}|ruleset)",
        $"(iptables|ip6tables) (-w )?(-t {Name} )?-[AID] {Name} ({Number} )?[A-Za-z0-9 ./:_-]+",
        $"ufw (delete |insert 1 )?(allow|deny|reject) {Port}(:{Port})?/(tcp|udp)",
        $"ufw (delete|insert 1) allow in on {Name} to any port {Port}(:{Port})? proto (tcp|udp)",
        $"firewall-cmd (--permanent )?(--zone={Name} )?--(add|remove)-(port={Port}(-{Port})?/(tcp|udp)|service={Name})",
        "firewall-cmd --reload",
        $"(docker|podman) (ps --filter publish={Port}|(start|stop) {Name})",
        $"lxc-(start|stop) -n {Name}",
        "virsh (net-list|net-(destroy|start) default)",
        $"kill (-CONT |-STOP )?{Number}( {Number})*",
        $"ps -o args= -p {Number}",
        $"ps -o pid,ppid,lstart,args -p {Number}(,{Number})*",
        $"ss -a[tu]npe 'sport = :{Port}'",
        $"lsof -nP -i :{Port}",
        $"setcap (-r|'?cap_net_bind_service=\\+ep'?) {Path}",
        "ausearch -m AVC -ts recent",
        $"semanage port (-l -C|-a -t {Name} -p (tcp|udp) {Port}|-d -p (tcp|udp) {Port})",
        "journalctl -k --since=-1h --grep=DENIED",
        $"aa-(complain|enforce) {Path}",
        $"snap (connections {Name}|(connect|disconnect) {Name}:network-(bind|control))",
        $"nsenter -t {Number} -n ss -lntup",
        "openssl version -d",
        $"mkdir -p {Path}", $"rm {Path}", $"mv -fT {Path} {Path}", $"cp -Pn {Path} {Path}", $"ln -sfn {Path} {Path}",
        $"printf '[^']*' > {Path}",
        $"serva-diag capture -o case.json ({Quoted}|[a-z]+/[^ ';|&]+)",
        $"/{Path}",
    ];

    // "Windows Commands", "Netsh Command Syntax", "Configure the Socket Pool": net, netsh, sc, taskkill, tasklist, wdsutil, wusa, reg, dnscmd; "Basic commands for WSL".
    private static readonly string[] s_cmd =
    [
        $"net (start|stop) {Name}",
        "netsh http show servicestate view=requestq",
        @"netsh http add urlacl url=https?://[A-Za-z0-9./:_*+-]+/ user=([A-Za-z0-9_.\\-]+|""[^""%]+""|""%USERDOMAIN%\\%USERNAME%"")",
        "netsh http show urlacl url=https?://[A-Za-z0-9./:_*+-]+/",
        "netsh http delete urlacl url=https?://[A-Za-z0-9./:_*+-]+/",
        $@"reg add HKLM\\[A-Za-z0-9\\]+ /v {Name} /t REG_DWORD /d {Number} /f",
        @"reg query HKLM\\[A-Za-z0-9\\]+ /s",
        "systeminfo",
        "netsh wfp show filters",
        $@"reg delete HKLM\\[A-Za-z0-9\\]+ /v {Name} /f",
        $"netsh (interface|int) ipv[46] (add|delete) excludedportrange (protocol=)?(tcp|udp) startport={Port} numberofports={Number} store=(persistent|active)",
        $"netsh (interface|int) ipv[46] set dynamicport (tcp|udp) start={Port} num={Number}",
        $"netsh (interface|int) ipv[46] (add|delete) route {Prefix} ({Number}|\"[^\"]+\")( {Address})?( metric={Number})?( store=(active|persistent))?",
        $"netsh (interface|int) ipv[46] set interface ({Number}|\"[^\"]+\")( [a-z]+=([a-z]+|{Number}))+",
        $"netsh interface portproxy add v[46]tov[46] listenport={Port} listenaddress=({Address}|[*]) connectport={Port} connectaddress={Address}",
        $"netsh interface portproxy delete v[46]tov[46] listenport={Port} listenaddress=({Address}|[*])",
        "netsh interface portproxy show all",
        "netsh dhcp server show optionvalue",
        $"netsh advfirewall firewall add rule name=\"[^\"%]+\" dir=in action=allow( (program=\"[^\"%]+\"|protocol=(tcp|udp|{Number})|localport={Port}(-{Port})?|profile=[a-z,]+|service={Name}|remoteip=[A-Za-z0-9./,-]+|enable=yes))*",
        "netsh advfirewall firewall delete rule name=\"[^\"%]+\"( (dir=in|profile=(any|domain|private|public)|protocol=(tcp|udp)|localport=[0-9]+(-[0-9]+)?|program=\"[^\"%]+\"|service=[A-Za-z0-9_-]+))*",
        "netsh advfirewall firewall (set|show) rule name=\"[^\"%]+\"[^|&;<>]*",
        $"route (-p )?(add|delete|change) {Address}( mask {Address})?( {Address})?( metric {Number})?( if {Number})?",
        $"taskkill /PID {Number}",
        $"tasklist /svc /fi \"PID eq {Number}\"",
        "netstat -abno",
        "wdsutil /Set-Server /UseDHCPPorts:(Yes|No)",
        $"dnscmd /Config /SocketPoolExcludedPortRanges {Number}-{Number}( {Number}-{Number})*",
        "reg delete HKLM(\\\\[A-Za-z0-9]+)+ /v [A-Za-z0-9]+ /f",
        "wsl (--shutdown|--list --running)",
        @"wusa(\.exe)? (/uninstall /kb:[0-9]+|[a-z0-9.-]+\.msu)( /quiet)?( /norestart)?",
        "start ms-settings:windowsupdate",
        "control /name Microsoft.WindowsUpdate",
        "serva-diag capture -o case.json [^;|&]+",
    ];

    // What may be filled in: a number or an address, a name, nothing, a word in quotes, a protocol.
    private static readonly string[] s_words = ["1", "a", "", "'a'", "\"a\"", "tcp"];

    // And where that is more than a word.
    private static readonly Dictionary<string, string[]> s_wordsOf = new()
    {
        ["{Setting}"] = ["net.ipv4.a"],
        ["{setting}"] = ["net.ipv4.a"],
        ["{all}"] = ["1-2 3-4"],
        ["{family}"] = ["ipv4", "ip"],
        ["{Family(request)}"] = ["ipv4"],
        ["{Protocol(request)}"] = ["tcp"],
        ["{where}"] = ["protocol=tcp startport=1 numberofports=2 store=active", "tcp startport=1 numberofports=2 store=active", "any"],
        ["{plug}"] = ["network-bind"],
        ["{Parameters}"] = ["HKLM\\A\\B"],
        ["{key}"] = ["HKLM\\A\\B"],
        ["{place}"] = ["-p tcp 1"],
        ["{prefix}"] = ["http://a:1/"],
        ["{Job}"] = ["/System/Library/LaunchDaemons/a.plist"],
        ["{proxy.Kind}"] = ["v4tov4"],
        ["{type}"] = ["Manual"],
    };

    private static readonly string[] s_powerShell =
    [
        $"Set-NetIPInterface -InterfaceIndex {Number} -AddressFamily IPv[46] (-InterfaceMetric {Number}|-AutomaticMetric (Enabled|Disabled)( -InterfaceMetric {Number})?)",
        $"(New|Remove)-NetRoute -DestinationPrefix '{Prefix}' -InterfaceIndex {Number} -NextHop '{Address}'( -RouteMetric {Number}| -Confirm:\\$false)",
        $"Start-Process -FilePath {Quoted}",
        $"Get-Process -Id {Number}(,{Number})* \\| Format-List Id,StartTime,Path",
        $"(Start|Stop)-Service -Name {Quoted}",
        $"Set-Service -Name {Quoted} -StartupType (Automatic|Manual|Disabled)",
        $"(Enable|Disable|Remove)-NetFirewallRule -Name {Quoted}",
        $"Set-NetFirewallRule -Name {Quoted} (-Enabled (True|False)|-Profile [A-Za-z, ]+)",
        $"Set-NetConnectionProfile -InterfaceIndex {Number} -NetworkCategory (Private|Public)",
        $"New-NetFirewallRule( -[A-Za-z]+ ({Quoted}|[A-Za-z0-9,]+))+",
    ];

    private static readonly Dictionary<CommandShell, IEnumerable<Regex>> s_syntaxes = new()
    {
        [CommandShell.Sh] = Compile(s_sh),
        [CommandShell.Cmd] = Compile(s_cmd),
        [CommandShell.PowerShell] = Compile(s_powerShell),
    };

    public static TheoryData<string> Ids => [.. KnownIssues.All.Select(rule => rule.Info.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Command_OfEveryRule_IsOfASyntaxThatIsKnown(string id) =>
        Assert.All(Remedies(id).SelectMany(remedy => remedy.Apply.Concat(remedy.Revert)), command => Assert.True(IsKnown(command), $"{command.Shell}: {command.Text}"));

    /// <summary>Commands that no case brings forth stand in the sources all the same: what is filled in there is a word of some kind.</summary>
    [Fact]
    public void Command_WrittenInTheSources_IsOfASyntaxThatIsKnown()
    {
        string folder = IOPath.Combine(Repository.Root, "src", "Serva.Diagnostics", "Rules");
        var unknown = new List<string>();
        int count = 0;
        foreach (string file in Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match match in Literal().Matches(File.ReadAllText(file)))
            {
                string text = Regex.Unescape(match.Groups["text"].Value);
                CommandShell shell = Enum.Parse<CommandShell>(match.Groups["shell"].Value);
                // A whole line from elsewhere is one of the others.
                if (text.StartsWith('{'))
                    continue;
                bool isFilled = match.Groups["isFilled"].Length > 0;
                string[] parts = isFilled ? Hole().Split(text) : [text], holes = isFilled ? [.. Hole().Matches(text).Select(hole => hole.Value)] : [];
                count++;
                if (parts.Length > 6 || !IsKnown(shell, parts, holes, parts[0], 1))
                    unknown.Add($"{IOPath.GetFileName(file)}: {shell}: {text}");
            }
        }

        Assert.True(unknown.Count == 0, string.Join('\n', unknown));
        Assert.InRange(count, 75, 500);
    }

    [Theory]
    [InlineData(CommandShell.Sh, "systemctl stop a; rm -rf /")]
    [InlineData(CommandShell.Sh, "net stop w32time")]
    [InlineData(CommandShell.Sh, "systemctl stopp nginx.service")]
    [InlineData(CommandShell.Cmd, "net stop a & calc")]
    [InlineData(CommandShell.Cmd, "sc triggerinfo hns delete")]
    [InlineData(CommandShell.PowerShell, "Stop-Service -Name 'a'; calc")]
    public void Command_OfAnotherSyntax_IsNotKnown(CommandShell shell, string text) =>
        Assert.False(IsKnown(new RemedyCommand { Shell = shell, Text = text }));

    /// <summary>What stops is started again by name; what sets a variable sets that variable back.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void Revert_OfEveryRule_TakesBackWhatWasApplied(string id)
    {
        foreach (Remedy remedy in Remedies(id))
        {
            string[] left = [.. remedy.Apply.SelectMany(command => Subjects(command.Text)).Select(Opposite).OfType<string>()];
            IEnumerable<RemedyCommand> started = remedy.Apply.Where(command => command.Text.StartsWith("net start ", StringComparison.Ordinal));
            string[] taken = [.. remedy.Revert.Concat(started).SelectMany(command => Subjects(command.Text))];
            Assert.All(left, subject => Assert.True(remedy.NothingToRevertBecause is not null || taken.Contains(subject), $"{remedy.Summary}: {subject} is not among {string.Join(", ", taken)}"));
        }
    }

    private static string? Opposite(string subject) =>
        subject.StartsWith("net stop ", StringComparison.Ordinal) ? "net start " + subject[9..]
        : subject.StartsWith("net start ", StringComparison.Ordinal) ? null
        : subject.StartsWith("systemctl stop ", StringComparison.Ordinal) ? "systemctl start " + subject[15..]
        : subject;

    /// <summary>What is stopped or started, or the name of what is set; none for other commands. systemctl takes several units.</summary>
    private static IEnumerable<string> Subjects(string command)
    {
        if (Regex.Match(command, $"^systemctl (start|stop)((?: {Unit})+)$") is { Success: true } units)
            return units.Groups[2].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(unit => $"systemctl {units.Groups[1].Value} {unit}");
        return Regex.Match(command, $"^(net (start|stop) {Name}|sysctl -w [^=]+)").Value is { Length: > 0 } subject ? [subject] : [];
    }

    // Whether some words in the holes make a command of it.
    private static bool IsKnown(CommandShell shell, string[] parts, string[] holes, string text, int next) => next == parts.Length
        ? IsKnown(new RemedyCommand { Shell = shell, Text = text })
        : s_wordsOf.GetValueOrDefault(holes[next - 1], s_words).Any(word => IsKnown(shell, parts, holes, text + word + parts[next], next + 1));

    [GeneratedRegex("(?:Shell = CommandShell\\.(?<shell>Sh|Cmd|PowerShell), Text = |(?<!CommandText\\.)\\b(?<shell>Sh|Cmd|PowerShell)\\()(?:string\\.Create\\([A-Za-z.]*CultureInfo\\.InvariantCulture, )?(?:Number\\()?(?<isFilled>\\$?)\"(?<text>(?:[^\"\\\\{]|\\\\.|\\{[^}]*\\})*)\"")]
    private static partial Regex Literal();

    [GeneratedRegex("\\{[^}]*\\}")]
    private static partial Regex Hole();

    internal static bool IsKnown(RemedyCommand command) => s_syntaxes[command.Shell].Any(syntax => syntax.IsMatch(command.Text));

    private static IEnumerable<Regex> Compile(string[] syntaxes) => [.. syntaxes.Select(syntax => new Regex($"^(?:{syntax})$", RegexOptions.NonBacktracking))];

    private static IEnumerable<Remedy> Remedies(string id) =>
        Diagnoser.Diagnose(TestCases.Read($"{id}.hit")).Findings.SelectMany(finding => finding.Remedies);
}
