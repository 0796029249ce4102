using System;
using System.Text;
using System.Threading.Tasks;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Import;

public sealed class ImportMutationTests(ITestOutputHelper output)
{
    private static readonly string[] s_pieces =
    [
        "\n", "\r", " ", "\t", "  ", ":", "/", "*", "[", "]", "{", "}", "\"", "-", "=", "----", "====", "0", "4294967296", "65536", "99999999999999999999", "::", "fe80::1%", "10.0.0.1", "TCP ", "UDP ",
        "\0", "\ud800", "\u2028", "users:((\"", "pid=", "v2.30|", "REG_SZ", "SERVICE_NAME: ", "Rule Name: ", "Proto ", "1: a: <", "inet ", "from all", "*filter", "-A ", "10013", "bind", "KB1234567", "HTTP://",
    ];

    [Fact]
    [Trait("Long", "Yes")]
    public void Read_MutatedText_NeverThrowsAndLooksAtEachCharacterAFewTimes()
    {
        int iterations = Extent.Of(plain: 2_000, ci: 100_000, longRun: 10_000_000), seed = Extent.Seed(11);
        (double Looks, string Text) most = (0, "");
        object gate = new();
        Parallel.For(0, 8, part =>
        {
            var random = new Random(seed + part);
            (double Looks, string Text) worst = (0, "");
            for (int i = 0; i < iterations / 8; i++)
            {
                (double Looks, string Text) one = ReadOne(random, i);
                if (one.Looks > worst.Looks)
                    worst = one;
            }

            lock (gate)
                most = worst.Looks > most.Looks ? worst : most;
        });

        output.WriteLine($"{iterations} texts, at most {most.Looks:F2} looks at a character");
        Assert.True(most.Looks is > 1 and < 8, $"{most.Looks:F2} looks at a character, seed {seed}, of\n{most.Text}");
    }

    [Fact]
    public void Read_WorstLines_AreLookedAtAFewTimes()
    {
        foreach (string line in (string[])[new('a', 200), "TCP " + new string('1', 150), string.Join(' ', new string('b', 90)), "tcp LISTEN 0 0 " + new string(':', 100), "[{\"a\":[{", "HKEY_" + new string('\\', 200), "    " + new string('1', 100) + " 2 3 4 5 6 7 8"])
        {
            ImportedHost imported = PastedText.Read(new StringBuilder().Insert(0, line + "\n", 500).ToString());

            Assert.InRange(imported.Work.Visited / (double)((line.Length + 1) * 500), 0, 8);
        }
    }

    // Each would not end if the time grew with the square of the length.
    [Fact]
    public void Read_SameSocketProcessRuleOrListAgainAndAgain_StaysLinear()
    {
        const int times = 150_000;
        const string ruler = "Image Name                     PID Services\n========================= ======== ====================\n";
        string key = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules\n    {A}    REG_SZ    v2.30|\n";

        ImportedHost lists = PastedText.Read(Repeated(10 * times, _ => "[]"));
        HostSnapshot owners = PastedText.Read(Repeated(times, i => $"nginx {i + 1} root 6u IPv4 7001 0t0 TCP *:80 (LISTEN)\n")).Host!;
        HostSnapshot services = PastedText.Read(ruler + "svchost.exe                    880 a,\n" + Repeated(times, i => $"                                   s{i},\n")).Host!;
        HostSnapshot rules = PastedText.Read(key + Repeated(times, _ => "|\n")).Host!;
        HostSnapshot netsh = PastedText.Read(Repeated(19_000, _ => "Rule Name:   a\nEnabled:    Yes\n")).Host!;

        Assert.Null(lists.Host);
        Assert.Equal((1, times), (owners.Sockets.Count, owners.Processes.Count));
        Assert.Equal(times + 1, services.Services.Count);
        Assert.Equal(Coverage.Partial, rules.WindowsFirewallRules.Coverage);
        Assert.Equal(19_000, netsh.WindowsFirewallRules.Count);
    }

    private static string Repeated(int times, Func<int, string> part)
    {
        var text = new StringBuilder();
        for (int i = 0; i < times; i++)
            text.Append(part(i));
        return text.ToString();
    }

    // The head of a sample, where its headings are, or lines from its middle; now and then all of it.
    private static ReadOnlySpan<char> ExcerptOf(string sample, Random random)
    {
        if (random.Next(16) == 0)
            return sample;
        ReadOnlySpan<char> rest = random.Next(3) == 0 ? sample.AsSpan(random.Next(sample.Length)) : sample;
        return rest[..Math.Min(random.Next(1200), rest.Length)];
    }

    private static (double Looks, string Text) ReadOne(Random random, int number)
    {
        var text = new StringBuilder();
        string[] samples = random.Next(2) == 0 ? PastedSamples.Windows : PastedSamples.Linux;
        for (int blocks = random.Next(1, 3); blocks > 0; blocks--)
            text.Append(ExcerptOf(samples[random.Next(samples.Length)], random));
        for (int times = random.Next(1, 20); times > 0; times--)
        {
            int at = random.Next(text.Length);
            if (random.Next(3) == 0)
                text.Remove(at, Math.Min(random.Next(60), text.Length - at));
            else
                text.Insert(at, s_pieces[random.Next(s_pieces.Length)]);
            if (text.Length == 0)
                text.Append('x');
        }

        string mutated = text.ToString();
        ImportedHost imported = PastedText.Read(mutated);
        if (imported.Host is not null && number % 128 == 0)
            Assert.NotNull(DiagnosticCase.FromJson(imported.ToCase().ToJson()));
        return (imported.Work.Visited / (double)Math.Max(mutated.Length, 100), mutated);
    }
}
