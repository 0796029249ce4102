using System.Text;
using Serva.Diagnostics.Formats.Proc;
using Xunit;

namespace Serva.Diagnostics.Tests.Formats.Proc;

public sealed class ProcCommandLineTests
{
    [Theory]
    [InlineData("/usr/bin/docker-proxy|-proto|tcp|-host-ip|0.0.0.0|-host-port|8080|-container-ip|172.17.0.2|-container-port|80|", "172.17.0.2:80")]
    [InlineData("docker-proxy|-proto|udp|-host-ip|::|-host-port|53|-container-ip|fd00::2|-container-port|53", "[fd00::2]:53")]
    [InlineData("docker-proxy|-container-port|65536|-container-ip|172.17.0.2|", null)]
    [InlineData("docker-proxy|-container-port|80x|-container-ip|172.17.0.2|", null)]
    [InlineData("docker-proxy|-container-ip|nobody|-container-port|80|", null)]
    [InlineData("docker-proxy|-container-ip|172.17.0.2|-container-port|", null)]
    [InlineData("docker-proxy|-container-ip|172.17.0.2|", null)]
    [InlineData("docker-proxy|", null)]
    [InlineData("", null)]
    public void DockerProxyTarget_Arguments_AreTheContainersEndpoint(string arguments, string? expected) =>
        Assert.Equal(expected, ProcCommandLine.DockerProxyTarget(Encoding.UTF8.GetBytes(arguments.Replace('|', '\0')))?.ToString());
}
