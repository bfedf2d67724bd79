<#
.SYNOPSIS
Asks Windows what nobody has published about CIMs, and writes down what it says.

.DESCRIPTION
Mounts CIMs that layerkiln made, and has Windows make some of its own. All that it writes stands under -Report: what was
seen as text, and the CIMs that Windows made, which hold nothing but the small files that this script puts into them. See
README.md beside this script for what each experiment settles, and where to send the report.

Needs an elevated PowerShell (5.1 or 7, 64 bits) on Windows 10 2004 or newer, and an NTFS volume. It changes nothing outside of
-Report and -Work, and takes off again what it mounts. Takes a few minutes.

.PARAMETER Vectors
The folder with the test vectors, v1 and v2: vectors.mjs beside this script makes it.

.PARAMETER Extra
CIMs that layerkiln made, paths of .cim files, to be mounted and listed as well.

.PARAMETER Layer
A layer of a Windows container, a tar, plain or compressed, for E10: layerkiln makes a CIM of it, and Windows another. Takes Node and a
layerkiln that is built (npm ci; npm run build) on this machine. Default: none, and no E10.

.PARAMETER Layerkiln
The program. Default: that of the clone which this script is in.

.PARAMETER Report
The folder for the report. It must not exist yet.

.PARAMETER Work
A folder for CIMs and mounts while this runs. It must not exist yet, and is removed at the end.

.PARAMETER Only
Experiments to run, such as E1,E5. Default: all.

.EXAMPLE
.\cim-experiments.ps1 -Vectors ..\..\vectors -Report C:\cim-report
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [string] $Vectors,
    [Parameter(Mandatory = $true)] [string] $Report,
    [string[]] $Extra = @(),
    [string] $Layer = '',
    [string] $Layerkiln = (Join-Path $PSScriptRoot '..\..\build\cli\bin\main.js'),
    [string] $Work = (Join-Path $env:SystemDrive 'cim-experiments-work'),
    [string[]] $Only = @('E1', 'E2', 'E4', 'E5', 'E6', 'E8', 'E9', 'E10')
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# ---------------------------------------------------------------------------------------------------------------------
# The calls of cimfs.dll, as cimfs.h declares them. C# 5, which PowerShell 5.1 compiles.

Add-Type -TypeDefinition @'
using System;
using System.Runtime.InteropServices;

namespace CimExperiments
{
    [StructLayout(LayoutKind.Sequential)]
    public struct FileMetadata // CIMFS_FILE_METADATA: 96 bytes on 64 bits
    {
        public uint Attributes;
        public long FileSize;
        public long CreationTime;
        public long LastWriteTime;
        public long ChangeTime;
        public long LastAccessTime;
        public IntPtr SecurityDescriptorBuffer;
        public uint SecurityDescriptorSize;
        public IntPtr ReparseDataBuffer;
        public uint ReparseDataSize;
        public IntPtr EaBuffer;
        public uint EaBufferSize;
    }

    public class CimException : Exception
    {
        public CimException(string call, int result)
            : base(call + ": HRESULT 0x" + result.ToString("X8")) { }
    }

    static class Native
    {
        const string Dll = "cimfs.dll";

        [DllImport(Dll, CharSet = CharSet.Unicode, ExactSpelling = true)]
        public static extern int CimCreateImage(string imagePath, string existing, string name, out IntPtr image);
        [DllImport(Dll, CharSet = CharSet.Unicode, ExactSpelling = true)]
        public static extern int CimCreateImage2(string imagePath, uint flags, string existing, string name, out IntPtr image);
        [DllImport(Dll, ExactSpelling = true)]
        public static extern int CimCommitImage(IntPtr image);
        [DllImport(Dll, ExactSpelling = true)]
        public static extern void CimCloseImage(IntPtr image);
        [DllImport(Dll, CharSet = CharSet.Unicode, ExactSpelling = true)]
        public static extern int CimCreateFile(IntPtr image, string path, ref FileMetadata metadata, out IntPtr stream);
        [DllImport(Dll, CharSet = CharSet.Unicode, ExactSpelling = true)]
        public static extern int CimCreateAlternateStream(IntPtr image, string path, ulong size, out IntPtr stream);
        [DllImport(Dll, ExactSpelling = true)]
        public static extern int CimWriteStream(IntPtr stream, byte[] bytes, uint length);
        [DllImport(Dll, ExactSpelling = true)]
        public static extern void CimCloseStream(IntPtr stream);
        [DllImport(Dll, CharSet = CharSet.Unicode, ExactSpelling = true)]
        public static extern int CimCreateHardLink(IntPtr image, string newPath, string existingPath);
        [DllImport(Dll, CharSet = CharSet.Unicode, ExactSpelling = true)]
        public static extern int CimMountImage(string directory, string name, uint flags, ref Guid volume);
        [DllImport(Dll, ExactSpelling = true)]
        public static extern int CimDismountImage(ref Guid volume);
        [DllImport(Dll, CharSet = CharSet.Unicode, ExactSpelling = true)]
        public static extern int CimConvertBlockImage(string imagePath, string name, string newDirectory);
    }

    /// <summary>A CIM that Windows writes. Close it, committed or not.</summary>
    public class Image
    {
        // D:NO_ACCESS_CONTROL, self-relative: everybody may do all.
        static readonly byte[] NoAccessControl = { 1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
        // 2020-02-13T22:32:32Z, as in the test vectors.
        const long Time = 0x01D5E2BD7B8A8000;

        IntPtr image;

        /// <summary>An empty string for `existing` or `name` is none.</summary>
        public Image(string directory, string existing, string name)
        {
            Check("CimCreateImage", Native.CimCreateImage(directory, OrNull(existing), OrNull(name), out image));
        }

        /// <summary>By CimCreateImage2. An exception of type EntryPointNotFoundException: this Windows has none.</summary>
        public Image(string path, uint flags, string name)
        {
            Check("CimCreateImage2", Native.CimCreateImage2(path, flags, null, OrNull(name), out image));
        }

        public void AddFile(string path, uint attributes, byte[] content, byte[] eas, byte[] reparse)
        {
            bool isDirectory = (attributes & 0x10) != 0;
            GCHandle sd = GCHandle.Alloc(NoAccessControl, GCHandleType.Pinned);
            GCHandle ea = GCHandle.Alloc(eas ?? new byte[0], GCHandleType.Pinned);
            GCHandle rp = GCHandle.Alloc(reparse ?? new byte[0], GCHandleType.Pinned);
            try
            {
                FileMetadata metadata = new FileMetadata();
                metadata.Attributes = attributes;
                metadata.FileSize = isDirectory || content == null ? 0 : content.Length;
                metadata.CreationTime = metadata.LastWriteTime = metadata.ChangeTime = metadata.LastAccessTime = Time;
                metadata.SecurityDescriptorBuffer = sd.AddrOfPinnedObject();
                metadata.SecurityDescriptorSize = (uint)NoAccessControl.Length;
                if (eas != null) { metadata.EaBuffer = ea.AddrOfPinnedObject(); metadata.EaBufferSize = (uint)eas.Length; }
                if (reparse != null) { metadata.ReparseDataBuffer = rp.AddrOfPinnedObject(); metadata.ReparseDataSize = (uint)reparse.Length; }
                IntPtr stream;
                Check("CimCreateFile " + path, Native.CimCreateFile(image, path, ref metadata, out stream));
                Write(path, stream, isDirectory ? null : content);
            }
            finally { sd.Free(); ea.Free(); rp.Free(); }
        }

        /// <summary>`path` is `file:stream`.</summary>
        public void AddStream(string path, byte[] content)
        {
            IntPtr stream;
            Check("CimCreateAlternateStream " + path, Native.CimCreateAlternateStream(image, path, (ulong)content.Length, out stream));
            Write(path, stream, content);
        }

        public void AddLink(string newPath, string existingPath)
        {
            Check("CimCreateHardLink " + newPath, Native.CimCreateHardLink(image, newPath, existingPath));
        }

        public void Commit()
        {
            Check("CimCommitImage", Native.CimCommitImage(image));
        }

        public void Close()
        {
            if (image != IntPtr.Zero) Native.CimCloseImage(image);
            image = IntPtr.Zero;
        }

        static void Write(string path, IntPtr stream, byte[] content)
        {
            int result = 0;
            if (content != null && content.Length > 0) result = Native.CimWriteStream(stream, content, (uint)content.Length);
            Native.CimCloseStream(stream);
            Check("CimWriteStream " + path, result);
        }

        static string OrNull(string text) { return string.IsNullOrEmpty(text) ? null : text; }

        internal static void Check(string call, int result)
        {
            if (result < 0) throw new CimException(call, result);
        }
    }

    public static class Cim
    {
        public static Guid Mount(string directory, string name, uint flags)
        {
            Guid volume = Guid.NewGuid();
            Image.Check("CimMountImage " + name, Native.CimMountImage(directory, name, flags, ref volume));
            return volume;
        }

        public static void Dismount(Guid volume)
        {
            Image.Check("CimDismountImage", Native.CimDismountImage(ref volume));
        }

        public static void ConvertBlockImage(string path, string name, string newDirectory)
        {
            Image.Check("CimConvertBlockImage", Native.CimConvertBlockImage(path, name, newDirectory));
        }

        public static int MetadataSize { get { return Marshal.SizeOf(typeof(FileMetadata)); } }
    }
}
'@

# ---------------------------------------------------------------------------------------------------------------------
# What is written down

$results = New-Object System.Collections.ArrayList

function Write-Line([string] $Text) {
    Write-Host $Text
    Add-Content -LiteralPath (Join-Path $Report 'report.txt') -Value $Text -Encoding UTF8
}

function Add-Result([string] $Experiment, [string] $What, [string] $Outcome, [string] $Detail) {
    [void] $results.Add([ordered]@{ experiment = $Experiment; what = $What; outcome = $Outcome; detail = $Detail })
    Write-Line ('{0,-3} {1,-12} {2}  {3}' -f $Experiment, $Outcome, $What, $Detail)
}

# Runs $Action and notes whether it failed. What it returns is the detail.
function Invoke-Step([string] $Experiment, [string] $What, [scriptblock] $Action) {
    try {
        $detail = & $Action
        Add-Result $Experiment $What 'ok' ([string] $detail)
        return $true
    }
    catch {
        $failure = $_.Exception
        while ($null -ne $failure.InnerException) { $failure = $failure.InnerException }
        $missing = $failure -is [System.EntryPointNotFoundException] -or $failure -is [System.DllNotFoundException]
        if ($missing) { $outcome = 'not here' } else { $outcome = 'FAILED' }
        Add-Result $Experiment $What $outcome $failure.Message
        return $false
    }
}

function Assert-That([bool] $Condition, [string] $Sentence) {
    if (-not $Condition) { throw $Sentence }
}

function New-Folder([string] $Path) {
    [void] (New-Item -ItemType Directory -Path $Path)
    return (Get-Item -LiteralPath $Path).FullName
}

function Get-Sha256([byte[]] $Bytes) {
    $hash = [System.Security.Cryptography.SHA256]::Create()
    return [System.BitConverter]::ToString($hash.ComputeHash($Bytes)).Replace('-', '').ToLowerInvariant()
}

# Bytes of $Length whose values follow from $Seed: no two files of an experiment are alike.
function New-Content([int] $Length, [int] $Seed) {
    $bytes = New-Object byte[] $Length
    for ($i = 0; $i -lt $Length; $i++) { $bytes[$i] = (7 * $i + $Seed * 31 + [math]::Floor($i / 256)) % 256 }
    return , $bytes
}

function Get-Ascii([string] $Text) {
    return , [System.Text.Encoding]::ASCII.GetBytes($Text)
}

# ---------------------------------------------------------------------------------------------------------------------
# CIMs that are mounted

# Runs a program and puts what it prints into the file $Into.
function Save-Output([string] $Into, [string] $Program, [string[]] $Arguments) {
    $previous = $ErrorActionPreference
    $ErrorActionPreference = 'Continue' # what a program writes to standard error is not ours to stumble over
    try { & $Program @Arguments 2>&1 | ForEach-Object { [string] $_ } | Out-File -LiteralPath $Into -Append -Encoding UTF8 }
    finally { $ErrorActionPreference = $previous }
}

# Mounts a CIM and runs $Look with the path of a folder that shows it. Dismounts whatever comes of it.
function Use-Mounted([string] $Directory, [string] $Name, [scriptblock] $Look) {
    $volume = [CimExperiments.Cim]::Mount($Directory, $Name, 0)
    $junction = Join-Path $Work ('mount-' + $volume.ToString('N'))
    try {
        & cmd.exe /d /c mklink /j "$junction" "\\?\Volume{$($volume.ToString())}\" | Out-Null
        Assert-That ($LASTEXITCODE -eq 0) "mklink failed with $LASTEXITCODE"
        & $Look $junction
    }
    finally {
        if (Test-Path -LiteralPath $junction) { & cmd.exe /d /c rmdir "$junction" | Out-Null }
        [CimExperiments.Cim]::Dismount($volume)
    }
}

# All that Windows says of what is mounted at $At, as text.
function Save-Tree([string] $At, [string] $Into) {
    $tree = Join-Path $Into 'tree.txt'
    Save-Output $tree 'cmd.exe' @('/d', '/c', 'dir', '/s', '/a', '/r', '/q', '/x', $At)
    Save-Output $tree 'icacls.exe' @($At, '/t', '/c')
    foreach ($item in @(Get-ChildItem -LiteralPath $At -Recurse -Force -ErrorAction SilentlyContinue)) {
        $line = '== {0} attributes {1} creation {2}' -f $item.FullName.Substring($At.Length), [int] $item.Attributes, $item.CreationTimeUtc.Ticks
        Add-Content -LiteralPath $tree -Value $line -Encoding UTF8
        Save-Output $tree 'fsutil.exe' @('file', 'queryfileid', $item.FullName)
        Save-Output $tree 'fsutil.exe' @('file', 'queryEA', $item.FullName)
        if (($item.Attributes -band [IO.FileAttributes]::ReparsePoint) -ne 0) {
            Save-Output $tree 'fsutil.exe' @('reparsepoint', 'query', $item.FullName)
        }
        elseif (-not $item.PSIsContainer) {
            Save-Output $tree 'fsutil.exe' @('hardlink', 'list', $item.FullName)
        }
    }
}

function Copy-Cim([string] $From, [string] $To) {
    [void] (New-Folder $To)
    Copy-Item -Path (Join-Path $From '*') -Destination $To
}

# ---------------------------------------------------------------------------------------------------------------------
# E1: does Windows mount what layerkiln writes, and show what was put in?

$vectorFiles = @(
    @{ path = 'Files\hello.txt'; content = (Get-Ascii "Hello, CIM!`n") },
    @{ path = 'Files\Alias.TXT'; content = (Get-Ascii "Hello, CIM!`n") },
    @{ path = 'FILES\HELLO.TXT'; content = (Get-Ascii "Hello, CIM!`n") },
    @{ path = 'Files\ads'; content = (Get-Ascii 'main') },
    @{ path = 'Files\ea'; content = (Get-Ascii 'x') },
    @{ path = 'Files\empty'; content = ([byte[]] @()) },
    @{ path = ('Files\' + [char] 0xe9 + 't' + [char] 0xe9); content = (Get-Ascii 'acc') },
    @{ path = ('Files\' + [char] 0xc9 + 'T' + [char] 0xc9); content = (Get-Ascii 'acc') }
)
$vectorStreams = @(
    @{ stream = 'zone'; text = 'AB' },
    @{ stream = 'Alpha'; text = 'stream two' }
)

# Things that may be in the way of a mount, each a few other bytes: which file, where, and what.
$variants = @(
    @{ of = 'v1', 'v2'; name = 'header lengths 32'; changes = @(, @('*', 8, @(32, 0, 0, 0))) },
    @{ of = 'v1', 'v2'; name = 'header lengths 0'; changes = @(, @('*', 8, @(0, 0, 0, 0))) },
    @{ of = 'v1', 'v2'; name = 'data region of type 2'; changes = @(@('region_*_1', 34, @(, 2)), @('objectid_*_1', 34, @(, 2))) },
    @{ of = , 'v2'; name = 'root is its own parent'; changes = @(, @('region_*_0', 0x20228, @(1, 0, 0, 0))) },
    @{ of = , 'v2'; name = 'version 3.0'; changes = @(, @('*', 16, @(3, 0, 0, 0))) }
)

function Edit-File([string] $Path, [int] $At, [byte[]] $Bytes) {
    $file = [IO.File]::Open($Path, [IO.FileMode]::Open, [IO.FileAccess]::ReadWrite)
    try {
        [void] $file.Seek($At, [IO.SeekOrigin]::Begin)
        $file.Write($Bytes, 0, $Bytes.Length)
    }
    finally { $file.Dispose() }
}

# Reads all that the vector should have. Each thing is a line of its own in the report.
function Test-Vector([string] $Version, [string] $At) {
    $what = "vector $Version"
    foreach ($file in $vectorFiles) {
        [void] (Invoke-Step 'E1' "$what reads $($file.path)" {
                $bytes = [IO.File]::ReadAllBytes((Join-Path $At $file.path))
                Assert-That ((Get-Sha256 $bytes) -eq (Get-Sha256 $file.content)) "has $($bytes.Length) bytes, and not those that were written"
            })
    }
    [void] (Invoke-Step 'E1' "$what reads Files\big.bin" {
            $bytes = [IO.File]::ReadAllBytes((Join-Path $At 'Files\big.bin'))
            Assert-That ($bytes.Length -eq 5000) "has $($bytes.Length) bytes"
            for ($i = 0; $i -lt 5000; $i++) { Assert-That ($bytes[$i] -eq (7 * $i) % 256) "byte $i is $($bytes[$i])" }
        })
    foreach ($stream in $vectorStreams) {
        [void] (Invoke-Step 'E1' "$what reads stream Files\ads:$($stream.stream)" {
                $text = [string] (Get-Content -LiteralPath (Join-Path $At 'Files\ads') -Stream $stream.stream -Raw)
                Assert-That ($text -ceq $stream.text) "is '$text'"
            })
    }
    [void] (Invoke-Step 'E1' "$what lists the streams of Files\ads" {
            (@(Get-Item -LiteralPath (Join-Path $At 'Files\ads') -Stream *) | ForEach-Object { "$($_.Stream)=$($_.Length)" }) -join ', '
        })
    [void] (Invoke-Step 'E1' "$what lists Files" {
            $names = @(Get-ChildItem -LiteralPath (Join-Path $At 'Files') -Force | ForEach-Object { $_.Name })
            Assert-That ($names.Count -eq 9) "has $($names.Count) names: $($names -join ', ')"
            $names -join ', '
        })
    [void] (Invoke-Step 'E1' "$what has an empty directory" {
            Assert-That (@(Get-ChildItem -LiteralPath (Join-Path $At 'Files\sub') -Force).Count -eq 0) 'is not empty'
        })
    [void] (Invoke-Step 'E1' "$what has a link that leads to its target" {
            $bytes = [IO.File]::ReadAllBytes((Join-Path $At 'Files\ln'))
            Assert-That ($bytes.Length -eq 12) "leads to $($bytes.Length) bytes"
        })
}

function Invoke-E1 {
    foreach ($version in @('v2', 'v1')) {
        $source = Join-Path $Vectors $version
        $folder = Join-Path $Work "E1-$version"
        Copy-Cim $source $folder
        $seen = New-Folder (Join-Path $Report "E1-$version")
        $mounted = Invoke-Step 'E1' "vector $version mounts" {
            Use-Mounted $folder 'test.cim' { param($at) Test-Vector $version $at; Save-Tree $at $seen } | Out-Null
        }
        [void] (Invoke-Step 'E1' "vector $version mounts without its object ids" {
                $bare = Join-Path $Work "E1-$version-bare"
                Copy-Cim $source $bare
                Remove-Item -Path (Join-Path $bare 'objectid_*')
                Use-Mounted $bare 'test.cim' { param($at) [void] (Get-ChildItem -LiteralPath $at) } | Out-Null
            })
        foreach ($variant in $variants) {
            if ($variant.of -notcontains $version) { continue }
            $changed = Join-Path $Work ("E1-$version-" + $variant.name.Replace(' ', '-'))
            Copy-Cim $source $changed
            foreach ($change in $variant.changes) {
                foreach ($file in @(Get-ChildItem -Path (Join-Path $changed $change[0]))) {
                    Edit-File $file.FullName $change[1] ([byte[]] $change[2])
                }
            }
            [void] (Invoke-Step 'E1' "vector $version mounts with $($variant.name)" {
                    Use-Mounted $changed 'test.cim' {
                        param($at)
                        $bytes = [IO.File]::ReadAllBytes((Join-Path $at 'Files\hello.txt'))
                        Assert-That ($bytes.Length -eq 12) 'and its files cannot be read'
                    } | Out-Null
                })
        }
        if (-not $mounted) { Write-Line "    (the variants of $version tell which of its bytes Windows minds)" }
    }
}

# ---------------------------------------------------------------------------------------------------------------------
# E2 to E8: CIMs that Windows makes

# FILE_FULL_EA_INFORMATION: FOO=bar, LONGER=12345.
$eas = [byte[]] @(
    0x10, 0, 0, 0, 0, 3, 3, 0, 0x46, 0x4f, 0x4f, 0, 0x62, 0x61, 0x72, 0,
    0, 0, 0, 0, 0, 6, 5, 0, 0x4c, 0x4f, 0x4e, 0x47, 0x45, 0x52, 0, 0x31, 0x32, 0x33, 0x34, 0x35
)

# REPARSE_DATA_BUFFER of a symbolic link, relative, to $Target.
function New-Symlink([string] $Target) {
    $name = [System.Text.Encoding]::Unicode.GetBytes($Target)
    $length = $name.Length
    $buffer = New-Object System.IO.MemoryStream
    $writer = New-Object System.IO.BinaryWriter $buffer
    $writer.Write([uint32] 2684354572) # IO_REPARSE_TAG_SYMLINK, 0xA000000C
    $writer.Write([uint16] (12 + 2 * ($length + 2)))
    $writer.Write([uint16] 0)
    $writer.Write([uint16] 0) # substitute name: where, and how long
    $writer.Write([uint16] $length)
    $writer.Write([uint16] ($length + 2)) # print name
    $writer.Write([uint16] $length)
    $writer.Write([uint32] 1) # SYMLINK_FLAG_RELATIVE
    foreach ($each in 1, 2) {
        $writer.Write($name)
        $writer.Write([uint16] 0)
    }
    $writer.Flush()
    return , $buffer.ToArray()
}

# A program that Windows may store expanded. The report gets its name and size, and never its bytes: those are Microsoft's.
$program = Join-Path $env:SystemRoot 'System32\where.exe'

# The tree of E2. E8 has the same.
function Add-Tree($Image, [bool] $WithProgram) {
    $Image.AddFile('Files', 0x10, $null, $null, $null)
    $Image.AddFile('Files\ten', 0x20, (New-Content 10 1), $null, $null)
    $Image.AddFile('Files\five thousand', 0x20, (New-Content 5000 2), $null, $null)
    $Image.AddFile('Files\same as ten', 0x20, (New-Content 10 1), $null, $null)
    $Image.AddFile('Files\zeros', 0x20, (New-Object byte[] 100000), $null, $null)
    $Image.AddFile('Files\sparse', 0x220, (New-Content 5000 3), $null, $null)
    $Image.AddFile('Files\empty', 0x20, $null, $null, $null)
    $Image.AddFile('Files\sub', 0x10, $null, $null, $null)
    $Image.AddFile('Files\ads', 0x20, (Get-Ascii 'main'), $null, $null)
    $Image.AddStream('Files\ads:zone', (Get-Ascii 'AB'))
    $Image.AddStream('Files\ads:Alpha', (Get-Ascii 'stream two'))
    $Image.AddStream('Files\ads:void', (New-Object byte[] 0))
    $Image.AddFile('Files\ea', 0x21, (Get-Ascii 'x'), $eas, $null)
    $Image.AddFile('Files\ln', 0x420, $null, $null, (New-Symlink 'ten'))
    $Image.AddLink('Files\ten again', 'Files\ten')
    if ($WithProgram) { $Image.AddFile('Files\program.exe', 0x20, [IO.File]::ReadAllBytes($program), $null, $null) }
}

# Makes an image: $Fill is handed it before it is committed.
function New-Image([scriptblock] $Open, [scriptblock] $Fill) {
    $image = & $Open
    try {
        & $Fill $image
        $image.Commit()
    }
    finally { $image.Close() }
}

# The first bytes of files, and the sizes of all, where the bytes themselves must stay here.
function Save-Sizes([string] $Folder, [string] $Into) {
    foreach ($file in @(Get-ChildItem -LiteralPath $Folder)) {
        Add-Content -LiteralPath $Into -Encoding UTF8 -Value ('{0,12} {1}' -f $file.Length, $file.Name)
    }
}

function Invoke-E2 {
    $folder = New-Folder (Join-Path $Work 'E2')
    $made = Invoke-Step 'E2' 'Windows makes a CIM' {
        New-Image { New-Object CimExperiments.Image($folder, '', 'e2.cim') } { param($image) Add-Tree $image $false }
        (@(Get-ChildItem -LiteralPath $folder | ForEach-Object { "$($_.Name) $($_.Length)" }) -join ', ')
    }
    if (-not $made) { return }
    $seen = Join-Path $Report 'E2'
    Copy-Cim $folder $seen
    [void] (Invoke-Step 'E2' 'it mounts' { Use-Mounted $folder 'e2.cim' { param($at) Save-Tree $at $seen } | Out-Null })

    # The same and a program: only what says how it is stored leaves this machine, which is the metadata region.
    $withProgram = New-Folder (Join-Path $Work 'E2-program')
    [void] (Invoke-Step 'E2' 'Windows makes a CIM with a program' {
            New-Image { New-Object CimExperiments.Image($withProgram, '', 'e2.cim') } { param($image) Add-Tree $image $true }
            $dumped = New-Folder (Join-Path $Report 'E2-program')
            Save-Sizes $withProgram (Join-Path $dumped 'sizes.txt')
            Add-Content -LiteralPath (Join-Path $dumped 'sizes.txt') -Value "program: $((Get-Item $program).Length) bytes, SHA-256 $((Get-FileHash $program).Hash)"
            Copy-Item -Path (Join-Path $withProgram 'e2.cim') -Destination $dumped
            foreach ($file in @(Get-ChildItem -Path (Join-Path $withProgram 'region_*'))) {
                $start = New-Object byte[] 40
                $stream = [IO.File]::OpenRead($file.FullName)
                try { [void] $stream.Read($start, 0, 40) } finally { $stream.Dispose() }
                $isMetadata = $start[34] -eq 0
                if ($isMetadata) { Copy-Item -LiteralPath $file.FullName -Destination $dumped }
            }
            Copy-Item -Path (Join-Path $withProgram 'objectid_*') -Destination $dumped
        })
}

function Invoke-E4 {
    foreach ($form in @('zone', 'zone:$DATA')) {
        $folder = New-Folder (Join-Path $Work ('E4-' + $form.Replace(':', '-').Replace('$', '')))
        [void] (Invoke-Step 'E4' "a stream that is called file:$form" {
                New-Image { New-Object CimExperiments.Image($folder, '', 'e4.cim') } {
                    param($image)
                    $image.AddFile('file', 0x20, (Get-Ascii 'main'), $null, $null)
                    $image.AddStream("file:$form", (Get-Ascii 'AB'))
                }
                Copy-Cim $folder (Join-Path $Report (Split-Path -Leaf $folder))
                Use-Mounted $folder 'e4.cim' {
                    param($at)
                    (@(Get-Item -LiteralPath (Join-Path $at 'file') -Stream *) | ForEach-Object { "$($_.Stream)=$($_.Length)" }) -join ', '
                }
            })
    }
}

function Invoke-E5 {
    $folder = New-Folder (Join-Path $Work 'E5')
    [void] (Invoke-Step 'E5' 'Windows forks its own CIM, twice' {
            New-Image { New-Object CimExperiments.Image($folder, '', 'base.cim') } { param($image) Add-Tree $image $false }
            foreach ($step in @(@('base.cim', 'child.cim', 4), @('child.cim', 'grandchild.cim', 5))) {
                New-Image { New-Object CimExperiments.Image($folder, $step[0], $step[1]) } {
                    param($image)
                    $image.AddFile("Files\added to $($step[0])", 0x20, (New-Content 5000 $step[2]), $null, $null)
                }
            }
            Copy-Cim $folder (Join-Path $Report 'E5')
        })
    [void] (Invoke-Step 'E5' 'the grandchild mounts' {
            Use-Mounted $folder 'grandchild.cim' { param($at) Save-Tree $at (Join-Path $Report 'E5') } | Out-Null
        })

    $ours = Join-Path $Work 'E5-ours'
    Copy-Cim (Join-Path $Vectors 'v2') $ours
    [void] (Invoke-Step 'E5' 'Windows forks a CIM of layerkiln' {
            New-Image { New-Object CimExperiments.Image($ours, 'test.cim', 'child.cim') } {
                param($image)
                $image.AddFile('Files\added', 0x20, (New-Content 5000 6), $null, $null)
            }
            Copy-Cim $ours (Join-Path $Report 'E5-ours')
            Use-Mounted $ours 'child.cim' {
                param($at)
                Assert-That ([IO.File]::ReadAllBytes((Join-Path $at 'Files\hello.txt')).Length -eq 12) 'and what is in the parent cannot be read'
            } | Out-Null
        })
}

function Invoke-E6 {
    $sizes = @(1, 8, 64, 128, 256, 384, 511, 512, 513, 768, 1000, 1023, 1024, 1025, 1536, 2047, 2048, 2049, 3072, 4000, 4095, 4096, 4097, 6000, 8191, 8192, 8193)
    $folder = New-Folder (Join-Path $Work 'E6')
    [void] (Invoke-Step 'E6' 'Windows makes files of sizes from 1 to 8193' {
            New-Image { New-Object CimExperiments.Image($folder, '', 'e6.cim') } {
                param($image)
                foreach ($size in $sizes) { $image.AddFile("file $size", 0x20, (New-Content $size ($size % 251)), $null, $null) }
            }
            Copy-Cim $folder (Join-Path $Report 'E6')
            (@(Get-ChildItem -LiteralPath $folder | ForEach-Object { "$($_.Name) $($_.Length)" }) -join ', ')
        })
}

function Invoke-E8 {
    $folder = New-Folder (Join-Path $Work 'E8')
    $block = Join-Path $folder 'image.bcim'
    $singleFile = 0x8
    $consistent = 0x10
    $made = Invoke-Step 'E8' 'Windows makes a CIM that is one file' {
        New-Image { New-Object CimExperiments.Image($block, [uint32] ($singleFile -bor $consistent), 'e8.cim') } { param($image) Add-Tree $image $false }
        "$((Get-Item -LiteralPath $block).Length) bytes"
    }
    if (-not $made) { return }
    Copy-Cim $folder (Join-Path $Report 'E8')
    [void] (Invoke-Step 'E8' 'and converts it into files' {
            $converted = New-Folder (Join-Path $Work 'E8-converted')
            [CimExperiments.Cim]::ConvertBlockImage($block, 'e8.cim', $converted)
            Copy-Cim $converted (Join-Path $Report 'E8-converted')
        })
}

# E9: what else was handed in.
function Invoke-E9 {
    $number = 0
    foreach ($path in $Extra) {
        $number++
        $file = Get-Item -LiteralPath $path
        $seen = New-Folder (Join-Path $Report "E9-$number")
        [void] (Invoke-Step 'E9' "$($file.Name) mounts" {
                Use-Mounted $file.DirectoryName $file.Name {
                    param($at)
                    Save-Tree $at $seen
                    $read = 0
                    foreach ($each in @(Get-ChildItem -LiteralPath $at -Recurse -Force -File)) {
                        if (($each.Attributes -band [IO.FileAttributes]::ReparsePoint) -ne 0) { continue }
                        $line = '{0} {1} {2}' -f (Get-FileHash -LiteralPath $each.FullName).Hash, $each.Length, $each.FullName.Substring($at.Length)
                        Add-Content -LiteralPath (Join-Path $seen 'hashes.txt') -Value $line -Encoding UTF8
                        $read++
                    }
                    "$read files read"
                }
            })
    }
}

# E10: the same layer by both writers. Names, sizes and digests go into the report, and no content.

function Invoke-Layerkiln([string[]] $Words) {
    $ErrorActionPreference = 'Continue' # Windows PowerShell takes what a program says on standard error for an error
    $said = @(& node $Layerkiln @Words 2>&1 | ForEach-Object { "$_" })
    return @{ code = $LASTEXITCODE; said = $said }
}

# What layerkiln says goes into $Into. Codes other than 0 are failures.
function Invoke-Recorded([string] $Into, [string[]] $Words) {
    $answer = Invoke-Layerkiln $Words
    Set-Content -LiteralPath $Into -Value $answer.said -Encoding UTF8
    Assert-That ($answer.code -eq 0) "layerkiln $($Words[0]) ended with $($answer.code): $(@($answer.said | Select-Object -Last 3) -join ' / ')"
}

# Each file of a mounted CIM: its path, size, attributes, times and hash.
function Get-Facts([string] $At) {
    foreach ($item in @(Get-ChildItem -LiteralPath $At -Recurse -Force)) {
        $isLink = ($item.Attributes -band [IO.FileAttributes]::ReparsePoint) -ne 0
        $isFile = -not $item.PSIsContainer
        $size = if ($isFile) { $item.Length } else { 0 }
        $hash = if ($isFile -and -not $isLink) { (Get-FileHash -LiteralPath $item.FullName).Hash } else { '-' }
        '{0} {1} {2} {3:o} {4:o} {5}' -f $item.FullName.Substring($At.Length), $size, $item.Attributes, $item.CreationTimeUtc, $item.LastWriteTimeUtc, $hash
    }
}

function Invoke-E10 {
    if ($Layer -eq '') {
        Write-Line 'E10 is left out: no -Layer was given'
        return
    }
    $folder = New-Folder (Join-Path $Work 'E10')
    $seen = New-Folder (Join-Path $Report 'E10')
    [void] (Invoke-Step 'E10' 'layerkiln says what this Windows can do' {
            Invoke-Recorded (Join-Path $seen 'doctor.txt') @('doctor', '--root', $Work)
        })
    $writers = @('layerkiln', 'cimfs')
    foreach ($writer in $writers) {
        $cim = Join-Path $folder "$writer.cim"
        $made = Invoke-Step 'E10' "$writer makes a CIM of the layer" {
            Invoke-Recorded (Join-Path $seen "$writer.json") @('cim', $Layer, '-o', $folder, '--name', $writer, '--writer', $writer, '--json', '--quiet')
        }
        if (-not $made) { continue }
        foreach ($look in @('inspect', 'check')) {
            [void] (Invoke-Step 'E10' "layerkiln ${look}: the CIM of $writer" {
                    Invoke-Recorded (Join-Path $seen "$writer-$look.json") @($look, $cim, '--json')
                })
        }
        [void] (Invoke-Step 'E10' "layerkiln exports the CIM of $writer" {
                Invoke-Recorded (Join-Path $seen "$writer-export.json") @('export', $cim, '-o', (Join-Path $folder "$writer.tar"), '--json')
            })
        [void] (Invoke-Step 'E10' "the CIM of $writer mounts, and all of it can be read" {
                Use-Mounted $folder "$writer.cim" {
                    param($at)
                    Get-Facts $at | Sort-Object | Set-Content -LiteralPath (Join-Path $seen "$writer-mounted.txt") -Encoding UTF8
                } | Out-Null
            })
    }
    [void] (Invoke-Step 'E10' 'layerkiln finds no difference between the two' {
            Invoke-Recorded (Join-Path $seen 'diff.txt') @('diff', (Join-Path $folder 'layerkiln.cim'), (Join-Path $folder 'cimfs.cim'), '--list', '--check')
        })
    [void] (Invoke-Step 'E10' 'Windows shows no difference between the two' {
            $shown = @($writers | ForEach-Object { (Get-FileHash -LiteralPath (Join-Path $seen "$_-mounted.txt")).Hash })
            Assert-That ($shown[0] -eq $shown[1]) 'compare the two files *-mounted.txt'
        })
}

# ---------------------------------------------------------------------------------------------------------------------

$identity = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
Assert-That $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator) 'Run this in an elevated PowerShell: only administrators may mount CIMs.'
Assert-That ([IntPtr]::Size -eq 8) 'Run this in a 64-bit PowerShell.'
Assert-That ([CimExperiments.Cim]::MetadataSize -eq 96) "CIMFS_FILE_METADATA has $([CimExperiments.Cim]::MetadataSize) bytes here, and should have 96."
Assert-That (-not (Test-Path -LiteralPath $Report)) "$Report is there already; name a new folder."
Assert-That (-not (Test-Path -LiteralPath $Work)) "$Work is there already; name a new folder by -Work."
foreach ($version in @('v1', 'v2')) {
    Assert-That (Test-Path -LiteralPath (Join-Path (Join-Path $Vectors $version) 'test.cim')) "There is no $version\test.cim in $Vectors."
}
$Vectors = (Get-Item -LiteralPath $Vectors).FullName
$Report = New-Folder $Report
$Work = New-Folder $Work
if ($Layer -ne '') {
    Assert-That (Test-Path -LiteralPath $Layer) "There is no $Layer."
    Assert-That (Test-Path -LiteralPath $Layerkiln) "There is no $Layerkiln; name the program by -Layerkiln."
    $Layer = (Get-Item -LiteralPath $Layer).FullName
}

try {
    $windows = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    Write-Line "Windows: $($windows.ProductName), build $($windows.CurrentBuild).$($windows.UBR), $env:PROCESSOR_ARCHITECTURE, PowerShell $($PSVersionTable.PSVersion)"
    foreach ($file in @('cimfs.dll', 'cimwriter.dll', 'drivers\cimfs.sys')) {
        $path = Join-Path $env:SystemRoot "System32\$file"
        if (Test-Path -LiteralPath $path) { Write-Line "${file}: $((Get-Item -LiteralPath $path).VersionInfo.FileVersion)" }
        else { Write-Line "${file}: not there" }
    }
    foreach ($experiment in $Only) {
        switch ($experiment) {
            'E1' { Invoke-E1 }
            'E2' { Invoke-E2 }
            'E4' { Invoke-E4 }
            'E5' { Invoke-E5 }
            'E6' { Invoke-E6 }
            'E8' { Invoke-E8 }
            'E9' { Invoke-E9 }
            'E10' { Invoke-E10 }
            default { Write-Line "$experiment is no experiment" }
        }
    }
}
finally {
    ConvertTo-Json -InputObject @($results) -Depth 4 | Out-File -LiteralPath (Join-Path $Report 'results.json') -Encoding UTF8
    Remove-Item -LiteralPath $Work -Recurse -Force -ErrorAction SilentlyContinue
}
Compress-Archive -Path (Join-Path $Report '*') -DestinationPath "$Report.zip"
Write-Host "Done. Please send $Report.zip: README.md says where."
