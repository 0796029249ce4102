using System;
using Serva.Diagnostics.Snapshots;
using Xunit;

namespace Serva.Diagnostics.Tests.Questions;

public class NativeErrorsTests
{
    [Theory]
    [InlineData(PlatformFamily.Linux, "EADDRINUSE", 98, BindOutcome.AddressInUse)]
    [InlineData(PlatformFamily.Linux, "EACCES", 13, BindOutcome.AccessDenied)]
    [InlineData(PlatformFamily.Linux, "EPERM", 1, BindOutcome.AccessDenied)]
    [InlineData(PlatformFamily.Linux, "EADDRNOTAVAIL", 99, BindOutcome.AddressNotAvailable)]
    [InlineData(PlatformFamily.Linux, "EINVAL", 22, BindOutcome.InvalidArgument)]
    [InlineData(PlatformFamily.Linux, "ENODEV", 19, BindOutcome.NoSuchDevice)]
    [InlineData(PlatformFamily.Linux, "EAFNOSUPPORT", 97, BindOutcome.AddressFamilyNotSupported)]
    [InlineData(PlatformFamily.Linux, "ENOBUFS", 105, BindOutcome.NoBufferSpace)]
    [InlineData(PlatformFamily.Linux, "EOPNOTSUPP", 95, BindOutcome.OtherError)]
    [InlineData(PlatformFamily.Windows, "WSAEADDRINUSE", 10048, BindOutcome.AddressInUse)]
    [InlineData(PlatformFamily.Windows, "WSAEACCES", 10013, BindOutcome.AccessDenied)]
    [InlineData(PlatformFamily.Windows, "WSAEADDRNOTAVAIL", 10049, BindOutcome.AddressNotAvailable)]
    [InlineData(PlatformFamily.Windows, "WSAEINVAL", 10022, BindOutcome.InvalidArgument)]
    [InlineData(PlatformFamily.Windows, "WSAEAFNOSUPPORT", 10047, BindOutcome.AddressFamilyNotSupported)]
    [InlineData(PlatformFamily.Windows, "WSAENOBUFS", 10055, BindOutcome.NoBufferSpace)]
    [InlineData(PlatformFamily.MacOS, "EADDRINUSE", 48, BindOutcome.AddressInUse)]
    [InlineData(PlatformFamily.Bsd, "EADDRNOTAVAIL", 49, BindOutcome.AddressNotAvailable)]
    public void Find_ByNumberAndByName_SameError(PlatformFamily family, string name, int code, BindOutcome outcome)
    {
        NativeError? byCode = NativeErrors.Find(family, code);

        Assert.Equal((name, code, outcome), (byCode?.Name, byCode?.Code, byCode?.Outcome));
#pragma warning disable CA1308 // The point is that case does not matter.
        Assert.Equal(byCode, NativeErrors.Find(family, name.ToLowerInvariant()));
#pragma warning restore CA1308
    }

    [Fact]
    public void For_OutcomesOfEverySystem_ErrorThatMapsBack()
    {
        foreach (PlatformFamily family in Enum.GetValues<PlatformFamily>())
        {
            foreach (BindOutcome outcome in Enum.GetValues<BindOutcome>())
            {
                if (NativeErrors.For(family, outcome) is not { } error)
                    continue;
                Assert.Equal(outcome, error.Outcome);
                Assert.Equal(family == PlatformFamily.Other, error.Code is null);
            }

            Assert.NotNull(NativeErrors.For(family, BindOutcome.AddressInUse));
            Assert.Null(NativeErrors.For(family, BindOutcome.Success));
            Assert.Null(NativeErrors.For(family, BindOutcome.Undetermined));
        }

        Assert.Null(NativeErrors.Find(PlatformFamily.Linux, 10048));
    }
}
