using System.IO;
using System.Linq;
using System.Text;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public sealed class ServiceProfileJsonTests
{
    [Fact]
    public void FromJson_DocumentedForm_ReadsEveryMember()
    {
        ServiceProfile read = Read("""
            {"name":"lab","server":{"names":["Serva64"],"units":[],"processId":null},"services":[{"name":"TFTP","endpoints":["udp/0.0.0.0:69 --reuse-address"],"dataPorts":"udp/50000-50099"}]}
            """);

        Assert.Equal("lab", read.Name);
        Assert.Equal(["Serva64"], read.Server!.Names);
        Assert.Null(read.Server.ProcessId);
        ProfileService service = Assert.Single(read.Services);
        Assert.Equal("TFTP", service.Name);
        Assert.Equal([BindRequest.Parse("udp/0.0.0.0:69 --reuse-address")], service.Binds);
        Assert.Equal(DataPortPool.Create(TransportProtocol.Udp, 50000, 50099), service.DataPorts);
    }

    [Fact]
    public void ToJson_Serva_ReadsBackTheSame()
    {
        string json = ServiceProfile.Serva.ToJson();
        ServiceProfile read = Read(json);

        Assert.Equal(json, read.ToJson());
        Assert.Equal(ServiceProfile.Serva.ToQuestions(), read.ToQuestions());
        Assert.Equal(ServiceProfile.Serva.Services.Select(service => service.DataPorts), read.Services.Select(service => service.DataPorts));
        Assert.Contains("\"tcp/0.0.0.0:53\"", json, System.StringComparison.Ordinal);
    }

    [Fact]
    public void ToJson_BindsThatTextCannotSay_KeptAsObjects()
    {
        BindRequest quiet = BindRequest.Parse("tcp/80") with { Listen = false };
        BindRequest asked = BindRequest.Parse("udp/69") with { Asker = new Identity { UserId = 1000 } };
        BindRequest odd = BindRequest.Parse("udp/69") with { Device = "two words" };
        var profile = new ServiceProfile { Name = "lab", Services = [new ProfileService { Name = "odd", Binds = [quiet, asked, odd] }] };

        Assert.Equal([quiet, asked, odd], Read(profile.ToJson()).Services[0].Binds);
    }

    [Theory]
    [InlineData("{}", "required")]
    [InlineData("{\"name\":\"a\",\"services\":[{\"name\":\"b\"}]}", "A service needs its endpoints.")]
    [InlineData("{\"name\":\"a\",\"services\":[{\"endpoints\":[]}]}", "A service needs its name.")]
    [InlineData("{\"name\":\"a\",\"services\":[{\"name\":\"b\",\"endpoints\":[69]}]}", "An endpoint is text")]
    [InlineData("{\"name\":\"a\",\"services\":[{\"name\":\"b\",\"endpoints\":[\"udp/0.0.0.0:99999\"]}]}", "port is above 65535")]
    [InlineData("{\"name\":\"a\",\"services\":[{\"name\":\"b\",\"name\":\"c\",\"endpoints\":[]}]}", "once each")]
    [InlineData("{\"name\":\"a\",\"services\":[{\"name\":\"b\",\"ports\":[]}]}", "not 'ports'")]
    [InlineData("{\"name\":\"a\",\"services\":[{\"name\":\"b\",\"endpoints\":[],\"dataPorts\":\"udp/999-100\"}]}", "the data ports end before they begin: 999-100")]
    [InlineData("{\"name\":\"a\",\"services\":[{\"name\":\"b\",\"endpoints\":[],\"dataPorts\":\"udp/1-65536\"}]}", "a data port is a number from 1 to 65535")]
    [InlineData("{\"name\":\"a\",\"services\":[{\"name\":\"b\",\"endpoints\":[],\"dataPorts\":[\"udp/1-2\",\"udp/5-6\"]}]}", "The data ports of a service are text")]
    [InlineData("{\"name\":\"a\",\"services\":[{\"name\":\"b\",\"endpoints\":[],\"dataPorts\":\"udp/0\",\"dataPorts\":\"udp/0\"}]}", "once each")]
    [InlineData("{\"name\":\"a\",\"services\":[\"udp/69\"]}", "A service is an object.")]
    [InlineData("{\"name\":\"a\",\"services\":[null]}", "null is no element")]
    [InlineData("{\"name\":\"a\",\"services\":[],\"server\":{\"names\":[null]}}", "null is no element")]
    public void FromJson_NoProfile_Refused(string json, string problem)
    {
        CaseFormatException error = Assert.Throws<CaseFormatException>(() => Read(json));

        Assert.Contains(problem, error.Message, System.StringComparison.Ordinal);
    }

    private static ServiceProfile Read(string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return ServiceProfile.FromJson(stream);
    }
}
