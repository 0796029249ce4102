using System.CommandLine;

namespace Serva.Diagnostics.Cli;

/// <summary>Options that several commands have, each with the same words.</summary>
internal static class SharedOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document." };

    public static Option<bool> Markdown() => new("--markdown") { Description = "Print Markdown, for a bug report or a ticket." };

    public static Option<bool> Verbose() => new("--verbose") { Description = "Also print how each answer came about." };

    public static Option<bool> NoProbe() => new("--no-probe") { Description = "Try nothing; only think." };

    public static Option<bool> SocketOptions() => new("--socket-options")
    {
        Description = "Also ask the sockets of other processes for their options, so that answers beside them are certain. Takes a copy of each descriptor for some microseconds (Linux, as root).",
    };

    public static Option<bool> Redact() => new("--redact") { Description = "Replace addresses, names and paths that could tell who you are; the diagnosis stays the same." };

    public static Option<string> Case() => new("--case")
    {
        Description = "Ask about a saved host instead of this machine; - reads standard input.",
        HelpName = "FILE",
    };

    public static Option<string> Profile() => new("--profile")
    {
        Description = "The services that are wanted: 'serva', a Serva.ini, or a JSON file.",
        HelpName = "serva|FILE",
    };

    public static Argument<string[]> Endpoints() => new("PROTO/ENDPOINT")
    {
        Description = "What the server binds, for example udp/0.0.0.0:69 or tcp/80 (tcp/0.0.0.0:80).",
        Arity = ArgumentArity.ZeroOrMore,
    };
}
