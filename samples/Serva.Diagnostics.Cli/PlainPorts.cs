namespace Serva.Diagnostics.Cli;

/// <summary>
/// <c>ports --port N</c> and its plain options, read without the command line library, whose start would take longer than the
/// answer. Whatever is not exactly that goes the common way, and so do all errors.
/// </summary>
internal static class PlainPorts
{
    /// <summary>The filter of plain arguments; null for any others.</summary>
    public static PortsFilter? TryParse(string[] arguments, out bool isJson)
    {
        isJson = false;
        if (arguments is not ["ports", _, _, ..])
            return null;
        var filter = new PortsFilter();
        for (int i = 1; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--port" when filter.Port is null && i + 1 < arguments.Length && TryPort(arguments[i + 1], out int port):
                    filter = filter with { Port = port };
                    i++;
                    break;
                case "--tcp":
                    filter = filter with { Tcp = true };
                    break;
                case "--udp":
                    filter = filter with { Udp = true };
                    break;
                case "--listening":
                    filter = filter with { ListeningOnly = true };
                    break;
                case "--all-owners":
                    filter = filter with { AllOwners = true };
                    break;
                case "--json":
                    isJson = true;
                    break;
                default:
                    return null;
            }
        }

        return filter.Port is null ? null : filter;
    }

    // Digits one by one: the framework's parser would first make the rules of a culture.
    private static bool TryPort(string text, out int port)
    {
        const int Highest = 65535;
        port = 0;
        foreach (char c in text)
        {
            port = (port * 10) + (c - '0');
            if (!char.IsAsciiDigit(c) || port > Highest)
                return false;
        }

        return text.Length > 0;
    }
}
