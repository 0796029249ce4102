namespace Serva.Diagnostics.Cli;

/// <summary>What the command's exit statuses mean.</summary>
internal static class ExitStatus
{
    /// <summary>Nothing is wrong; the bind succeeds; rows were found.</summary>
    public const int Success = 0;

    /// <summary>A finding of warning or worse; the bind fails; a filter matched nothing.</summary>
    public const int Problem = 1;

    /// <summary>Wrong usage or unreadable input.</summary>
    public const int WrongUsage = 2;

    /// <summary>What would be needed to answer was not seen.</summary>
    public const int Undetermined = 3;

    /// <summary>Our own bug (EX_SOFTWARE of sysexits.h).</summary>
    public const int InternalError = 70;

    /// <summary>Ended by Ctrl+C: 128 and the signal's number, as shells count.</summary>
    public const int Interrupted = 130;

    /// <summary>The status of a diagnosis.</summary>
    public static int Of(Diagnosis diagnosis)
    {
        if (diagnosis.HasProblems)
            return Problem;
        foreach (ServiceVerdict service in diagnosis.Services)
        {
            if (service.Bind.Outcome == BindOutcome.Undetermined)
                return Undetermined;
        }

        return Success;
    }

    /// <summary>The status of an explained bind: one that succeeds beside a socket that may take its traffic is a problem too.</summary>
    public static int Of(BindExplanation explanation) => explanation.Prediction.Outcome switch
    {
        BindOutcome.Success when explanation.Verdict.Standing == ServiceStanding.Shared => Problem,
        BindOutcome.Success => Success,
        BindOutcome.Undetermined => Undetermined,
        _ => Problem,
    };
}
