using System.CommandLine;

namespace Serva.Diagnostics.Cli;

/// <summary>How a diagnosis is printed: text, JSON or Markdown.</summary>
internal sealed class DiagnosisFormat
{
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly Option<bool> _markdown = SharedOptions.Markdown();
    private readonly Option<bool> _verbose = SharedOptions.Verbose();

    public void AddTo(Command command)
    {
        command.Add(_json);
        command.Add(_markdown);
        command.Add(_verbose);
    }

    public void Check(ParseResult parsed)
    {
        if (parsed.GetValue(_json) && parsed.GetValue(_markdown))
            throw new UsageException("--json and --markdown exclude each other");
    }

    public string Write(ParseResult parsed, Diagnosis diagnosis, int width)
    {
        if (parsed.GetValue(_json))
            return diagnosis.ToJson();
        return parsed.GetValue(_markdown) ? diagnosis.ToMarkdown() : diagnosis.ToText(parsed.GetValue(_verbose), width);
    }
}
