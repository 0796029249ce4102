using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Serva.Diagnostics.Tests.Conventions;

/// <summary>The machine is touched in two rooms only. The analyzer guards the source, this guards the result.</summary>
public sealed class BannedCallsTests
{
    private static readonly string[] s_bannedTypes =
    [
        "System.IO.File", "System.IO.Directory", "System.Diagnostics.Process", "System.Net.Sockets.Socket", "System.OperatingSystem",
        "System.Environment", "System.Diagnostics.Stopwatch", "System.Runtime.InteropServices.RuntimeInformation", "System.Console",
        "System.IO.FileStream", "System.IO.FileInfo", "System.IO.DirectoryInfo", "System.IO.StreamReader", "System.IO.StreamWriter",
        "System.Net.Sockets.TcpListener", "System.Net.Sockets.TcpClient", "System.Net.Sockets.UdpClient", "System.Net.Dns",
        "System.Net.NetworkInformation.NetworkInterface", "System.Net.NetworkInformation.IPGlobalProperties",
    ];

    private static readonly string[] s_clock = ["get_Now", "get_UtcNow"];

    [Fact]
    public void Library_CallsToTheMachine_OnlyFromCaptureAndProbing() => Assert.Empty(Banned(LayeringTests.Library.Uses));

    [Fact]
    public void Library_CallsToTheMachine_AreSeen()
    {
        Assert.Contains(LayeringTests.Library.Uses, use => use.Document == "Questions/SocketOptions.cs" && IsBanned(use));
        Assert.Contains(LayeringTests.Library.Uses, use => use.Document == "Capture/HostCapture.cs" && IsBanned(use));
    }

    [Theory]
    [InlineData("Questions/Question.cs", "System.IO.File", "ReadAllText", true)]
    [InlineData("Rules/KnownIssue.cs", "System.DateTime", "get_UtcNow", true)]
    [InlineData("Rules/KnownIssue.cs", "System.DateTime", "get_Ticks", false)]
    [InlineData("Questions/SocketOptions.cs", "System.Net.Sockets.Socket", "GetRawSocketOption", false)]
    [InlineData("Questions/Question.cs", "System.Environment", "get_CurrentManagedThreadId", false)]
    [InlineData("HostDiagnostics.cs", "System.OperatingSystem", "IsLinux", true)]
    [InlineData("Questions/CaseReading.cs", "System.IO.FileStream", ".ctor", true)]
    [InlineData("Questions/CaseReading.cs", "System.IO.Stream", "Read", false)]
    [InlineData("Questions/CaseReading.cs", "System.IO.FileInfo", "get_Length", true)]
    [InlineData("Rules/KnownIssue.cs", "System.IO.DirectoryInfo", "GetFiles", true)]
    [InlineData("Reports/Diagnosis.cs", "System.IO.StreamReader", ".ctor", true)]
    [InlineData("Reports/Diagnosis.cs", "System.IO.StreamWriter", ".ctor", true)]
    [InlineData("Binding/BindFacts.cs", "System.Net.Sockets.TcpListener", "Start", true)]
    [InlineData("Binding/BindFacts.cs", "System.Net.Sockets.TcpClient", ".ctor", true)]
    [InlineData("Binding/BindFacts.cs", "System.Net.Sockets.UdpClient", ".ctor", true)]
    [InlineData("Addressing/NetAddress.cs", "System.Net.Dns", "GetHostAddresses", true)]
    [InlineData("Binding/BindFacts.cs", "System.Net.NetworkInformation.NetworkInterface", "GetAllNetworkInterfaces", true)]
    [InlineData("Binding/BindFacts.cs", "System.Net.NetworkInformation.IPGlobalProperties", "GetIPGlobalProperties", true)]
    [InlineData("Capture/Portable/PortableCapture.cs", "System.Net.NetworkInformation.NetworkInterface", "GetAllNetworkInterfaces", false)]
    [InlineData("Rules/KnownIssue.cs", "Microsoft.Win32.RegistryKey", "OpenSubKey", true)]
    [InlineData("Rules/KnownIssue.cs", "System.TimeProvider", "get_System", true)]
    [InlineData("Reports/Diagnosis.cs", "System.TimeProvider", "GetUtcNow", true)]
    [InlineData("HostDiagnostics.cs", "System.TimeProvider", "get_System", false)]
    [InlineData("Probing/BindProbe.cs", "System.Net.Sockets.Socket", "Bind", false)]
    public void Banned_SyntheticCall_JudgedByRoom(string document, string type, string member, bool isBanned) =>
        Assert.Equal(isBanned, Banned([new Use("X.Y", document, type, member, null)]).Any());

    private static IEnumerable<string> Banned(IEnumerable<Use> uses) =>
        from use in uses
        where use.Document is not null && IsBanned(use)
        where AssemblyUses.RoomOf(use.Document!) is not ("Capture" or "Probing")
        // Reads the options of the caller's own socket, which is what BindRequest.From is for.
        where use.Document != "Questions/SocketOptions.cs"
        orderby use.Document
        select $"{use.From} ({use.Document}) calls {use.ToType}.{use.ToMember}";

    private static bool IsBanned(Use use)
    {
        if (use.ToMember is null)
            return false;
        // Iterators ask for their thread: the compiler's own call.
        if (use is { ToType: "System.Environment", ToMember: "get_CurrentManagedThreadId" })
            return false;
        // The facade hands the system's clock to the rooms at the edge, and is the only one that may.
        if (use is { ToType: "System.TimeProvider", ToMember: "get_System" or "GetUtcNow" or "GetLocalNow" or "GetTimestamp" })
            return AssemblyUses.RoomOf(use.Document!) != "root";
        return s_bannedTypes.Contains(use.ToType)
            || use.ToType.StartsWith("Microsoft.Win32.Registry", StringComparison.Ordinal)
            || (use.ToType is "System.DateTime" or "System.DateTimeOffset" && s_clock.Contains(use.ToMember));
    }
}
