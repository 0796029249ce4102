using System;
using System.Collections.Immutable;
using System.ComponentModel;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;

namespace Serva.Diagnostics.Probing;

/// <summary>
/// Makes TLS handshakes of this host with itself: TLS 1.2 and 1.3 over a connection on 127.0.0.1, with certificates that are made
/// for it and told nobody: of an elliptic curve, and of RSA where that one fails. Once as the reads come, then with reads that end within the next record's header.
/// </summary>
/// <remarks>
/// Takes one automatic port of loopback for some tens of milliseconds; whoever connects there meanwhile gets no answer. On Windows
/// the key lies in the user's key store until the probe ends, because SChannel takes no other. Needs no privilege.
/// </remarks>
internal static class TlsProbe
{
    private const int MostPartialBytes = 4, LongestError = 200;

#pragma warning disable CA5398 // Each version is what is asked about.
    private static readonly (string Version, SslProtocols Protocol)[] s_versions = [("1.2", SslProtocols.Tls12), ("1.3", SslProtocols.Tls13)];
#pragma warning restore CA5398

    /// <summary>Makes the handshakes.</summary>
    /// <param name="limit">How long each may take.</param>
    /// <param name="time">Measures how long they took.</param>
    public static TlsProbeResult Try(TimeSpan limit, TimeProvider time)
    {
        try
        {
            using X509Certificate2 curve = MakeCertificate(isRsa: false, time.GetUtcNow());
            using X509Certificate2 rsa = MakeCertificate(isRsa: true, time.GetUtcNow());
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var handshakes = ImmutableArray.CreateBuilder<TlsHandshake>();
            foreach ((string version, SslProtocols protocol) in s_versions)
            {
                X509Certificate2 certificate = curve;
                TlsHandshake whole = Make(curve, 0);
                if (whole.Outcome == TlsHandshakeOutcome.Failed && Make(rsa, 0) is { Outcome: TlsHandshakeOutcome.Completed } other)
                    (certificate, whole) = (rsa, other);
                handshakes.Add(whole);

                // What fails as it comes says nothing about partial reads.
                for (int partialBytes = 1; partialBytes <= MostPartialBytes && whole.Outcome == TlsHandshakeOutcome.Completed; partialBytes++)
                    handshakes.Add(Make(certificate, partialBytes));

#pragma warning disable CA2025 // It is waited for right here.
                TlsHandshake Make(X509Certificate2 shown, int partialBytes) => MakeAsync(listener, shown, version, protocol, partialBytes, limit, time).GetAwaiter().GetResult();
#pragma warning restore CA2025
            }

            return new TlsProbeResult { Handshakes = handshakes.ToImmutable() };
        }
        catch (Exception error) when (error is SocketException or CryptographicException or IOException)
        {
            return new TlsProbeResult { NotTriedBecause = Cut($"no connection or no certificate could be made: {error.Message}") };
        }
    }

    // Suites that are allowed may all want a key of the one kind or the other.
    private static X509Certificate2 MakeCertificate(bool isRsa, DateTimeOffset now)
    {
        using AsymmetricAlgorithm key = isRsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsa
            ? new CertificateRequest("CN=serva-diag probe", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=serva-diag probe", (ECDsa)key, HashAlgorithmName.SHA256);
        X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        if (!OperatingSystem.IsWindows())
            return made;
        using (made)
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private static async Task<TlsHandshake> MakeAsync(
        TcpListener listener, X509Certificate2 certificate, string version, SslProtocols protocol, int partialBytes, TimeSpan limit, TimeProvider time)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        long start = time.GetTimestamp();
        try
        {
            using var near = new TcpClient(AddressFamily.InterNetwork);
            await near.ConnectAsync((IPEndPoint)listener.LocalEndpoint, deadline.Token).ConfigureAwait(false);
            using TcpClient far = await AcceptAsync(listener, near, deadline.Token).ConfigureAwait(false);
            using var clientReads = new PartialReads(near.GetStream(), partialBytes);
            using var serverReads = new PartialReads(far.GetStream(), partialBytes);
            using var client = new SslStream(clientReads, leaveInnerStreamOpen: false);
            using var server = new SslStream(serverReads, leaveInnerStreamOpen: false);
#pragma warning disable CA2025 // BothAsync returns when both have ended.
            Task serverSide = ServeAsync(server, certificate, protocol, deadline.Token);
            Task clientSide = ConnectAsync(client, certificate, protocol, deadline.Token);
#pragma warning restore CA2025
            await BothAsync(serverSide, clientSide, deadline).ConfigureAwait(false);
            return new TlsHandshake
            {
                Version = version,
                PartialBytes = partialBytes,
                PartialReads = partialBytes == 0 ? null : clientReads.Count + serverReads.Count,
                Outcome = TlsHandshakeOutcome.Completed,
                Cipher = client.NegotiatedCipherSuite.ToString(),
                Duration = time.GetElapsedTime(start),
            };
        }
        catch (Exception error) when (error is AuthenticationException or IOException or SocketException or Win32Exception or OperationCanceledException or NotSupportedException or CryptographicException)
        {
            return new TlsHandshake
            {
                Version = version,
                PartialBytes = partialBytes,
                // A hang and a connection that is not made are no answer of TLS.
                Outcome = error is OperationCanceledException or SocketException ? TlsHandshakeOutcome.Undetermined : TlsHandshakeOutcome.Failed,
                Duration = time.GetElapsedTime(start),
                NativeCode = CodeOf(error),
                Error = error is OperationCanceledException ? "it did not end in time" : Cut(Innermost(error).Message),
            };
        }
    }

    // Another program may connect to the port too.
    private static async Task<TcpClient> AcceptAsync(TcpListener listener, TcpClient near, CancellationToken deadline)
    {
        while (true)
        {
            TcpClient far = await listener.AcceptTcpClientAsync(deadline).ConfigureAwait(false);
            if (Equals(far.Client.RemoteEndPoint, near.Client.LocalEndPoint))
                return far;
            far.Dispose();
        }
    }

    private static async Task ServeAsync(SslStream server, X509Certificate2 certificate, SslProtocols protocol, CancellationToken deadline)
    {
        await server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = protocol }, deadline).ConfigureAwait(false);
        await ExchangeAsync(server, deadline).ConfigureAwait(false);
    }

    private static async Task ConnectAsync(SslStream client, X509Certificate2 certificate, SslProtocols protocol, CancellationToken deadline)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocol,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,

            // Nobody vouches for the certificate: it is the one that was made here, or the wrong one.
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null && shown.GetRawCertData().AsSpan().SequenceEqual(certificate.RawData),
        };
        await client.AuthenticateAsClientAsync(options, deadline).ConfigureAwait(false);
        await ExchangeAsync(client, deadline).ConfigureAwait(false);
    }

    // With TLS 1.3 a side may finish before the other has looked at its answer.
    private static async Task ExchangeAsync(SslStream stream, CancellationToken deadline)
    {
        await stream.WriteAsync(new byte[] { 1 }, deadline).ConfigureAwait(false);
        await stream.FlushAsync(deadline).ConfigureAwait(false);
        await stream.ReadExactlyAsync(new byte[1], deadline).ConfigureAwait(false);
    }

    // The first that fails says why; the other then waits for nobody.
    private static async Task BothAsync(Task left, Task right, CancellationTokenSource deadline)
    {
        Task first = await Task.WhenAny(left, right).ConfigureAwait(false);
        if (!first.IsCompletedSuccessfully)
            await deadline.CancelAsync().ConfigureAwait(false);
        Task both = Task.WhenAll(left, right);
        await both.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first.ConfigureAwait(false);
        await both.ConfigureAwait(false);
    }

    private static int? CodeOf(Exception error)
    {
        for (Exception? inner = error; inner is not null; inner = inner.InnerException)
        {
            if (inner is Win32Exception native)
                return native.NativeErrorCode;
        }

        return null;
    }

    private static Exception Innermost(Exception error)
    {
        while (error.InnerException is { } inner)
            error = inner;
        return error;
    }

    private static string Cut(string text) => text[..Math.Min(text.Length, LongestError)];
}
