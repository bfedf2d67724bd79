/** What all cores have that make something of a layer: its bytes are fed to them, plain or compressed. */
import type { Codec } from "../../assembly/abi.ts";
import { guard, type Window } from "./wasm.ts";

/** Bytes that a core takes in one `feed`. */
export const INPUT_SIZE = 512 * 1024;

/** Bytes of a layer, and where they belong in the image. */
export interface Offer {
  /** Byte of the layer; up to a block before the next to be fed. */
  readonly source: number;

  /** Byte of the image. */
  readonly target: number;

  readonly length: number;
}

export interface FedCore {
  /** Where the next bytes go: a window of INPUT_SIZE bytes, valid until the core is called again. */
  input(): Uint8Array;

  /** Takes the first `length` bytes of `input()`. */
  feed(length: number): void;

  /** Content that comes next and that may be copied from the layer's file to the image's, or fed as all else. */
  offer(): Offer | undefined;

  /** The first `length` bytes of the offer are in the image. Whole blocks of 4096 bytes. */
  accept(length: number): void;

  /**
   * Takes the first `length` bytes of `input()`, which are compressed, and needs them there until `decompress` has used them
   * up. The first begin a stream, which `finishCompressed` ends.
   */
  give(codec: Codec, length: number): void;

  /** Decompresses the next piece: a window, valid until the core is called again. Empty: what was given is used up. */
  decompress(): Uint8Array;

  /** Takes the piece that `decompress` gave. */
  feedDecompressed(): void;

  /** The stream ends here. */
  finishCompressed(): void;
}

/** As asc has them of such a core. */
interface FedExports {
  input(): number;
  feed(length: number): void;
  offer(): bigint;
  offerSource(): bigint;
  offerTarget(): bigint;
  accept(length: bigint): void;
  give(codec: Codec, length: number): void;
  decompress(): number;
  decompressed(): number;
  feedDecompressed(): void;
  finishCompressed(): void;
}

export function feedingInto(exports: FedExports, window: Window): FedCore {
  return {
    input: () => window(exports.input(), INPUT_SIZE),
    feed: (length) => guard(() => exports.feed(length)),
    offer: () => guard(() => offerOf(exports)),
    accept: (length) => guard(() => exports.accept(BigInt(length))),
    give: (codec, length) => guard(() => exports.give(codec, length)),
    decompress() {
      const length = guard(() => exports.decompress());
      return window(exports.decompressed(), length);
    },
    feedDecompressed: () => guard(() => exports.feedDecompressed()),
    finishCompressed: () => guard(() => exports.finishCompressed()),
  };
}

function offerOf(exports: FedExports): Offer | undefined {
  const length = Number(exports.offer());
  if (length === 0) return undefined;
  return { source: Number(exports.offerSource()), target: Number(exports.offerTarget()), length };
}
