using System;
using System.Globalization;
using System.Text;
using Serva.Diagnostics.Rules;

namespace Serva.Diagnostics.Reports;

/// <summary>
/// Writes the elements of a picture. All text is made harmless and cut here: no control characters, no markup, no more room
/// than it was given; what was cut stands whole in the title, which a reader sees when pointing at it.
/// </summary>
internal sealed class Svg
{
    /// <summary>The advance of a character of the fixed-width font, in parts of its size.</summary>
    private const double Advance = 0.62;

    private const int LongestTitle = 300;

    private readonly StringBuilder _body = new();

    public void Box(string style, int x, int y, int width, int height, int radius = 8) =>
        Line($"""<rect class="{style}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}"/>""");

    public void Dot(string style, int x, int y, int radius) => Line($"""<circle class="{style}" cx="{x}" cy="{y}" r="{radius}"/>""");

    public void Path(string style, string commands) => Line($"""<path class="{style}" d="{commands}"/>""");

    /// <summary>Text in at most so many units, which begins, ends (<c>end</c>) or is centred (<c>middle</c>) at a place.</summary>
    public void Text(string style, int x, int y, string text, int room, int size = 12, string anchor = "start")
    {
        string safe = SafeText.Of(text);
        if (safe.Length == 0)
            return;
        string shown = Cut(safe, (int)(room / (size * Advance)));
        string title = shown == safe ? "" : $"<title>{Escape(Cut(safe, LongestTitle))}</title>";
        Line($"""<text class="{style}" x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}">{title}{Escape(shown)}</text>""");
    }

    /// <summary>The picture, with what lies behind it.</summary>
    public string ToString(Svg behind, int width, int height, string label, string css)
    {
        var picture = new StringBuilder();
        picture.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">""").Append('\n');
        picture.Append(CultureInfo.InvariantCulture, $"<title>{Escape(SafeText.Of(label))}</title>\n<style>\n{css}</style>\n");
        picture.Append("<defs>");
        foreach (string style in (string[])["taken", "refused"])
            picture.Append(CultureInfo.InvariantCulture, $"""<marker id="{style}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path class="head-{style}" d="M0 0 10 5 0 10z"/></marker>""");
        return picture.Append("</defs>\n").Append(behind._body).Append(_body).Append("</svg>\n").ToString();
    }

    /// <summary>At most so many cells of text; what is longer ends in an ellipsis.</summary>
    public static string Cut(string text, int cells)
    {
        int used = 0, fits = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            used += IsWide(rune.Value) ? 2 : 1;
            if (used > cells)
                return string.Concat(text.AsSpan(0, fits), "\u2026");
            // The ellipsis needs a cell too.
            if (used < cells)
                fits += rune.Utf16SequenceLength;
        }

        return text;
    }

    // What East Asian fonts draw in two cells (Unicode UAX 11), by blocks.
    private static bool IsWide(int code) => code
        is >= 0x1100 and <= 0x115f or >= 0x2e80 and <= 0xa4cf or >= 0xac00 and <= 0xd7a3 or >= 0xf900 and <= 0xfaff or >= 0xfe30 and <= 0xfe6f
        or >= 0xff00 and <= 0xff60 or >= 0xffe0 and <= 0xffe6 or >= 0x1f300 and <= 0x1faff or >= 0x20000 and <= 0x3fffd;

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);

    private void Line(FormattableString element) => _body.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
