using System;
using System.Collections.Generic;
using System.Globalization;
using Serva.Diagnostics.Formats.IpHelper;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Formats.WindowsSystem;

/// <summary>A service as the service control manager lists it.</summary>
/// <param name="Name">The name that commands use.</param>
/// <param name="DisplayName">The name that people see; null when empty.</param>
/// <param name="State">Whether it runs.</param>
/// <param name="ProcessId">The process that hosts it; null when there is none.</param>
internal sealed record ServiceStatus(string Name, string? DisplayName, ServiceState State, int? ProcessId);

/// <summary>
/// Decodes what EnumServicesStatusExW fills: ENUM_SERVICE_STATUS_PROCESSW (winsvc.h), two pointers to text and nine
/// 32-bit numbers: 44 bytes with 4-byte pointers, 56 with 8-byte ones.
/// </summary>
internal static class EnumServiceStatusProcess
{
    /// <summary>Adds the rows; answers why it stopped early, or null.</summary>
    public static NativeFault? Decode(PointerBuffer buffer, uint count, List<ServiceStatus> rows)
    {
        int size = buffer.PointerSize == 4 ? 44 : 56;
        for (uint i = 0; i < count; i++)
        {
            long offset = (long)i * size;
            if (offset + size > buffer.Bytes.Length)
            {
                return new NativeFault(
                    (int)Math.Min(offset, buffer.Bytes.Length),
                    string.Create(CultureInfo.InvariantCulture, $"service {i + 1} of {count}, {size} bytes"),
                    string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, buffer.Bytes.Length - offset)} bytes"));
            }

            int row = (int)offset;
            int status = row + 2 * buffer.PointerSize;
            string? name = buffer.Text(row);
            if (name is null)
                return new NativeFault(row, "a pointer to a service's name", "a pointer to none");
            uint processId = buffer.UInt32(status + 28);
            rows.Add(new ServiceStatus(
                name,
                buffer.Text(row + buffer.PointerSize),
                StateOf(buffer.UInt32(status + 4)),
                processId == 0 ? null : (int)processId));
        }

        return null;
    }

    // SERVICE_STATUS_PROCESS.dwCurrentState; 5 to 7 are continue pending, pause pending, paused.
    private static ServiceState StateOf(uint state) => state switch
    {
        1 => ServiceState.Stopped,
        2 => ServiceState.StartPending,
        3 => ServiceState.StopPending,
        4 => ServiceState.Running,
        5 or 6 or 7 => ServiceState.Paused,
        _ => ServiceState.Unknown,
    };
}
