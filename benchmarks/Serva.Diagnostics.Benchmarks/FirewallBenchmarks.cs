using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Serva.Diagnostics.Tests.Firewall;

namespace Serva.Diagnostics.Benchmarks;

/// <summary>One verdict among ten thousand rules that all have to be passed over. At most 200 microseconds.</summary>
[MemoryDiagnoser]
public class FirewallBenchmarks
{
    private const int Rules = 10_000;

    private static readonly Flow s_linux = Flow.Parse("10.9.0.2 from 192.0.2.7 iif fw0 ipproto tcp sport 40000 dport 22");
    private static readonly Flow s_windows = Flow.Parse("10.0.0.5 from 192.0.2.7 ipproto udp dport 69");

    private FirewallEvaluator? _linuxHost, _windowsHost;

    [GlobalSetup]
    public void Generate()
    {
        StringBuilder iptables = new("*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"), windows = new();
        for (int i = 0; i < Rules; i++)
        {
            iptables.Append(CultureInfo.InvariantCulture, $"-A INPUT -s 10.{100 + (i / 256)}.{i % 256}.0/24 -p tcp -m tcp --dport {1000 + i} -j ACCEPT\n");
            windows.Append(CultureInfo.InvariantCulture, $"Allow|Protocol={(i % 2 == 0 ? 6 : 17)}|LPort={1000 + i}|App=C:\\Programs\\p{i}.exe|Profile=Public\n");
        }

        _linuxHost = new FirewallEvaluator(LinuxFirewallHost.WithIptables(iptables.Append("COMMIT\n").ToString()));
        _windowsHost = new FirewallEvaluator(WindowsFirewallHost.With(windows.ToString()));
    }

    [Benchmark]
    public FirewallVerdict Iptables() => _linuxHost!.Evaluate(s_linux);

    [Benchmark]
    public FirewallVerdict WindowsFirewall() => _windowsHost!.Evaluate(s_windows);
}
