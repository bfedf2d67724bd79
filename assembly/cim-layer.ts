/**
 * The core that makes a CIM of a layer of Windows: what it offers its host. A module of its own, so that who makes other images
 * does not load it.
 *
 *     set(option, value)…  setBytes(option, length)…
 *     [openParent(size)  parentRegionCount()  parentRegionName(index)  addParentRegion(index, size)…]  open()
 *     feed(length) [offer() accept(length)]…  finish()  step()…  result(what)…  sizeOf(file)…  guid()  hostFileCount()  hostFile…(index)…
 *
 * What comes compressed is fed by  give(codec, length) [decompress() feedDecompressed()]…  and at its end by  finishCompressed().
 *
 * It writes and reads the host's files by the numbers of CimFile, and has bytes copied between them. One instance makes one
 * image. After a failure it is spent.
 */
import { CimFile, CimOption, CimResult, ErrorCode } from "./abi";
import { CimPipeline } from "./cim-pipeline";
import { Opening } from "./cim/opening";
import { fail } from "./host";
import { checkInput, decompressed, decompressedLength, input } from "./input";
import { Options } from "./options";
import { HostSource } from "./source";
import { HostFile } from "./wcow/host-files";

export { decompress, decompressed, finishCompressed, give, input } from "./input";

const options = new Options();
let parent: Opening | null = null;
let pipeline: CimPipeline | null = null;

/** Before `open`. @fails InvalidArgument  no such option */
export function set(option: CimOption, value: u64): void {
  options.set(option, value);
}

/** Before `open`: takes `length` bytes from the input buffer. @fails InvalidArgument  no such option, or too many bytes */
export function setBytes(option: CimOption, length: u32): void {
  options.setBytes(option, input(), length);
}

/** Opens the `.cim` of the parent, `size` bytes of CimFile.Parent. @fails Corrupt, Unsupported */
export function openParent(size: u64): void {
  parent = new Opening(new HostSource(CimFile.Parent, size));
}

/** Regions that the parent needs, those of its own parents first. */
export function parentRegionCount(): u32 {
  return openedParent().regionCount;
}

/** Puts the name of a region, `<guid>_<n>`, into memory, with a zero behind it. @returns its address */
export function parentRegionName(index: u32): usize {
  return openedParent().nameOf(index);
}

/** Hands in CimFile.FirstParentRegion + `index`, of `size` bytes. Each once, before `open`. @fails Corrupt, Unsupported */
export function addParentRegion(index: u32, size: u64): void {
  openedParent().addRegion(index, new HostSource(CimFile.FirstParentRegion + index, size));
}

/** @fails InvalidArgument  options that cannot be, or open already; of a parent Corrupt, Unsupported */
export function open(): void {
  if (pipeline) fail(ErrorCode.InvalidArgument, "core: an image is open already");
  pipeline = new CimPipeline(parent ? openedParent().reader() : null, options);
}

/** Takes `length` bytes from the input buffer. @fails what reader, rules and writer fail with */
export function feed(length: u32): void {
  checkInput(length);
  opened().feed(input(), length);
}

/**
 * Bytes of content that come next and that the host may copy itself, from the archive to CimFile.DataRegion; 0: none. It
 * need not: it may feed on. Source and target stand in `offerSource` and `offerTarget`.
 */
export function offer(): u64 {
  return opened().offer().length;
}

/** After `offer`: byte of the archive where it begins, before the next to be fed when a block is half full. */
export function offerSource(): u64 {
  return opened().offered.source;
}

/** After `offer`: byte of the region where it belongs. */
export function offerTarget(): u64 {
  return opened().offered.target;
}

/** The first `length` bytes of the offer are in the region. @fails InvalidArgument  not whole blocks of 4096 bytes, or more */
export function accept(length: u64): void {
  opened().accept(length);
}

/** Feeds the piece that `decompress` made. @fails as `feed` */
export function feedDecompressed(): void {
  opened().feed(decompressed(), decompressedLength());
}

/** There is no more of the layer. @fails as `feed` */
export function finish(): void {
  opened().finish();
}

/**
 * After `finish`: goes on with what is still to be written, until the host may want to look after other things.
 *
 * @returns whether there is more; if not, the image is made
 * @fails   Corrupt of a parent; OutOfRange
 */
export function step(): bool {
  return opened().step();
}

/** When the image is made. @fails InvalidArgument  no such result */
export function result(what: CimResult): u64 {
  const image = opened();
  const layer = image.layer;
  switch (what) {
    case CimResult.Entries:
      return image.reader.entries;
    case CimResult.Whiteouts:
      return layer.whiteoutCount;
    case CimResult.Devices:
      return layer.deviceCount;
    case CimResult.DroppedAttributes:
      return layer.droppedAttributeCount;
    case CimResult.Files:
      return image.fileCount;
    case CimResult.HivesComplete:
      return layer.hives.isComplete ? 1 : 0;
    case CimResult.MergedHives:
      return layer.hives.mergedCount;
    case CimResult.UtilityVmBuild:
      return layer.hives.utilityVmBuild;
  }
  fail(ErrorCode.InvalidArgument, `core: no result ${what}`);
  return 0;
}

/** When the image is made: bytes that one of the files written must have. @fails InvalidArgument  it is none of these */
export function sizeOf(file: CimFile): u64 {
  return opened().sizeOf(file);
}

/** When the image is made: address of the 16 bytes of the GUID that stands in the names of the region files, in Windows's order. */
export function guid(): usize {
  return opened().writer.guid;
}

/** When the image is made: files that the host writes beside the image. */
export function hostFileCount(): u32 {
  return opened().layer.hostFiles.list.length;
}

/** Address of the path of one of these, UTF-8 with a zero behind it and with `/` between its parts. */
export function hostFilePath(index: u32): usize {
  return encode(hostFile(index).path);
}

/** Address of the path of the one before it that this is a hard link to, in the same form; empty: it stands for itself. */
export function hostFileLink(index: u32): usize {
  return encode(hostFile(index).link);
}

/** Bytes of one of these. */
export function hostFileSize(index: u32): u64 {
  return hostFile(index).length;
}

/** Puts `length` bytes of one of these, from byte `at` on, into the input buffer. */
export function readHostFile(index: u32, at: u64, length: u32): void {
  checkInput(length);
  const file = hostFile(index);
  if (at > file.length || length > file.length - at) {
    fail(ErrorCode.InvalidArgument, `core: no ${length} bytes at ${at} of ${file.length}`);
  }
  file.read(opened().contents, at, input(), length);
}

function hostFile(index: u32): HostFile {
  const list = opened().layer.hostFiles.list;
  if (index >= <u32>list.length) fail(ErrorCode.InvalidArgument, `core: no host file ${index}`);
  return list[index];
}

function encode(text: string): usize {
  return changetype<usize>(String.UTF8.encode(text, true));
}

function openedParent(): Opening {
  if (!parent) fail(ErrorCode.InvalidArgument, "core: no parent is open");
  return parent as Opening;
}

function opened(): CimPipeline {
  if (!pipeline) fail(ErrorCode.InvalidArgument, "core: no image is open");
  return pipeline as CimPipeline;
}
