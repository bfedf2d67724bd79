/**
 * The core that makes archives of what images hold: what it offers its host. A module of its own, so that who only looks
 * into images does not load it.
 *
 *     openImage(file, size, verify)  startExport(root, whiteouts)  step()…  result(what)…
 *     openImage(0, …)  openImage(1, …)  startComparison()  step() change()…  startDiff()  step()…  result(what)…
 *
 * One instance makes one archive. After a failure it is spent.
 */
import { ArchiveResult, Change, ErrorCode, Whiteouts } from "./abi";
import { fail } from "./host";
import { Image } from "./image";
import { Archiver } from "./layer/archiver";
import { DiffWriter } from "./layer/diff-writer";
import { Differ } from "./layer/differ";
import { Exporter } from "./layer/export";
import { HostSink } from "./sink";
import { TreeReader } from "./tree/tree-reader";

const images: Image[] = [];
let exporter: Exporter | null = null;
let differ: Differ | null = null;
let writer: DiffWriter | null = null;

/**
 * Opens one of the host's files, of `size` bytes. Of two, the lower comes first.
 *
 * @param verify  whether checksums of metadata must be right
 * @fails Corrupt, Unsupported
 */
export function openImage(file: u32, size: u64, verify: bool): void {
  images.push(new Image(file, size, verify));
}

/**
 * Begins the archive of a directory of the image.
 *
 * @param root       its number; 0: the root
 * @param whiteouts  Overlay: overlayfs' whiteouts become `.wh.` entries
 */
export function startExport(root: u64, whiteouts: Whiteouts): void {
  const tree = treeOf(0);
  exporter = new Exporter(tree, root != 0 ? root : tree.root, whiteouts, new HostSink());
}

/** Begins to compare the second image with the first. */
export function startComparison(): void {
  differ = new Differ(treeOf(0), treeOf(1));
}

/** Begins the layer of what changed, after all is compared. */
export function startDiff(): void {
  if (!differ) fail(ErrorCode.InvalidArgument, "archive: nothing was compared");
  writer = new DiffWriter(differ as Differ, new HostSink());
}

/** Of an archive, what goes on between two looks of the host: files, or pieces of content, until enough bytes came of them. */
const PIECES_A_STEP: u32 = 64;
const BYTES_A_STEP: u64 = 256 * 1024;

/** Goes on for a piece that takes milliseconds at most. @returns whether there is more; @fails as what was begun */
export function step(): bool {
  if (!exporter && !writer) return compared().step(); // the host asks for every change
  const archiver = archived();
  const end = archiver.size + BYTES_A_STEP;
  for (let piece: u32 = 0; piece < PIECES_A_STEP && archiver.size < end; piece++) {
    const hasMore = exporter ? (exporter as Exporter).step() : (writer as DiffWriter).step();
    if (!hasMore) return false;
  }
  return true;
}

/** A Change: what the last step of a comparison found. */
export function change(): Change {
  return compared().change;
}

/** Address of its path, without a leading slash. */
export function changePath(): usize {
  return compared().path.at;
}

export function changePathLength(): u32 {
  return compared().path.length;
}

/** @fails InvalidArgument  no such result */
export function result(what: ArchiveResult): u64 {
  if (what == ArchiveResult.NeedsRecovery) return needRecovery() ? 1 : 0;
  const archiver = archived();
  switch (what) {
    case ArchiveResult.Size:
      return archiver.size;
    case ArchiveResult.Entries:
      return archiver.entries;
    case ArchiveResult.Sockets:
      return archiver.sockets;
    case ArchiveResult.Whiteouts:
      return exporter ? (exporter as Exporter).whiteoutCount : 0;
  }
  fail(ErrorCode.InvalidArgument, `archive: no result ${what}`);
  return 0;
}

function treeOf(index: i32): TreeReader {
  const count = images.length;
  if (index >= count) fail(ErrorCode.InvalidArgument, `archive: ${count} images are open, and ${index + 1} are needed`);
  return images[index].openTree();
}

function compared(): Differ {
  if (!differ) fail(ErrorCode.InvalidArgument, "archive: nothing was begun");
  return differ as Differ;
}

function archived(): Archiver {
  if (exporter) return (exporter as Exporter).archiver;
  if (!writer) fail(ErrorCode.InvalidArgument, "archive: nothing was begun");
  return (writer as DiffWriter).archiver;
}

function needRecovery(): bool {
  for (let i = 0; i < images.length; i++) if (images[i].reader.volume.superblock.needsRecovery) return true;
  return false;
}
