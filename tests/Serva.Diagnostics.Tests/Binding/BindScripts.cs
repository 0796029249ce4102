namespace Serva.Diagnostics.Tests.Binding;

/// <summary>The expectations of other projects' bind tests, expressed anew as scripts.</summary>
internal static class BindScripts
{
    /// <summary>
    /// Linux, bind_wildcard.c: first address, second address, the second bind when both are plain, which of the six later
    /// plain binds still work then, and which after both had SO_REUSEADDR or both SO_REUSEPORT.
    /// </summary>
    public const string Wildcards = """
        0.0.0.0 | 127.0.0.1 | in-use | ::1 | ::1
        127.0.0.1 | 0.0.0.0 | in-use | ::1 | ::1
        0.0.0.0 | :: | in-use | ::1 | -
        0.0.0.0 | :: only | ok | - | -
        0.0.0.0 | ::1 | ok | - | -
        0.0.0.0 | ::ffff:0.0.0.0 | in-use | ::1 | ::1
        0.0.0.0 | ::ffff:127.0.0.1 | in-use | ::1 | ::1
        127.0.0.1 | :: | in-use | ::1 | -
        127.0.0.1 | :: only | ok | - | -
        127.0.0.1 | ::1 | ok | - | -
        127.0.0.1 | ::ffff:0.0.0.0 | in-use | ::1 | ::1
        127.0.0.1 | ::ffff:127.0.0.1 | in-use | ::1 | ::1
        :: | 0.0.0.0 | in-use | - | -
        :: only | 0.0.0.0 | ok | - | -
        :: | 127.0.0.1 | in-use | - | -
        :: only | 127.0.0.1 | ok | - | -
        ::1 | 0.0.0.0 | ok | - | -
        ::1 | 127.0.0.1 | ok | - | -
        ::ffff:0.0.0.0 | 0.0.0.0 | in-use | ::1 | ::1
        ::ffff:0.0.0.0 | 127.0.0.1 | in-use | ::1 | ::1
        ::ffff:127.0.0.1 | 0.0.0.0 | in-use | ::1 | ::1
        ::ffff:127.0.0.1 | 127.0.0.1 | in-use | ::1 | ::1
        :: | :: | in-use | - | -
        :: only | :: | in-use | 0.0.0.0 | -
        :: | :: only | in-use | - | -
        :: only | :: only | in-use | 0.0.0.0 | 0.0.0.0
        :: | ::1 | in-use | - | -
        :: only | ::1 | in-use | 0.0.0.0 | 0.0.0.0
        :: | ::ffff:0.0.0.0 | in-use | - | -
        :: only | ::ffff:0.0.0.0 | ok | - | -
        :: | ::ffff:127.0.0.1 | in-use | - | -
        :: only | ::ffff:127.0.0.1 | ok | - | -
        ::1 | :: | in-use | 0.0.0.0 | -
        ::1 | :: only | in-use | 0.0.0.0 | 0.0.0.0
        ::1 | ::ffff:0.0.0.0 | ok | - | -
        ::1 | ::ffff:127.0.0.1 | ok | - | -
        ::ffff:0.0.0.0 | :: | in-use | ::1 | -
        ::ffff:0.0.0.0 | :: only | ok | - | -
        ::ffff:0.0.0.0 | ::1 | ok | - | -
        ::ffff:0.0.0.0 | ::ffff:127.0.0.1 | in-use | ::1 | ::1
        ::ffff:127.0.0.1 | :: | in-use | ::1 | -
        ::ffff:127.0.0.1 | :: only | ok | - | -
        ::ffff:127.0.0.1 | ::1 | ok | - | -
        ::ffff:127.0.0.1 | ::ffff:0.0.0.0 | in-use | ::1 | ::1
        """;

    /// <summary>Linux, reuseaddr_conflict.c and bind_timewait.c.</summary>
    public const string KernelSelftests = """
        == a listener with SO_REUSEADDR keeps the wildcard out, before and after an IPv6 socket comes and goes
        listen tcp/127.0.0.1:9999 --reuse-address = ok
        listen tcp/0.0.0.0:9999 --reuse-address = in-use
        bind tcp/[::]:9999 --reuse-address = ok
        bind tcp/0.0.0.0:9999 --reuse-address = in-use
        close #3
        bind tcp/0.0.0.0:9999 --reuse-address = in-use

        == a connection in TIME_WAIT keeps the address
        timewait tcp/127.0.0.1:9998
        bind tcp/127.0.0.1:9998 = in-use

        == a connection in TIME_WAIT keeps the address of a server on all addresses
        timewait tcp/0.0.0.0:9997
        bind tcp/0.0.0.0:9997 = in-use

        == a second socket of one server may be bound beside the first, and only one may listen
        bind tcp/[::]:20000 --dual-mode --reuse-address = ok
        bind tcp/[::]:20000 --dual-mode --reuse-address = ok
        listen #2 = ok
        listen #1 = in-use
        """;

    /// <summary>
    /// Linux, ip_local_port_range.c: the system's range is 40000 to 49999. A late bind (IP_BIND_ADDRESS_NO_PORT) takes no
    /// port and is no question of a bind.
    /// </summary>
    public const string PortRanges = """
        == PLACE: a range outside of the system's, below
        set range 40000 49999
        bind PLACE --automatic-ports 30000-39999 = ok 40000-49999
        bind PLACE --automatic-ports 30000-39999 = ok 40000-49999

        == PLACE: a range outside of the system's, above
        set range 40000 49999
        bind PLACE --automatic-ports 50000-59999 = ok 40000-49999
        bind PLACE --automatic-ports 50000-59999 = ok 40000-49999

        == PLACE: one port
        set range 40000 49999
        bind PLACE --automatic-ports 45000-45000 = ok 45000-45000
        bind PLACE --automatic-ports 45000-45000 = in-use

        == PLACE: an upper end alone
        set range 40000 49999
        bind PLACE --automatic-ports 0-40000 = ok 40000-40000

        == PLACE: a lower end alone
        set range 40000 49999
        bind PLACE --automatic-ports 49999-0 = ok 49999-49999

        == PLACE: eight ports for nine sockets
        set range 40000 49999
        bind PLACE --automatic-ports 40000-40007 = ok 40000-40007
        bind PLACE --automatic-ports 40000-40007 = ok 40000-40007
        bind PLACE --automatic-ports 40000-40007 = ok 40000-40007
        bind PLACE --automatic-ports 40000-40007 = ok 40000-40007
        bind PLACE --automatic-ports 40000-40007 = ok 40000-40007
        bind PLACE --automatic-ports 40000-40007 = ok 40000-40007
        bind PLACE --automatic-ports 40000-40007 = ok 40000-40007
        bind PLACE --automatic-ports 40000-40007 = ok 40000-40007
        bind PLACE --automatic-ports 40000-40007 = in-use
        """;

    /// <summary>
    /// gVisor, TestPortReservation: its load balancing is SO_REUSEPORT, its most recent is SO_REUSEADDR of datagram
    /// sockets, its tuples are connections. Where gVisor differs, the line says so and Linux's answer stands.
    /// </summary>
    public const string GVisor = """
        == two addresses, then all
        bind udp/10.9.0.1:80 = ok
        bind udp/10.9.0.2:80 = ok
        bind udp/0.0.0.0:80 = in-use
        bind udp/10.9.0.1:80 --reuse-port = in-use

        == all addresses, then one
        bind udp/0.0.0.0:22 = ok
        bind udp/10.9.0.1:22 = in-use
        bind udp/10.9.0.1:22 = in-use
        bind udp/10.9.0.1:22 --reuse-port = in-use
        close #1
        bind udp/10.9.0.1:22 = ok

        == port zero three times
        bind udp/10.9.0.1:0 = ok
        bind udp/10.9.0.1:0 = ok
        bind udp/10.9.0.1:0 --reuse-port = ok

        == an address with reuseport
        bind udp/10.9.0.1:25 --reuse-port = ok
        bind udp/10.9.0.1:25 --reuse-port = ok
        bind udp/10.9.0.1:25 = in-use
        bind udp/0.0.0.0:25 = in-use
        bind udp/0.0.0.0:25 --reuse-port = ok

        == all addresses with reuseport
        bind udp/0.0.0.0:24 --reuse-port = ok
        bind udp/0.0.0.0:24 --reuse-port = ok
        bind udp/0.0.0.0:24 = in-use
        bind udp/10.9.0.1:24 = in-use
        bind udp/10.9.0.1:24 --reuse-port = ok
        close #5
        close #1
        bind udp/0.0.0.0:24 = in-use
        close #2
        bind udp/0.0.0.0:24 = ok

        == one device twice
        bind udp/10.9.0.1:24 --device dev3 = ok
        bind udp/10.9.0.1:24 --device dev3 = in-use

        == two devices
        bind udp/10.9.0.1:24 --device dev1 = ok
        bind udp/10.9.0.1:24 --device dev2 = ok

        == a device, then none
        bind udp/10.9.0.1:24 --device dev1 = ok
        bind udp/10.9.0.1:24 = in-use

        == no device, then one
        bind udp/10.9.0.1:24 = ok
        bind udp/10.9.0.1:24 --device dev1 = in-use
        bind udp/10.9.0.1:24 --device dev1 --reuse-port = in-use
        bind udp/10.9.0.1:24 = in-use
        bind udp/10.9.0.1:24 --reuse-port = in-use

        == a device among several
        bind udp/10.9.0.1:24 --device dev1 = ok
        bind udp/10.9.0.1:24 --device dev1 = in-use
        bind udp/10.9.0.1:24 --device dev1 --reuse-port = in-use
        bind udp/10.9.0.1:24 = in-use
        bind udp/10.9.0.1:24 --reuse-port = in-use
        bind udp/10.9.0.1:24 --device dev2 --reuse-port = ok
        bind udp/10.9.0.1:24 --device dev3 = ok
        bind udp/10.9.0.1:24 = in-use
        bind udp/10.9.0.1:24 --reuse-port = in-use

        == reuseport, then devices
        bind udp/10.9.0.1:24 --reuse-port = ok
        bind udp/10.9.0.1:24 --device dev1 = in-use
        bind udp/10.9.0.1:24 --device dev1 --reuse-port = ok
        bind udp/10.9.0.1:24 = in-use
        bind udp/10.9.0.1:24 --reuse-port = ok

        == reuseport on devices
        bind udp/10.9.0.1:24 --device dev1 --reuse-port = ok
        bind udp/10.9.0.1:24 --device dev1 = in-use
        bind udp/10.9.0.1:24 --device dev1 --reuse-port = ok
        bind udp/10.9.0.1:24 = in-use
        bind udp/10.9.0.1:24 --device dev2 --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-port = ok
        bind udp/10.9.0.1:24 --device dev3 --reuse-port = ok
        bind udp/10.9.0.1:24 --device dev4 = in-use

        == with and without reuseport on different devices
        bind udp/10.9.0.1:24 --device dev1 --reuse-port = ok
        bind udp/10.9.0.1:24 --device dev2 = ok
        bind udp/10.9.0.1:24 --device dev3 --reuse-port = ok
        bind udp/10.9.0.1:24 --device dev4 = ok

        == with and without reuseport on different devices, then none
        bind udp/10.9.0.1:24 --device dev1 --reuse-port = ok
        bind udp/10.9.0.1:24 --device dev2 = ok
        bind udp/10.9.0.1:24 --reuse-port = in-use

        == bound and released
        bind udp/10.9.0.1:24 --device dev1 --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-port = ok
        bind udp/10.9.0.1:24 --device dev4 = in-use
        bind udp/10.9.0.1:24 --device dev3 --reuse-port = ok
        close #2
        bind udp/10.9.0.1:24 --device dev4 = ok

        == reuseport on the second alone
        bind udp/10.9.0.1:24 --device dev1 = ok
        bind udp/10.9.0.1:24 --reuse-port = in-use

        == released after both devices were bound
        bind udp/10.9.0.1:24 --device dev1 = ok
        bind udp/10.9.0.1:24 --device dev2 = ok
        close #1
        close #2
        bind udp/10.9.0.1:24 = ok

        == reuseaddr, then devices
        bind udp/10.9.0.1:24 --reuse-address = ok
        bind udp/10.9.0.1:24 --device dev1 = in-use
        bind udp/10.9.0.1:24 --device dev1 --reuse-address = ok
        bind udp/10.9.0.1:24 = in-use
        bind udp/10.9.0.1:24 --reuse-address = ok

        == reuseaddr on the second alone
        bind udp/10.9.0.1:24 --device dev1 = ok
        bind udp/10.9.0.1:24 --reuse-address = in-use

        == both options three times
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok

        == both options, then reuseaddr, then reuseport
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-address = ok
        bind udp/10.9.0.1:24 --reuse-port = in-use

        == both options, then reuseport, then reuseaddr
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-address = in-use

        == both options twice, then reuseaddr
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-address = ok

        == both options twice, then reuseport
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-port = ok

        # gVisor refuses the third: it looks at all holders. Linux stops at the last bound, which shares through SO_REUSEPORT.
        == reuseaddr, then both options, then reuseport
        bind udp/10.9.0.1:24 --reuse-address = ok
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-port = ok

        == reuseport, then both options, then reuseaddr
        bind udp/10.9.0.1:24 --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-address --reuse-port = ok
        bind udp/10.9.0.1:24 --reuse-address = in-use

        == a connection with reuseaddr, then its address with reuseaddr
        connect tcp/10.9.0.1:24 --reuse-address = ok
        bind tcp/10.9.0.1:24 --reuse-address = ok

        == a connection with reuseaddr, then its address
        connect tcp/10.9.0.1:24 --reuse-address = ok
        bind tcp/10.9.0.1:24 = in-use

        == an address with reuseaddr, then a connection with reuseaddr
        bind tcp/10.9.0.1:24 --reuse-address = ok
        connect tcp/10.9.0.1:24 --reuse-address = ok

        == an address, then a connection with reuseaddr
        bind tcp/10.9.0.1:24 = ok
        connect tcp/10.9.0.1:24 --reuse-address = in-use

        == two connections with reuseaddr
        connect tcp/10.9.0.1:24 --reuse-address = ok
        connect tcp/10.9.0.1:24 --reuse-address = ok

        # gVisor lets both in, for it judges the connection with its peer. Linux judges bind() before it knows of a peer.
        == two connections
        connect tcp/10.9.0.1:24 = ok
        connect tcp/10.9.0.1:24 = in-use

        == all addresses twice with reuseaddr
        bind tcp/0.0.0.0:24 --reuse-address = ok
        bind tcp/0.0.0.0:24 --reuse-address = ok
        """;
}
