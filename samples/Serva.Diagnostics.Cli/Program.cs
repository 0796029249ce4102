using System;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Serva.Diagnostics.Cli;

/// <summary>The command <c>serva-diag</c>: finds the subcommand, runs it, and turns every ending into an exit status.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        using var streams = new CommandStreams();
        try
        {
            return PlainPorts.TryParse(args, out bool isJson) is { } filter ? RunPlainPorts(filter, isJson, streams) : Invoke(args, streams);
        }
        catch (ReaderGoneException)
        {
            return ExitStatus.Success;
        }
        catch (UsageException error)
        {
            return Refuse(streams, error.Message);
        }
        catch (OutputException error)
        {
            return Refuse(streams, error.Message);
        }
#pragma warning disable CA1031 // The outermost frame: whatever comes here is our own bug, and is told as one.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return Fail(streams, error, isVerbose: args.Contains("--verbose"));
        }
    }

    private static int Invoke(string[] args, CommandStreams streams)
    {
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static _ =>
        {
            PrivateFile.DeleteUnfinished();
            Environment.Exit(ExitStatus.Interrupted);
        });
        RootCommand root = CreateRoot(streams);
        if (args.Length == 0)
        {
            root.Parse(["--help"]).Invoke(new InvocationConfiguration { Output = streams.Error });
            return ExitStatus.WrongUsage;
        }

        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction || (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true }))
            throw UsageException.FromParsing(parsed);
        int status = parsed.Invoke(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = streams.Output,
            Error = streams.Error,
        });
        // Still under the signal's eye: a slow reader may be interrupted too.
        streams.Flush();
        return status;
    }

    // Nothing is left behind by this one: the signal itself may end it, which a shell shows as the same status.
    private static int RunPlainPorts(PortsFilter filter, bool isJson, CommandStreams streams)
    {
        int status = PortsCommand.Run(filter, isJson, streams);
        streams.Flush();
        return status;
    }

    private static RootCommand CreateRoot(CommandStreams streams)
    {
        var root = new RootCommand("Why can't this server serve? Who holds the port, why that is a conflict, what to do, and how to put it back.")
        {
            DoctorCommand.Create(streams),
            WhyCommand.Create(streams),
            PortsCommand.Create(streams),
            BindCommand.Create(streams),
            RouteCommand.Create(streams),
            FirewallCommand.Create(streams),
            CaptureCommand.Create(streams),
            ExplainCommand.Create(streams),
            ImportCommand.Create(streams),
            CollectScriptCommand.Create(streams),
            RulesCommand.Create(streams),
        };
        root.HelpName = CommandStreams.CommandName;
        // A directive is a word in brackets, and so is an IPv6 address.
        root.Directives.Clear();
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        VersionOption version = root.Options.OfType<VersionOption>().Single();
        version.Action = new PrintVersion();
        return root;
    }

    private static int Refuse(CommandStreams streams, string message)
    {
        streams.TryFlushOutput();
        streams.Complain(message);
        return ExitStatus.WrongUsage;
    }

    private static int Fail(CommandStreams streams, Exception error, bool isVerbose)
    {
        streams.TryFlushOutput();
        streams.Complain($"internal error: {error.GetType().Name}: {error.Message}; please report it together with the output of 'serva-diag capture --redact'");
        if (isVerbose)
            streams.Error.WriteLine(error);
        return ExitStatus.InternalError;
    }
}
