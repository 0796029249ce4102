using System.CommandLine;

namespace Serva.Diagnostics.Cli;

/// <summary><c>collect-script windows|linux</c>: a script of commands that every such system has, whose output <c>import</c> reads.</summary>
internal static class CollectScriptCommand
{
    // A prompt stands before each command: it ends the one before it, and its options tell what was asked for.
    private const string Windows = """
        @echo off
        rem Collects what a diagnosis of sockets, routes and the firewall needs; it changes nothing and sends nothing.
        rem Windows XP to 11. As administrator it sees more. Run it so:  collect.cmd > host.txt
        ver
        call :say netstat -ano
        netstat -ano
        call :say tasklist /svc
        tasklist /svc
        call :say sc queryex type= service state= all
        sc queryex type= service state= all
        call :say route print
        route print
        for %%f in (ipv4 ipv6) do for %%p in (tcp udp) do call :ports %%f %%p
        for %%f in (ipv4 ipv6) do call :interfaces %%f
        call :say netsh http show servicestate view=requestq
        netsh http show servicestate view=requestq
        call :firewall SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy
        call :firewall SOFTWARE\Policies\Microsoft\WindowsFirewall
        call :say systeminfo
        systeminfo
        goto :eof

        :ports
        call :say netsh interface %1 show excludedportrange %2
        netsh interface %1 show excludedportrange %2
        call :say netsh interface %1 show dynamicport %2
        netsh interface %1 show dynamicport %2
        goto :eof

        :interfaces
        call :say netsh interface %1 show interface
        netsh interface %1 show interface
        goto :eof

        :firewall
        call :say reg query HKLM\%1 /s
        reg query HKLM\%1 /s 2>nul
        goto :eof

        :say
        echo.
        echo C:\^>%*
        echo.
        goto :eof

        """;

    private const string Linux = """
        #!/bin/sh
        # Collects what a diagnosis of sockets, routes and the firewall needs; it changes nothing and sends nothing.
        # As root it sees more. Run it so:  sh collect.sh > host.txt
        PATH=$PATH:/sbin:/usr/sbin
        LC_ALL=C
        export PATH LC_ALL
        run() {
            echo "\$ $*"
            "$@" 2>/dev/null || echo "($1 failed)"
        }
        # An ip without -j prints text instead.
        ip_() {
            if ip -j link >/dev/null 2>&1; then run ip -j "$@"; echo; else run ip "$@"; fi
        }
        run uname -srm
        run cat /etc/os-release
        run id
        ip_ -d link
        ip_ -d addr
        ip_ -d route show table all
        ip_ -d rule
        ip_ -6 -d rule
        ip_ addrlabel
        ip_ neigh
        run ps -eo pid,user,comm
        if ss -tuanpe --cgroup >/dev/null 2>&1; then run ss -tuwanpe --cgroup; else run ss -tuwanpe; fi
        for name in ip_local_port_range ip_local_reserved_ports ip_unprivileged_port_start ip_nonlocal_bind ip_forward tcp_tw_reuse conf.all.rp_filter; do
            run sysctl net.ipv4.$name
        done
        run sysctl -a -r '^net\.(ipv4\.conf\.[^.]*\.(rp_filter|arp_ignore|arp_filter|forwarding|src_valid_mark|ignore_routes_with_linkdown)|ipv6\.(bindv6only|ip_nonlocal_bind|conf\.[^.]*\.(disable_ipv6|forwarding)))'
        run nft -j list ruleset
        echo
        run iptables-save
        run ip6tables-save

        """;

    public static Command Create(CommandStreams streams)
    {
        var system = new Argument<string>("SYSTEM") { Description = "windows (XP to 11) or linux." };
        system.AcceptOnlyFromAmong("windows", "linux");
        var command = new ExampledCommand("collect-script", "A script of stock commands for a machine without this tool; import reads its output whole.")
        {
            Examples =
            [
                ("windows > collect.cmd", "there: collect.cmd > host.txt; here: serva-diag import host.txt --explain"),
                ("linux > collect.sh", "there: sh collect.sh > host.txt"),
            ],
            Statuses = "0 printed",
        };
        command.Add(system);
        command.SetAction(parsed =>
        {
            streams.Print(parsed.GetRequiredValue(system) == "windows" ? Windows.ReplaceLineEndings("\r\n") : Linux);
            return ExitStatus.Success;
        });
        return command;
    }
}
