using System;
using System.Collections.Generic;
using System.Linq;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Firewall;

/// <summary>
/// Products that filter in the Windows Filtering Platform beside Windows Firewall, where a block of theirs overrides its
/// permit. Known by the names of their services; what they do with a packet nobody can see from here.
/// </summary>
internal static class OtherFirewalls
{
    private static readonly (string Service, string Product)[] s_products =
    [
        ("avast! Firewall", "Avast"),
        ("AVG Firewall", "AVG"),
        ("AVP", "Kaspersky"),
        ("cmdAgent", "COMODO"),
        ("ekrn", "ESET"),
        ("mfefire", "McAfee"),
        ("nlsvc", "NetLimiter"),
        ("NortonSecurity", "Norton"),
        ("SepMasterService", "Symantec Endpoint Protection"),
        ("TinyWall", "TinyWall"),
        ("VSSERV", "Bitdefender"),
        ("vsmon", "ZoneAlarm"),
    ];

    public static IEnumerable<string> Running(HostSnapshot host) =>
        from service in host.Services
        where service.State == ServiceState.Running
        from product in s_products
        where IsNamed(service.Name, product.Service)
        select $"{product.Product} (service {service.Name})";

    // Kaspersky's service carries its version: AVP21.3.
    private static bool IsNamed(string service, string name) =>
        string.Equals(service, name, StringComparison.OrdinalIgnoreCase)
        || (name == "AVP" && service.Length > name.Length && service.StartsWith(name, StringComparison.OrdinalIgnoreCase) && char.IsAsciiDigit(service[name.Length]));
}
