<#
.SYNOPSIS
    Checks Serva.Diagnostics against a real Windows machine.

.DESCRIPTION
    For anyone with a Windows machine. It compares what serva-diag says with what Windows says, in four parts:

      1. netstat    'serva-diag ports --json' against 'netstat -ano', read before and after it: a row in both must be
                    ours, and a row of ours must be in one of them.
      2. cmdlets    the same against Get-NetTCPConnection and Get-NetUDPEndpoint (left out where they do not exist).
      3. owners     the process names of ours against Get-Process.
      4. binds      36 pairs of real TCP binds: default, SO_REUSEADDR and SO_EXCLUSIVEADDRUSE on 0.0.0.0 and on
                    127.0.0.1, by one user. Each pair is held against Microsoft's published table for Windows Server 2003
                    and later ("Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE"), and against the prediction of
                    'serva-diag bind ... --no-probe --json', asked while the first socket listens.

    A prediction cannot see the options of a socket that another process holds, so it may say "likely" or
    "undetermined" and name what it could not see; such answers are counted, and only one that called itself certain
    and was wrong is a difference.

    It needs no elevation. It binds local ports for moments, stops nothing, changes nothing, and sends nothing off the
    machine. It runs on Windows PowerShell 5.1 and later. It was written without a Windows machine at hand: if it
    misbehaves itself, please report that too.

    The binds listen on 0.0.0.0 for moments. Windows Defender Firewall may ask whether this PowerShell may be reached;
    the answer does not matter here, but Cancel writes two block rules for the program (see them with
    Get-NetFirewallApplicationFilter; nothing is asked where the firewall's notifications are off).

    Exit code: 0 everything agrees, 1 a difference, 2 it could not run.

.PARAMETER ServaDiag
    The command to check: a name on the path, or the path of serva-diag.exe.

.EXAMPLE
    powershell -ExecutionPolicy Bypass -File eng\verify-windows.ps1 -ServaDiag .\serva-diag.exe
#>
param([string] $ServaDiag = 'serva-diag')

# Whatever the caller's profile sets: a missing member is nothing, and an exit code is looked at below.
Set-StrictMode -Off
$PSNativeCommandUseErrorActionPreference = $false
$ErrorActionPreference = 'Stop'
$script:differences = 0
$script:checked = 0
$invariant = [System.Globalization.CultureInfo]::InvariantCulture

function Write-Difference([string] $text) {
    $script:differences++
    Write-Host "DIFFERENCE  $text"
}

# One form for every address: netstat, the cmdlets and serva-diag may print the same IPv6 address in different ways.
function Get-AddressKey([string] $address) {
    return [System.Net.IPAddress]::Parse($address.Trim('[', ']')).ToString()
}

# '0.0.0.0:80', '[fe80::1%9]:546', '*:*'
function Get-EndpointKey([string] $endpoint) {
    $colon = $endpoint.LastIndexOf(':')
    $port = $endpoint.Substring($colon + 1)
    $address = $endpoint.Substring(0, $colon)
    if ($address -eq '*') { return "*|$port" }
    return "$(Get-AddressKey $address)|$port"
}

# A socket without a peer has no remote endpoint here, whatever a tool prints in its place.
function Get-RemoteKey([string] $endpoint) {
    if (-not $endpoint) { return '' }
    $key = Get-EndpointKey $endpoint
    if ($key.EndsWith('|0') -or $key.StartsWith('*|')) { return '' }
    return $key
}

function Invoke-ServaDiag([string[]] $arguments) {
    $text = & $ServaDiag @arguments | Out-String
    # 1 and 3 are answers too (a conflict, an open question); see 'serva-diag --help'.
    if ($LASTEXITCODE -notin 0, 1, 3) { throw "serva-diag $($arguments -join ' ') ended with $LASTEXITCODE" }
    return ConvertFrom-Json $text
}

# --- Readings: each is a set of 'protocol local remote pid'. --------------------------------------------------------

function Read-Ours {
    $document = Invoke-ServaDiag @('ports', '--json')
    if ($document.coverage -ne 'complete') {
        Write-Difference "the socket table is '$($document.coverage)': $($document.note) $(($document.gaps | ForEach-Object { "$($_.part): $($_.reason)" }) -join '; ')"
    }
    return $document.sockets
}

function Get-OurKeys($sockets) {
    $keys = @{}
    foreach ($socket in $sockets) {
        $remote = ''
        if ($socket.protocol -eq 'tcp' -and $socket.remote) { $remote = Get-RemoteKey $socket.remote }
        # A connection without a process has no owner with us, and process 0 with Windows.
        $processId = 0
        if ($socket.processId) { $processId = $socket.processId }
        $keys["$($socket.protocol) $(Get-EndpointKey $socket.local) $remote $processId"] = $true
    }
    return $keys
}

function Read-Netstat {
    $keys = @{}
    foreach ($line in (netstat -ano)) {
        $words = $line.Trim() -split '\s+'
        # The names of the states are translated; the shape of the lines is not.
        if ($words[0] -eq 'TCP' -and $words.Count -ge 5) {
            $keys["tcp $(Get-EndpointKey $words[1]) $(Get-RemoteKey $words[2]) $($words[-1])"] = $true
        }
        elseif ($words[0] -eq 'UDP' -and $words.Count -ge 4) {
            $keys["udp $(Get-EndpointKey $words[1])  $($words[-1])"] = $true
        }
    }
    return $keys
}

function Read-Cmdlets {
    $keys = @{}
    foreach ($row in (Get-NetTCPConnection)) {
        # Sockets that are bound and do nothing yet are known to this cmdlet alone.
        if ("$($row.State)" -eq 'Bound') { continue }
        $remote = ''
        if ($row.RemotePort -ne 0) { $remote = "$(Get-AddressKey $row.RemoteAddress)|$($row.RemotePort)" }
        $keys["tcp $(Get-AddressKey $row.LocalAddress)|$($row.LocalPort) $remote $($row.OwningProcess)"] = $true
    }
    foreach ($row in (Get-NetUDPEndpoint)) {
        $keys["udp $(Get-AddressKey $row.LocalAddress)|$($row.LocalPort)  $($row.OwningProcess)"] = $true
    }
    return $keys
}

function Compare-Tables([string] $name, $before, $ours, $after) {
    $common = 0
    foreach ($key in $before.Keys) {
        if (-not $after.ContainsKey($key)) { continue }
        $common++
        if (-not $ours.ContainsKey($key)) { Write-Difference "$name has, serva-diag has not: $key" }
    }
    foreach ($key in $ours.Keys) {
        if (-not ($before.ContainsKey($key) -or $after.ContainsKey($key))) { Write-Difference "serva-diag has, $name has not: $key" }
    }
    $script:checked += $common + $ours.Count
    Write-Host "$name : $common lasting rows, $($ours.Count) of ours compared"
    if ($common -eq 0) { Write-Difference "$name showed no row at all" }
}

function Test-Tables {
    $before = Read-Netstat
    $sockets = Read-Ours
    $after = Read-Netstat
    Compare-Tables 'netstat -ano' $before (Get-OurKeys $sockets) $after

    if (Get-Command Get-NetTCPConnection -ErrorAction SilentlyContinue) {
        $before = Read-Cmdlets
        $sockets = Read-Ours
        $after = Read-Cmdlets
        Compare-Tables 'Get-NetTCPConnection, Get-NetUDPEndpoint' $before (Get-OurKeys $sockets) $after
    }
    else {
        Write-Host 'Get-NetTCPConnection does not exist here: left out'
    }

    $names = 0
    foreach ($owner in ($sockets | Where-Object { $_.processId } | Sort-Object processId -Unique)) {
        $process = Get-Process -Id $owner.processId -ErrorAction SilentlyContinue
        if (-not $process) { continue }
        $names++
        # Get-Process leaves out the extension.
        if ($owner.processName -and ($owner.processName -replace '\.exe$', '') -ne ($process.ProcessName -replace '\.exe$', '')) {
            Write-Difference "process $($owner.processId) is '$($process.ProcessName)', serva-diag says '$($owner.processName)'"
        }
    }
    $script:checked += $names
    Write-Host "Get-Process : $names owners compared"
}

# --- Binds ----------------------------------------------------------------------------------------------------------

function New-Bound([string] $option, [string] $place, [int] $port) {
    $socket = New-Object System.Net.Sockets.Socket('InterNetwork', 'Stream', 'Tcp')
    # Nothing is set but what the pair asks for, whatever this version of .NET sets by itself.
    if ($option -ne 'exclusive' -and $socket.ExclusiveAddressUse) { $socket.ExclusiveAddressUse = $false }
    if ($option -eq 'reuse') { $socket.SetSocketOption('Socket', 'ReuseAddress', $true) }
    if ($option -eq 'exclusive') { $socket.ExclusiveAddressUse = $true }
    $address = [System.Net.IPAddress]::Any
    if ($place -eq 'specific') { $address = [System.Net.IPAddress]::Loopback }
    try {
        $socket.Bind((New-Object System.Net.IPEndPoint($address, $port)))
        return @{ Socket = $socket; Error = 0 }
    }
    catch {
        $socket.Close()
        return @{ Socket = $null; Error = Get-SocketError $_.Exception }
    }
}

function Get-SocketError($exception) {
    while ($exception -and $exception -isnot [System.Net.Sockets.SocketException]) { $exception = $exception.InnerException }
    if (-not $exception) { throw 'a socket call failed, but not with a socket error' }
    return $exception.ErrorCode
}

# A port that nobody holds on either place.
function Get-FreePort {
    for ($i = 0; $i -lt 50; $i++) {
        $probe = New-Bound 'exclusive' 'wildcard' 0
        if (-not $probe.Socket) { throw "a bind to port 0 failed with $(Get-Name $probe.Error)" }
        $port = $probe.Socket.LocalEndPoint.Port
        $probe.Socket.Close()
        $again = New-Bound 'exclusive' 'wildcard' $port
        if ($again.Socket) {
            $again.Socket.Close()
            return $port
        }
    }
    throw 'no free port was found'
}

function Get-Name([int] $code) {
    switch ($code) {
        0 { return 'success' }
        10048 { return 'WSAEADDRINUSE' }
        10013 { return 'WSAEACCES' }
        default { return $code.ToString($invariant) }
    }
}

function Test-Binds {
    # Rows: the first socket; columns: the second. U 10048, A 10013, S success.
    $published = [ordered]@{
        'default wildcard'   = 'U S A S U S'
        'default specific'   = 'S U S A U U'
        'reuse wildcard'     = 'U S S S U S'
        'reuse specific'     = 'S U S S U U'
        'exclusive wildcard' = 'U A A A U A'
        'exclusive specific' = 'S U S A U U'
    }
    $codes = @{ U = 10048; A = 10013; S = 0 }
    $seconds = @($published.Keys)
    $flags = @{ default = @(); reuse = @('--reuse-address'); exclusive = @('--exclusive') }
    $pairs = 0; $certain = 0; $wrong = 0; $agreed = 0; $hedged = 0; $open = 0

    foreach ($first in $seconds) {
        $cells = $published[$first] -split ' '
        for ($column = 0; $column -lt $seconds.Count; $column++) {
            $second = $seconds[$column]
            $pair = "$first, then $second"
            $port = Get-FreePort
            $firstOption, $firstPlace = $first -split ' '
            $secondOption, $secondPlace = $second -split ' '

            $holder = New-Bound $firstOption $firstPlace $port
            if (-not $holder.Socket) {
                Write-Difference "$pair : the first bind failed with $(Get-Name $holder.Error)"
                continue
            }
            try {
                # Only a listener is in the system's table, and only what is in the table can be predicted.
                $holder.Socket.Listen(1)
                $address = '0.0.0.0'
                if ($secondPlace -eq 'specific') { $address = '127.0.0.1' }
                $answer = Invoke-ServaDiag (@('bind', "tcp/${address}:$port") + $flags[$secondOption] + @('--no-probe', '--json'))

                $newcomer = New-Bound $secondOption $secondPlace $port
                $bound = $newcomer.Error
                $served = $bound
                if ($newcomer.Socket) {
                    try { $newcomer.Socket.Listen(1) } catch { $served = Get-SocketError $_.Exception }
                    $newcomer.Socket.Close()
                }
            }
            finally {
                $holder.Socket.Close()
            }

            $script:checked++
            $pairs++
            $expected = $codes[$cells[$column]]
            if ($bound -ne $expected) {
                Write-Difference "$pair : Windows says $(Get-Name $bound), the published table $(Get-Name $expected)"
            }

            $prediction = $answer.prediction
            $predicted = 'success'
            if ($prediction.outcome -ne 'success') { $predicted = $prediction.nativeError }
            if ($prediction.outcome -eq 'undetermined') {
                $open++
            }
            elseif ($predicted -eq (Get-Name $served)) {
                $agreed++
                if ($prediction.certainty -eq 'certain') { $certain++ }
            }
            elseif ($prediction.certainty -eq 'certain') {
                $certain++
                $wrong++
                Write-Difference "$pair : Windows says $(Get-Name $served), serva-diag was certain of $predicted"
            }
            else {
                $hedged++
                Write-Host "note        $pair : Windows says $(Get-Name $served), serva-diag thought $predicted likely"
            }
        }
    }
    Write-Host "binds : $pairs pairs; predictions: $agreed right, $wrong certain and wrong, $hedged wrong but only likely, $open undetermined; $certain were certain"
}

# --- The run --------------------------------------------------------------------------------------------------------

if ([Environment]::OSVersion.Platform -ne 'Win32NT') {
    Write-Host 'This script is for Windows.'
    exit 2
}
if (-not (Get-Command $ServaDiag -ErrorAction SilentlyContinue)) {
    Write-Host "'$ServaDiag' was not found; give its path with -ServaDiag."
    exit 2
}

$encoding = [Console]::OutputEncoding
try {
    [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding($false)
    $current = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    Write-Host "Windows $([Environment]::OSVersion.Version.Major).$([Environment]::OSVersion.Version.Minor) build $($current.CurrentBuildNumber).$($current.UBR), PowerShell $($PSVersionTable.PSVersion)"
    Test-Tables
    Test-Binds
}
catch {
    Write-Host "could not go on: $($_.Exception.Message)"
    Write-Host $_.ScriptStackTrace
    exit 2
}
finally {
    [Console]::OutputEncoding = $encoding
}

Write-Host ''
Write-Host "$script:checked checked, $script:differences differences"
if ($script:differences -gt 0) { exit 1 }
exit 0
