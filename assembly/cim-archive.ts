/**
 * The core that makes layers of what CIMs hold: what it offers its host. A module of its own, so that who has images of Linux
 * does not load it. Where the host asks the same as of `archive.ts` or `cim-reader.ts`, the exports are the same.
 *
 *     openHeader(file, size)  regionCount() nameOf(index) addRegion(index, file, size)…  open()
 *     startExport(root, whiteouts)  step()…  result(what)…
 *     openHeader … open() twice  startComparison()  step() change()…  startDiff()  step()…  result(what)…
 *
 * One instance makes one layer. After a failure it is spent.
 */
import { ArchiveResult, Change, ErrorCode, Whiteouts } from "./abi";
import { Opening } from "./cim/opening";
import { CimTree } from "./cim/tree";
import { fail } from "./host";
import { WindowsArchiver } from "./layer/windows/archiver";
import { WindowsDiffWriter } from "./layer/windows/diff-writer";
import { WindowsDiffer } from "./layer/windows/differ";
import { WindowsExporter } from "./layer/windows/export";
import { HostSink } from "./sink";
import { HostSource } from "./source";

let opening: Opening | null = null;
const trees: CimTree[] = [];
/** Regions that were handed in, and their numbers: what two images share is one source. */
const sources: HostSource[] = [];
const files: u32[] = [];
let exporter: WindowsExporter | null = null;
let differ: WindowsDiffer | null = null;
let writer: WindowsDiffWriter | null = null;

/**
 * Begins to open `<name>.cim`: one of the host's files, of `size` bytes. Of two, the lower comes first.
 *
 * @fails Unsupported  it is of a version that is not known; Corrupt
 */
export function openHeader(file: u32, size: u64): void {
  opening = new Opening(new HostSource(file, size));
}

/** Regions that the image needs, those of its parents first. */
export function regionCount(): u32 {
  return headed().regionCount;
}

/** Puts the name of a region, `<guid>_<n>`, into memory, with a zero behind it. @returns its address */
export function nameOf(region: u32): usize {
  return headed().nameOf(region);
}

/**
 * Hands in a region: one of the host's files, of `size` bytes. Each once, before `open`; a file that another image handed in
 * may come again, by the same number.
 *
 * @fails Corrupt, Unsupported
 */
export function addRegion(index: u32, file: u32, size: u64): void {
  headed().addRegion(index, sourceOf(file, size));
}

/** @fails Corrupt, Unsupported */
export function open(): void {
  trees.push(new CimTree(headed().reader()));
  opening = null;
}

/**
 * Begins the layer of a directory of the image.
 *
 * @param root       its number; 0: the root
 * @param whiteouts  Keep
 * @fails InvalidArgument  other whiteouts: those of overlayfs are of Linux
 */
export function startExport(root: u64, whiteouts: Whiteouts): void {
  if (whiteouts != Whiteouts.Keep) {
    fail(ErrorCode.InvalidArgument, "export: whiteouts: a CIM has none of overlayfs' that could be converted");
  }
  const tree = treeOf(0);
  exporter = new WindowsExporter(tree, root != 0 ? <u32>root : tree.root, new HostSink());
}

/** Begins to compare the second image with the first. */
export function startComparison(): void {
  differ = new WindowsDiffer(treeOf(0), treeOf(1));
}

/** Begins the layer of what changed, after all is compared. */
export function startDiff(): void {
  writer = new WindowsDiffWriter(compared(), new HostSink());
}

/** Of a layer, what goes on between two looks of the host: files, or pieces of content, until enough bytes came of them. */
const PIECES_A_STEP: u32 = 64;
const BYTES_A_STEP: u64 = 256 * 1024;

/** Goes on for a piece that takes milliseconds at most. @returns whether there is more; @fails as what was begun */
export function step(): bool {
  if (!exporter && !writer) return compared().step(); // the host asks for every change
  const archiver = archived();
  const end = archiver.size + BYTES_A_STEP;
  for (let piece: u32 = 0; piece < PIECES_A_STEP && archiver.size < end; piece++) {
    const hasMore = exporter ? (exporter as WindowsExporter).step() : (writer as WindowsDiffWriter).step();
    if (!hasMore) return false;
  }
  return true;
}

/** A Change: what the last step of a comparison found. */
export function change(): Change {
  return compared().change;
}

/** Address of its path, in UTF-8, with slashes, without a leading one. */
export function changePath(): usize {
  return compared().path.at;
}

export function changePathLength(): u32 {
  return compared().path.length;
}

/** @fails InvalidArgument  no such result */
export function result(what: ArchiveResult): u64 {
  switch (what) {
    case ArchiveResult.Size:
      return archived().size;
    case ArchiveResult.Entries:
      return archived().entries;
    // Windows has none of these.
    case ArchiveResult.Sockets:
    case ArchiveResult.Whiteouts:
    case ArchiveResult.NeedsRecovery:
      return 0;
  }
  fail(ErrorCode.InvalidArgument, `archive: no result ${what}`);
  return 0;
}

function sourceOf(file: u32, size: u64): HostSource {
  const known = files.indexOf(file);
  if (known >= 0) return sources[known];
  const source = new HostSource(file, size);
  files.push(file);
  sources.push(source);
  return source;
}

function headed(): Opening {
  if (!opening) fail(ErrorCode.InvalidArgument, "archive: no image is being opened");
  return opening as Opening;
}

function treeOf(index: i32): CimTree {
  const count = trees.length;
  if (index >= count) fail(ErrorCode.InvalidArgument, `archive: ${count} images are open, and ${index + 1} are needed`);
  return trees[index];
}

function compared(): WindowsDiffer {
  if (!differ) fail(ErrorCode.InvalidArgument, "archive: nothing was begun");
  return differ as WindowsDiffer;
}

function archived(): WindowsArchiver {
  if (exporter) return (exporter as WindowsExporter).archiver;
  if (!writer) fail(ErrorCode.InvalidArgument, "archive: nothing was begun");
  return (writer as WindowsDiffWriter).archiver;
}
