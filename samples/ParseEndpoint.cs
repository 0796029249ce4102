#!/usr/bin/env dotnet
// Reads endpoints the way people and systems write them, and says where a wrong one is wrong.
#:project ../src/Serva.Diagnostics/Serva.Diagnostics.csproj
using System;
using Serva.Diagnostics.Addressing;

foreach (string text in (string[])["192.168.1.5:69", "[fe80::1%3]:123", "[::]:80", "192.168.1.256:69", "192.168.1.5"])
{
    if (NetEndpoint.TryParse(text, out NetEndpoint endpoint, out EndpointError error))
        Console.WriteLine($"{text}: {endpoint.Family}, {endpoint.Address}, port {endpoint.Port}");
    else
        Console.WriteLine($"{text}: {error.Message}");
}
