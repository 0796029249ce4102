using System;
using System.CommandLine;
using System.IO;
using System.Text.RegularExpressions;

namespace Serva.Diagnostics.Cli;

/// <summary>Wrong usage or unreadable input: one line for the user, exit status 2.</summary>
internal sealed partial class UsageException(string message) : Exception(message)
{
    public static UsageException FromParsing(ParseResult parsed)
    {
        string command = parsed.CommandResult.Command is RootCommand
            ? CommandStreams.CommandName
            : $"{CommandStreams.CommandName} {parsed.CommandResult.Command.Name}";
        string what = parsed.UnmatchedTokens.Count > 0
            ? $"'{parsed.UnmatchedTokens[0]}' is no command, option or argument here"
            : parsed.Errors.Count > 0 ? parsed.Errors[0].Message.TrimEnd('.') : "wrong usage";
        return new UsageException($"{what}; see '{command} --help'");
    }

    /// <summary>A file that could not be opened, read or written.</summary>
    public static UsageException FromFile(string doing, string path, Exception error) =>
        new($"cannot {doing} '{path}': {Reason(error)}");

    // The system's words, and then the path, which was named already.
    [GeneratedRegex(@" : '[^']*'$")]
    private static partial Regex PathAtEnd();

    private static string Reason(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
        UnauthorizedAccessException => "access denied, or not a file",
        _ => PathAtEnd().Replace(error.Message, ""),
    };
}

/// <summary>Standard output does not take what the command has to say, for example because the disk is full.</summary>
internal sealed class OutputException(string message) : Exception(message);
