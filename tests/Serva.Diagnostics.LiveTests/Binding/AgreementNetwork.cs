using System;
using System.IO;
using Serva.Diagnostics.LiveTests.Capture.Linux;

namespace Serva.Diagnostics.LiveTests.Binding;

/// <summary>A private network with one of everything that a bind may ask for. Only inside of a namespace of its own.</summary>
internal static class AgreementNetwork
{
    /// <summary>The index of lsb0; the others follow, so that tests can name them in scope ids.</summary>
    private const int FirstIndex = 100;

    public static void Build()
    {
        Tool.Run("ip", "link", "set", "lo", "up");
        int index = FirstIndex;
        foreach ((string one, string other) in (ReadOnlySpan<(string, string)>)[("lsb0", "lsb1"), ("down0", "down1"), ("dev1", "dev2"), ("dev3", "dev4")])
            Tool.Run("ip", "link", "add", one, "index", $"{index++}", "type", "veth", "peer", "name", other, "index", $"{index++}");

        // Duplicate address detection lasts as many seconds: an address added after this stays tentative.
        Set("net/ipv6/conf/lsb1/dad_transmits", "60000");
        foreach (string link in (ReadOnlySpan<string>)["lsb0", "lsb1"])
            Tool.Run("ip", "link", "set", link, "up");
        Add("10.9.0.1/24", "lsb0", "broadcast", "10.9.0.255");
        Add("10.9.0.2/24", "lsb0", "broadcast", "10.9.0.255");
        Add("10.8.0.1/24", "lsb1");
        Add("10.7.0.1/24", "down0");
        Add("fd09::1/64", "lsb0", "nodad");
        Add("fd09::2/64", "lsb0", "nodad");
        Add("fd09::5/64", "lsb0", "nodad", "preferred_lft", "0");
        Add("fd08::1/64", "lsb1", "nodad");
        Add("fd08::7/64", "lsb1");
        Add("fe80::9/64", "lsb0", "nodad");
        Add("fe80::9/64", "lsb1", "nodad");
        Tool.Run("ip", "route", "add", "local", "10.55.0.0/16", "dev", "lo");
        Tool.Run("ip", "route", "add", "blackhole", "10.55.7.0/24", "table", "255");
        Tool.Run("ip", "route", "add", "local", "10.56.0.0/16", "dev", "lo", "table", "100");
    }

    public static void Set(string setting, string value) => File.WriteAllText($"/proc/sys/{setting}", value);

    private static void Add(string address, string link, params string[] more) =>
        Tool.Run("ip", ["addr", "add", address, "dev", link, .. more]);
}
