using System;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Serva.Diagnostics.Capture;

/// <summary>What a child process answered: the bytes of its standard output and its exit code, or why there are none.</summary>
internal readonly struct ChildAnswer(byte[]? output, int exitCode, string? failure)
{
    public byte[]? Output { get; } = output;

    public int ExitCode { get; } = exitCode;

    public string? Failure { get; } = failure;
}

/// <summary>Runs a program of the system without a shell and without input; its time and its answer are bounded.</summary>
internal static class BoundedChild
{
    /// <summary>Runs a program to its end.</summary>
    /// <remarks>
    /// A reading of a pipe cannot be cancelled on Windows while the other end is silent, so the deadline ends the child and
    /// waits for nothing. The child is ended in any case: none is left behind.
    /// </remarks>
    /// <param name="program">The full path.</param>
    /// <param name="arguments">The arguments, as the program's own command line has them.</param>
    /// <param name="largestOutput">How many bytes it may write.</param>
    /// <param name="deadline">When to give up.</param>
    public static async Task<ChildAnswer> RunAsync(string program, string arguments, int largestOutput, CancellationToken deadline)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                CreateNoWindow = true,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            return Failed(string.Create(CultureInfo.InvariantCulture, $"did not start: {error.NativeErrorCode} {error.Message}"));
        }

        try
        {
            // Whatever it might ask, it gets no answer.
            process.StandardInput.Close();
            Task<byte[]?> errors = ReadBoundedAsync(process.StandardError.BaseStream, largestOutput, deadline);
            Task<byte[]?> output = ReadBoundedAsync(process.StandardOutput.BaseStream, largestOutput, deadline);
            if (await output.WaitAsync(deadline).ConfigureAwait(false) is not { } answer)
                return Failed($"answered more than {largestOutput >> 20} MiB");
            await errors.WaitAsync(deadline).ConfigureAwait(false);
            await process.WaitForExitAsync(deadline).ConfigureAwait(false);
            return new ChildAnswer(answer, process.ExitCode, null);
        }
        catch (OperationCanceledException)
        {
            return Failed("timed out");
        }
        catch (IOException error)
        {
            return Failed($"its answer could not be read: {error.Message}");
        }
        finally
        {
            End(process);
        }
    }

    private static ChildAnswer Failed(string failure) => new(null, 0, failure);

    private static async Task<byte[]?> ReadBoundedAsync(Stream stream, int largest, CancellationToken deadline)
    {
        using var answer = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, deadline).ConfigureAwait(false)) > 0)
        {
            if (answer.Length + read > largest)
                return null;
            await answer.WriteAsync(buffer.AsMemory(0, read), deadline).ConfigureAwait(false);
        }

        return answer.ToArray();
    }

    private static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill();
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // It ended by itself in between, or cannot be ended; its answer is not waited for either way.
        }
    }
}
