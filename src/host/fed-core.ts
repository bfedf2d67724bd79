/** What all cores have that make something of a layer: its bytes are fed to them, plain or as gzip. */
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

  /** Takes the first `length` bytes of `input()` as gzip, and needs them there until `inflate` has used them up. */
  giveGzip(length: number): void;

  /** Decompresses the next piece: a window, valid until the core is called again. Empty: what was given is used up. */
  inflate(): Uint8Array;

  /** Takes the piece that `inflate` gave. */
  feedInflated(): void;

  /** There is no more gzip. */
  finishGzip(): void;
}

/** As asc has them of such a core. */
interface FedExports {
  input(): number;
  feed(length: number): void;
  offer(): bigint;
  offerSource(): bigint;
  offerTarget(): bigint;
  accept(length: bigint): void;
  giveGzip(length: number): void;
  inflate(): number;
  inflated(): number;
  feedInflated(): void;
  finishGzip(): void;
}

export function feedingInto(exports: FedExports, window: Window): FedCore {
  return {
    input: () => window(exports.input(), INPUT_SIZE),
    feed: (length) => guard(() => exports.feed(length)),
    offer: () => guard(() => offerOf(exports)),
    accept: (length) => guard(() => exports.accept(BigInt(length))),
    giveGzip: (length) => guard(() => exports.giveGzip(length)),
    inflate() {
      const length = guard(() => exports.inflate());
      return window(exports.inflated(), length);
    },
    feedInflated: () => guard(() => exports.feedInflated()),
    finishGzip: () => guard(() => exports.finishGzip()),
  };
}

function offerOf(exports: FedExports): Offer | undefined {
  const length = Number(exports.offer());
  if (length === 0) return undefined;
  return { source: Number(exports.offerSource()), target: Number(exports.offerTarget()), length };
}
