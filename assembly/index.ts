/**
 * What the core offers its host.
 *
 *     set(option, value)…  setBytes(option, length)…  open(format)
 *     feed(length) [skip(length)] [offer() accept(length)] [unwanted() passOver(length)]…  finish()  result(what)…  rootHash() verityUuid()
 *
 * Where several layers make the image, the highest is fed first, each between  beginLayer(number, …)  and  endLayer(), which
 * tells whether it is to be fed once more.
 *
 * What comes compressed is fed by  give(codec, length) [decompress() feedDecompressed()]…  and at its end by  finishCompressed().
 *
 * One instance makes one image. After a failure it is spent.
 */
import { ErrorCode, Format, Option, Result } from "./abi";
import { fail } from "./host";
import { checkInput, decompressed, decompressedLength, input } from "./input";
import { Options } from "./options";
import { Pipeline } from "./pipeline";

export { decompress, decompressed, finishCompressed, give, input } from "./input";

const options = new Options();
let pipeline: Pipeline | null = null;

/** Before `open`. @fails InvalidArgument  no such option */
export function set(option: Option, value: u64): void {
  options.set(option, value);
}

/** Before `open`: takes `length` bytes from the input buffer. @fails InvalidArgument  no such option, or too many bytes */
export function setBytes(option: Option, length: u32): void {
  options.setBytes(option, input(), length);
}

/** @fails InvalidArgument  no such format, or open already */
export function open(format: Format): void {
  if (pipeline) fail(ErrorCode.InvalidArgument, "core: an image is open already");
  pipeline = new Pipeline(format, options);
}

/** Takes `length` bytes from the input buffer. @fails what the format's reader and writer fail with */
export function feed(length: u32): void {
  checkInput(length);
  opened().feed(input(), length);
}

/** The next `length` bytes are zeros. @fails InvalidArgument  what is fed is no image; what the writer fails with */
export function skip(length: u64): void {
  opened().skip(length);
}

/**
 * Bytes of content that come next and that the host may copy itself, from the archive to the image; 0: none. It need not:
 * it may feed on. Source and target stand in `offerSource` and `offerTarget`.
 */
export function offer(): u64 {
  return opened().offer().length;
}

/** After `offer`: byte of the archive where it begins, before the next to be fed when a block is half full. */
export function offerSource(): u64 {
  return opened().offered.source;
}

/** After `offer`: byte of the image where it belongs. */
export function offerTarget(): u64 {
  return opened().offered.target;
}

/**
 * The first `length` bytes of the offer are in the image; what is fed next comes behind them.
 *
 * @fails InvalidArgument  not whole blocks of 4096 bytes, or more than was offered
 */
export function accept(length: u64): void {
  opened().accept(length);
}

/** Bytes that come next and that need not be fed: contents of a layer that is listed. */
export function unwanted(): u64 {
  return opened().unwanted;
}

/** What is fed next comes behind the first `length` of them. @fails InvalidArgument  there are not so many */
export function passOver(length: u64): void {
  opened().passOver(length);
}

/**
 * What is fed next is the layer below those that were.
 *
 * @param number      what messages call it; not 0
 * @param isAddition  whether it must take the place of nothing that is of another type in the layers below
 */
export function beginLayer(number: u32, isAddition: bool): void {
  opened().beginLayer(number, isAddition);
}

/**
 * The layer was fed.
 *
 * @returns 1: it is to be fed once more, and ended again: hard links are seen to files that were passed over
 * @fails as `feed`
 */
export function endLayer(): u32 {
  return opened().endLayer() ? 1 : 0;
}

/** There is no more. Writes what is still to be written. @fails as `feed` */
export function finish(): void {
  opened().finish();
}

/** After `finish`. @fails InvalidArgument  no such result */
export function result(what: Result): u64 {
  const image = opened();
  const verity = image.verity;
  const layer = image.layer;
  const reader = image.reader;
  const stack = image.stack;
  const listing = image.listing;
  switch (what) {
    case Result.Size:
      return image.end.size;
    case Result.FilesystemSize:
      return verity ? verity.dataSize : image.end.size;
    case Result.Entries:
      return stack ? stack.entries : reader ? reader.entries : 0;
    case Result.Whiteouts:
      return layer ? layer.whiteoutCount : 0;
    case Result.LayerAtFault:
      return stack ? stack.layerAtFault : 0;
    case Result.ContentBytes:
      return listing ? listing.contentBytes : 0;
  }
  fail(ErrorCode.InvalidArgument, `core: no result ${what}`);
  return 0;
}

/** After `finish`: address of the 32 bytes of the dm-verity root hash; 0 without dm-verity. */
export function rootHash(): usize {
  const verity = opened().verity;
  return verity ? verity.rootHash : 0;
}

/** After `finish`: address of the 16 bytes of the dm-verity superblock's UUID; 0 without dm-verity. */
export function verityUuid(): usize {
  const verity = opened().verity;
  return verity ? verity.uuid : 0;
}

/** Feeds the piece that `decompress` made. @fails as `feed` */
export function feedDecompressed(): void {
  opened().feed(decompressed(), decompressedLength());
}

function opened(): Pipeline {
  if (!pipeline) fail(ErrorCode.InvalidArgument, "core: no image is open");
  return pipeline as Pipeline;
}
