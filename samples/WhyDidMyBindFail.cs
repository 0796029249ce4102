#:project ../src/Serva.Diagnostics/Serva.Diagnostics.csproj
using System;
using System.Net;
using System.Net.Sockets;
using Serva.Diagnostics;

using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
EndPoint endPoint = holder.LocalEndPoint!;
try { socket.Bind(endPoint); }
catch (SocketException error)
{ Console.WriteLine(HostDiagnostics.ForThisMachine().ExplainBind(BindRequest.From(socket, endPoint), error).ToText()); }
