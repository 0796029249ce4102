#:project ../src/Serva.Diagnostics/Serva.Diagnostics.csproj
using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Serva.Diagnostics;

using var listener = new TcpListener(IPAddress.Loopback, 0);
listener.Start();
int port = args.Length > 0 ? int.Parse(args[0]) : ((IPEndPoint)listener.LocalEndpoint).Port;
foreach (SocketRow row in SocketTable.Read(SocketQuery.Listening(port)))
    Console.WriteLine($"{row.Local} {string.Join(", ", row.Owners.Select(o => $"{o.Name} ({o.ProcessId})"))}");
