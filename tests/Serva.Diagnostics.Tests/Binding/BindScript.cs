using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace Serva.Diagnostics.Tests.Binding;

/// <summary>What a step of a script does.</summary>
internal enum BindScriptVerb
{
    /// <summary>Binds a new socket, which stays when that succeeds.</summary>
    Bind,

    /// <summary>The same, and lets it listen.</summary>
    Listen,

    /// <summary>Binds a new socket and connects it to somebody.</summary>
    Connect,

    /// <summary>Leaves a connection in TIME_WAIT on the endpoint; always succeeds.</summary>
    TimeWait,

    /// <summary>Lets a socket that was bound by an earlier step listen.</summary>
    ListenAgain,

    /// <summary>Closes the socket of an earlier step.</summary>
    Close,
}

/// <summary>One step: a bind with the answer that the kernel gave.</summary>
internal sealed record BindScriptStep
{
    public required BindScriptVerb Verb { get; init; }

    public BindRequest? Request { get; init; }

    /// <summary>The step, counted from 1, whose socket is meant.</summary>
    public int Of { get; init; }

    public uint User { get; init; }

    public bool Works { get; init; }

    /// <summary>The range that a port that the system chose must be in; null when any will do.</summary>
    public (int First, int Last)? Chosen { get; init; }

    public required string Text { get; init; }
}

/// <summary>A sequence of binds, as other projects' tests make them, in our own words; the kernel's own answer counts.</summary>
/// <remarks>
/// One step per line: <c>bind|listen|connect|timewait REQUEST [user N] = ok|in-use [FIRST-LAST]</c>, <c>listen #N = ...</c>,
/// <c>close #N</c>; settings first: <c>set range|reserved|reuse VALUE</c>; <c>== NAME</c> begins a script.
/// </remarks>
internal sealed class BindScript
{
    private BindScript(string name) => Name = name;

    public string Name { get; }

    public string Range { get; private set; } = "32768 60999";

    public bool ReusesAutomaticPorts { get; private set; }

    public List<BindScriptStep> Steps { get; } = [];

    /// <summary>Selftests of the Linux kernel (tools/testing/selftests/net), and gVisor's (pkg/tcpip/ports).</summary>
    public static IEnumerable<BindScript> All() =>
        [.. Wildcards(), .. Parse(BindScripts.KernelSelftests), .. PortRanges(), .. ExhaustedPorts(), .. Parse(BindScripts.GVisor)];

    public override string ToString() => Name;

    /// <summary>bind_wildcard.c: two binds, plain or with an option, then six plain ones, each of which stays.</summary>
    private static IEnumerable<BindScript> Wildcards()
    {
        string[] later = ["0.0.0.0", "127.0.0.1", "::", "::1", "::ffff:0.0.0.0", "::ffff:127.0.0.1"];
        int number = 0;
        foreach (string row in Lines(BindScripts.Wildcards))
        {
            string[] cell = [.. row.Split('|').Select(text => text.Trim())];
            number++;
            foreach (string option in (string[])["", " --reuse-address", " --reuse-port"])
            {
                bool isPlain = option.Length == 0;
                string works = cell[isPlain ? 3 : 4];
                var text = new StringBuilder();
                text.Append(CultureInfo.InvariantCulture, $"== wildcard {number}{option}\n");
                text.Append(CultureInfo.InvariantCulture, $"bind {Request(cell[0])}{option} = ok\n");
                text.Append(CultureInfo.InvariantCulture, $"bind {Request(cell[1])}{option} = {(isPlain ? cell[2] : "ok")}\n");
                foreach (string address in later)
                    text.Append(CultureInfo.InvariantCulture, $"bind {Request(address)} = {(works.Split(' ').Contains(address) ? "ok" : "in-use")}\n");
                yield return Parse(text.ToString()).Single();
            }
        }

        static string Request(string address)
        {
            bool isIPv6Only = address.EndsWith(" only", StringComparison.Ordinal);
            string plain = isIPv6Only ? address[..^5] : address;
            return plain.Contains(':', StringComparison.Ordinal) ? $"tcp/[{plain}]:8080{(isIPv6Only ? "" : " --dual-mode")}" : $"tcp/{plain}:8080";
        }
    }

    /// <summary>ip_local_port_range.c for each family and protocol that has port 0.</summary>
    private static IEnumerable<BindScript> PortRanges()
    {
        foreach (string place in (string[])["tcp/127.0.0.1:0", "udp/127.0.0.1:0", "tcp/[::1]:0", "udp/[::1]:0"])
        {
            foreach (BindScript script in Parse(BindScripts.PortRanges.Replace("PLACE", place, StringComparison.Ordinal)))
                yield return script;
        }
    }

    /// <summary>reuseaddr_ports_exhausted.c: a range of one port, every combination of both options on both sockets.</summary>
    private static IEnumerable<BindScript> ExhaustedPorts()
    {
        for (int options = 0; options < 16; options++)
        {
            string first = Options(options), second = Options(options >> 2);
            bool bothReuse = (options & 0b0101) == 0b0101;
            bool bothPorts = (options & 0b1010) == 0b1010;
            string head = $"set range 32768 32768\nset reuse 1\nbind tcp/127.0.0.1:0{first} = ok\nbind tcp/127.0.0.1:0{second} = {(bothReuse && !bothPorts ? "ok" : "in-use")}\n";
            yield return Parse($"== exhausted, one user{first},{second}\n{head}").Single();
            if (!bothReuse)
                continue;
            yield return Parse(
                $"== exhausted, two users{first},{second}\nset range 32768 32768\nset reuse 1\n"
                + $"bind tcp/127.0.0.1:0{first} user 10 = ok\nbind tcp/127.0.0.1:0{second} user 20 = ok\nlisten #1 = ok\nlisten #2 = in-use\n").Single();
        }

        static string Options(int bits) => $"{((bits & 1) != 0 ? " --reuse-address" : "")}{((bits & 2) != 0 ? " --reuse-port" : "")}";
    }

    private static IEnumerable<BindScript> Parse(string text)
    {
        BindScript? script = null;
        foreach (string line in Lines(text))
        {
            string[] words = line.Split(' ');
            if (words[0] == "==")
            {
                if (script is not null)
                    yield return script;
                script = new BindScript(line[3..]);
            }
            else if (words[0] == "set")
            {
                if (words[1] == "range")
                    script!.Range = $"{words[2]} {words[3]}";
                else
                    script!.ReusesAutomaticPorts = words[2] == "1";
            }
            else
            {
                script!.Steps.Add(Step(line));
            }
        }

        if (script is not null)
            yield return script;
    }

    private static BindScriptStep Step(string line)
    {
        string[] sides = line.Split(" = ");
        string[] left = sides[0].Split(' ', 2);
        string[] answer = sides.Length > 1 ? sides[1].Split(' ') : ["ok"];
        BindScriptVerb verb = (left[0], left[1][0]) switch
        {
            ("bind", _) => BindScriptVerb.Bind,
            ("connect", _) => BindScriptVerb.Connect,
            ("timewait", _) => BindScriptVerb.TimeWait,
            ("close", '#') => BindScriptVerb.Close,
            ("listen", '#') => BindScriptVerb.ListenAgain,
            ("listen", _) => BindScriptVerb.Listen,
            _ => throw new InvalidDataException(line),
        };
        int user = left[1].IndexOf(" user ", StringComparison.Ordinal);
        string what = user < 0 ? left[1] : left[1][..user];
        bool isOld = what[0] == '#';
        return new BindScriptStep
        {
            Text = line,
            Verb = verb,
            Of = isOld ? int.Parse(what[1..], CultureInfo.InvariantCulture) : 0,
            Request = isOld ? null : BindRequest.Parse(what) with { Listen = verb == BindScriptVerb.Listen },
            User = user < 0 ? 0 : uint.Parse(left[1][(user + 6)..], CultureInfo.InvariantCulture),
            Works = answer[0] switch { "ok" => true, "in-use" => false, _ => throw new InvalidDataException(line) },
            Chosen = answer.Length < 2 ? null : (int.Parse(answer[1].Split('-')[0], CultureInfo.InvariantCulture), int.Parse(answer[1].Split('-')[1], CultureInfo.InvariantCulture)),
        };
    }

    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');
}
