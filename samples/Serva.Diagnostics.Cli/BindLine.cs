using System;
using System.Diagnostics.CodeAnalysis;

namespace Serva.Diagnostics.Cli;

/// <summary>
/// What stands after <c>bind</c> on a command line or on a line of a batch: the library's text of a bind, and the words
/// that say how to go about it.
/// </summary>
internal sealed record BindLine
{
    public const string LikeDotNet = "dotnet";

    /// <summary>The bind.</summary>
    public required BindRequest Request { get; init; }

    /// <summary>Whether the options that .NET sets by itself are added.</summary>
    public bool IsLikeDotNet { get; init; }

    /// <summary>How far it may be tried.</summary>
    public ProbePolicy Policy { get; init; }

    /// <summary>Reads a line of a batch. The options of the command line are where it starts from; positions count from 0.</summary>
    public static bool TryParse(
        string text,
        bool isLikeDotNet,
        ProbePolicy policy,
        ZoneHost zones,
        [NotNullWhen(true)] out BindLine? line,
        [NotNullWhen(false)] out string? error,
        out int position)
    {
        line = null;
        // The words that are ours are blanked out, so that the library's positions stay those of the line.
        char[] rest = text.ToCharArray();
        int next = 0;
        while (TryTakeWord(text, ref next, out Range word))
        {
            switch (text[word])
            {
                case "--no-probe":
                    policy = ProbePolicy.None;
                    break;
                case "--probe":
                    if (!TryTakeValue(text, ref next, ref word, "full", out error))
                    {
                        position = word.Start.Value;
                        return false;
                    }

                    policy = ProbePolicy.Full;
                    break;
                case "--like":
                    if (!TryTakeValue(text, ref next, ref word, LikeDotNet, out error))
                    {
                        position = word.Start.Value;
                        return false;
                    }

                    isLikeDotNet = true;
                    break;
                default:
                    continue;
            }

            rest.AsSpan()[word].Fill(' ');
        }

        if (!zones.TryParse(new string(rest).TrimEnd(), out BindRequest? request, out error, out position))
            return false;
        line = new BindLine { Request = request, IsLikeDotNet = isLikeDotNet, Policy = policy };
        return true;
    }

    private static bool TryTakeValue(string text, ref int next, ref Range word, string expected, [NotNullWhen(false)] out string? error)
    {
        Range option = word;
        if (TryTakeWord(text, ref next, out Range value) && text.AsSpan()[value].SequenceEqual(expected))
        {
            word = option.Start..value.End;
            error = null;
            return true;
        }

        word = value;
        error = $"{text[option]} takes '{expected}'";
        return false;
    }

    private static bool TryTakeWord(string text, ref int next, out Range word)
    {
        while (next < text.Length && char.IsWhiteSpace(text[next]))
            next++;
        int start = next;
        while (next < text.Length && !char.IsWhiteSpace(text[next]))
            next++;
        word = start..next;
        return next > start;
    }
}
