using System;
using System.Collections.Generic;
using System.Net.NetworkInformation;
using Serva.Diagnostics.Addressing;
using Serva.Diagnostics.Snapshots;

namespace Serva.Diagnostics.Binding;

/// <summary>
/// Judges the sockets on a port by the sharing matrices. A holder's options, and often its account, are invisible from
/// outside: every value they may have is tried.
/// </summary>
internal sealed class WindowsHolders
{
    private readonly BindDraft _draft;
    private readonly BindFacts _facts;
    private readonly BindRequest _request;
    private readonly WindowsClaim _asked;
    private readonly WindowsSharing _askedSharing;
    private readonly string? _askerName;
    private readonly bool _isXp;
    private readonly bool _sharingIsOff;
    private readonly List<string> _doubts = [];

    public WindowsHolders(BindDraft draft)
    {
        _draft = draft;
        _facts = draft.Facts;
        _request = draft.Request;
        _asked = new WindowsClaim(_request.Endpoint.Address, _request.DualMode);
        _isXp = WindowsBindRules.IsBefore2003(_facts.Host.Platform);
        _sharingIsOff = _facts.SharingIsOff;
        _askedSharing = _request.ReuseAddress ? WindowsSharing.Reuse
            : _request.ExclusiveAddressUse || _sharingIsOff ? WindowsSharing.Exclusive
            : WindowsSharing.Default;
        _askerName = _facts.Asker(_request)?.UserName;
    }

    /// <summary>What the bind most likely meets.</summary>
    public WindowsCell Worst { get; private set; }

    /// <summary>Whether nothing that could not be seen would change <see cref="Worst"/>.</summary>
    public bool IsSure { get; private set; }

    /// <summary>What could not be seen, or nobody could check.</summary>
    public IReadOnlyList<string> Doubts => _doubts;

    /// <summary>Judges every socket on the request's port, and writes the conflicts into the draft.</summary>
    public void JudgeAll()
    {
        ReadOnlySpan<int> positions = _facts.Sockets.Find(_request.Protocol, _request.Endpoint.Port);
        int connections = 0;
        int shared = 0;
        var judged = new List<Judgement>();
        foreach (int position in positions)
        {
            ref readonly SocketRow row = ref _facts.Sockets[position];
            if (row.State is not (null or TcpState.Listen or TcpState.Closed or TcpState.Unknown))
            {
                connections++;
                continue;
            }

            WindowsCell cell = Judge(row, judged);
            if (cell == WindowsCell.Success)
                shared++;
        }

        Sum(judged);
        if (positions.IsEmpty)
            _draft.Step(BindSteps.Free, $"no socket of {Name} is on port {_request.Endpoint.Port}");
        if (shared > 0)
            _draft.Step(BindSteps.HolderShares, $"{shared} of {positions.Length} sockets on the port are not in the way");
        if (connections == 0)
            return;
        _draft.Step(BindSteps.HolderShares, $"{connections} connections use the port; they do not keep a listener from binding it");
        if (_askedSharing == WindowsSharing.Exclusive)
            Doubt("whether living or closing connections refuse an exclusive bind: Microsoft says they may, a user's measurement says they do not");
    }

    private string Name => BindRequestText.NameOf(_request.Protocol);

    private WindowsCell Judge(in SocketRow row, List<Judgement> judged)
    {
        NetAddress address = row.Local.Address;
        bool? isDual = !address.IsIPv6 || !address.IsUnspecified ? false : !row.IPv6Only;
        string? holderName = WindowsAccounts.HolderOf(_facts, row);
        bool? sameUser = holderName is null || _askerName is null ? null : WindowsAccounts.IsSame(holderName, _askerName);
        if (_isXp)
            sameUser = true;

        WindowsSharing guessedSharing = Guess(row);
        bool guessedSame = sameUser ?? false;
        bool guessedDual = isDual ?? false;
        Pair guess = Look(address, guessedDual, guessedSharing, guessedSame);
        int possible = 0;
        bool someMeet = false;
        bool allMeasured = true;
        bool hangsOnOptions = false;
        bool hangsOnUser = false;
        bool hangsOnFamily = false;
        for (int dual = 0; dual < 2; dual++)
        {
            if (isDual is { } knownDual && knownDual != (dual == 1))
                continue;
            for (int same = 0; same < 2; same++)
            {
                if (sameUser is { } knownSame && knownSame != (same == 1))
                    continue;
                for (var sharing = WindowsSharing.Default; sharing <= WindowsSharing.Exclusive; sharing++)
                {
                    if (!IsPossible(row, sharing))
                        continue;
                    Pair pair = Look(address, dual == 1, sharing, same == 1);
                    possible |= 1 << (int)pair.Cell;
                    someMeet |= pair.Meets;
                    allMeasured &= pair.IsMeasured || !pair.Meets;
                    if (pair.Cell == guess.Cell)
                        continue;
                    hangsOnOptions |= sharing != guessedSharing;
                    hangsOnUser |= (same == 1) != guessedSame;
                    hangsOnFamily |= (dual == 1) != guessedDual;
                }
            }
        }

        if (!someMeet)
            return WindowsCell.Success;
        bool isOpen = possible != 1 << (int)guess.Cell;
        bool isGrounded = !isOpen && allMeasured && _request.Protocol == TransportProtocol.Tcp && !_sharingIsOff;
        if (guess.Cell != WindowsCell.Success)
            AddConflict(row, guess, guessedSharing, isGrounded);
        if (!isGrounded)
            ExplainDoubt(row, isOpen, hangsOnOptions, hangsOnUser, hangsOnFamily);
        judged.Add(new Judgement(guess.Cell, possible, isGrounded));
        return guess.Cell;
    }

    /// <summary>Which error a bind meets that several sockets refuse: nothing published says, so the plain one is assumed.</summary>
    private void Sum(List<Judgement> judged)
    {
        foreach (Judgement one in judged)
        {
            if (one.Expected != WindowsCell.Success && Worst != WindowsCell.InUse)
                Worst = one.Expected;
        }

        if (Worst == WindowsCell.Success)
            return;
        const int MayBeFree = 1 << (int)WindowsCell.Success;
        bool otherCode = judged.Exists(one => (one.Possible & ~MayBeFree & ~(1 << (int)Worst)) != 0);
        IsSure = !otherCode && judged.Exists(one => one.IsGrounded && one.Expected == Worst);
        if (judged.Exists(one => one.Expected != Worst && one.Expected != WindowsCell.Success))
            Doubt("which of several refusing sockets decides the error");
    }

    private readonly record struct Judgement(WindowsCell Expected, int Possible, bool IsGrounded);

    private readonly record struct Pair(bool Meets, WindowsCell Cell, bool IsMeasured, WindowsMatrix Matrix, bool HeldIsSpecific, bool AskedIsSpecific);

    /// <summary>Each family that both sockets serve is asked; the first that refuses decides.</summary>
    private Pair Look(NetAddress address, bool isDual, WindowsSharing sharing, bool sameUser)
    {
        var held = new WindowsClaim(address, isDual);
        WindowsMatrix matrix = _isXp ? WindowsMatrix.XpAndEarlier : sameUser ? WindowsMatrix.SameUser : WindowsMatrix.DifferentUser;
        Pair result = default;
        for (int family = 0; family < 2; family++)
        {
            if (!WindowsClaim.Meet(held, _asked, family == 1, out bool heldIsSpecific, out bool askedIsSpecific))
                continue;
            WindowsCell cell = WindowsSharingMatrix.Find(matrix, sharing, heldIsSpecific, _askedSharing, askedIsSpecific);
            bool isMeasured = WindowsSharingMatrix.IsMeasured(matrix, sharing, heldIsSpecific, _askedSharing, askedIsSpecific)
                && WidthsAreMeasured(held, family == 1);
            var here = new Pair(true, cell, isMeasured, matrix, heldIsSpecific, askedIsSpecific);
            if (cell != WindowsCell.Success)
                return _sharingIsOff ? here with { Cell = WindowsCell.AccessDenied } : here;
            result = result.Meets ? here with { IsMeasured = here.IsMeasured && result.IsMeasured } : here;
        }

        return result;
    }

    /// <summary>Of pairs with a dual-stack wildcard only these were measured: against one address, and before 0.0.0.0.</summary>
    private bool WidthsAreMeasured(in WindowsClaim held, bool onIPv6)
    {
        WindowsWidth first = onIPv6 ? held.IPv6 : held.IPv4;
        WindowsWidth second = onIPv6 ? _asked.IPv6 : _asked.IPv4;
        if (first != WindowsWidth.DualWildcard && second != WindowsWidth.DualWildcard)
            return true;
        if (first == WindowsWidth.Specific || second == WindowsWidth.Specific)
            return !onIPv6;
        return !onIPv6 && first == WindowsWidth.DualWildcard && second == WindowsWidth.Wildcard;
    }

    private bool IsPossible(in SocketRow row, WindowsSharing sharing)
    {
        if (_sharingIsOff && row.ReuseAddress is null && row.ExclusiveAddressUse is null)
            return sharing == WindowsSharing.Exclusive;
        return sharing switch
        {
            WindowsSharing.Default => row.ReuseAddress != true && row.ExclusiveAddressUse != true,
            WindowsSharing.Reuse => row.ReuseAddress != false && row.ExclusiveAddressUse != true,
            _ => row.ExclusiveAddressUse != false && row.ReuseAddress != true,
        };
    }

    private WindowsSharing Guess(in SocketRow row)
    {
        if (row.ReuseAddress == true)
            return WindowsSharing.Reuse;
        return row.ExclusiveAddressUse == true || (_sharingIsOff && row.ExclusiveAddressUse is null)
            ? WindowsSharing.Exclusive
            : WindowsSharing.Default;
    }

    private void AddConflict(in SocketRow row, Pair pair, WindowsSharing sharing, bool isGrounded)
    {
        string code = ConflictWords.CodeOf(row.Local.Address, _request.Endpoint.Address, _request.DualMode);
        string why = ConflictWords.Sentence(row, _request, code);
        if (pair.Cell == WindowsCell.AccessDenied)
            why += ReasonOfDenial(row, pair, sharing);
        _draft.Conflict(row, code, why);
        if (_draft.ConflictCount > 1)
            return;
        _draft.Step(BindSteps.Holder, why, "sockets", ConflictWords.Row(row));
        _draft.Step(BindSteps.Matrix, $"{NameOf(pair.Matrix)}: {NameOf(sharing)} {WidthOf(pair.HeldIsSpecific)}, then {NameOf(_askedSharing)} {WidthOf(pair.AskedIsSpecific)}: "
            + $"{(pair.Cell == WindowsCell.InUse ? "WSAEADDRINUSE" : "WSAEACCES")} ({(_sharingIsOff ? "reported by users" : isGrounded ? "measured" : "documented, not measured")})");
    }

    // Options that no table shows and accounts that nobody read are guesses, and said as such.
    private string ReasonOfDenial(in SocketRow row, Pair pair, WindowsSharing sharing)
    {
        const string Instead = "so Windows denies access instead of reporting the port in use";
        if (_sharingIsOff)
            return $"; sharing is switched off on this host (DisableAddressSharing), {Instead}";
        string guess = row.ReuseAddress is null && row.ExclusiveAddressUse is null ? "most likely " : "";
        if (_askedSharing == WindowsSharing.Reuse && sharing != WindowsSharing.Reuse)
            return $"; its holder {guess}did not allow SO_REUSEADDR, {Instead}";
        if (sharing == WindowsSharing.Exclusive)
            return $"; its holder {guess}asked for exclusive use, {Instead}";
        return pair.Matrix == WindowsMatrix.DifferentUser ? $"; the holder runs under another account, {Instead}" : "";
    }

    private void ExplainDoubt(in SocketRow row, bool isOpen, bool byOptions, bool byUser, bool byFamily)
    {
        string socket = $"{BindRequestText.NameOf(row.Protocol)} {row.Local}";
        if (isOpen && byOptions)
            Doubt($"the sharing options of {socket}: not visible from outside");
        if (isOpen && byUser)
            Doubt($"whether {socket} belongs to the account that asks");
        if (isOpen && byFamily)
            Doubt($"whether {socket} serves IPv4 too (IPV6_V6ONLY)");
        if (isOpen)
            return;
        if (_sharingIsOff)
            Doubt("what DisableAddressSharing does: users report it, Microsoft does not document it");
        Doubt(_request.Protocol == TransportProtocol.Tcp
            ? "this cell of the sharing matrix is documented but was not measured"
            : "the sharing matrix is documented without a protocol and was measured with TCP only");
    }

    private void Doubt(string unseen)
    {
        if (!_doubts.Contains(unseen))
            _doubts.Add(unseen);
    }

    private static string NameOf(WindowsMatrix matrix) => matrix switch
    {
        WindowsMatrix.XpAndEarlier => "Windows XP and earlier",
        WindowsMatrix.SameUser => "one account",
        _ => "two accounts",
    };

    private static string NameOf(WindowsSharing sharing) => sharing switch
    {
        WindowsSharing.Reuse => "SO_REUSEADDR",
        WindowsSharing.Exclusive => "SO_EXCLUSIVEADDRUSE",
        _ => "default",
    };

    private static string WidthOf(bool isSpecific) => isSpecific ? "specific" : "wildcard";
}
