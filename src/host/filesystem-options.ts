/** How a filesystem of ours is to be shaped, in profile modern. */
import { ErrorCode, ImageError } from "./errors.ts";
import { count } from "./values.ts";

/** How a filesystem of profile "modern" is shaped. */
export interface FilesystemOptions {
  /** Bytes in all, a multiple of 4096. Default: what the layer needs, and no more. */
  size?: number;

  /** Bytes that stay free, instead of `size`. */
  free?: number;

  /** Whether there is a journal, as large as mke2fs would make it; or its bytes. Default: false. */
  journal?: boolean | number;

  /** At most 16 bytes of UTF-8. */
  label?: string;

  /** Such as 01234567-89ab-cdef-0123-456789abcdef. Default: made of the content, so that equal images have equal ones. */
  uuid?: string;

  /** Nobody can mount it to write. */
  readOnly?: boolean;

  /** Bytes of a block. Default: 4096. */
  blockSize?: 1024 | 2048 | 4096;
}

/** As the core takes it. Bytes; 0 is its default. */
export interface FilesystemPlan {
  readonly size: number;
  readonly free: number;
  /** 1: as large as the filesystem asks for. */
  readonly journal: number;
  /** Two little-endian numbers. */
  readonly label: readonly [low: bigint, high: bigint];
  readonly uuid: readonly [high: bigint, low: bigint];
  readonly readOnly: boolean;
  readonly blockSize: number;
}

/** @throws ImageError  InvalidArgument */
export function filesystemPlanOf(options: FilesystemOptions | undefined, profile: string): FilesystemPlan | undefined {
  if (profile !== "modern") {
    const asked = Object.entries(options ?? {}).find(([, value]) => value);
    if (asked === undefined) return undefined;
    throw new ImageError(ErrorCode.InvalidArgument, `${asked[0]}: is for profile "modern", not for "${profile}"`);
  }
  const { journal = false } = options ?? {};
  if (journal === 1)
    throw new ImageError(ErrorCode.InvalidArgument, "journal: 1 byte is no journal; true asks for one");
  return {
    size: count("size", options?.size, 0),
    free: count("free", options?.free, 0),
    journal: typeof journal === "boolean" ? Number(journal) : count("journal", journal, 0),
    label: labelOf(options?.label ?? ""),
    uuid: uuidOf(options?.uuid),
    readOnly: options?.readOnly ?? false,
    blockSize: count("blockSize", options?.blockSize, 0),
  };
}

const LABEL_SIZE = 16;

function labelOf(label: string): [low: bigint, high: bigint] {
  if (label === "") return [0n, 0n];
  const text = new TextEncoder().encode(label);
  if (text.length > LABEL_SIZE || label.includes("\0")) {
    throw new ImageError(ErrorCode.InvalidArgument, `label: "${label}" is not text of at most ${LABEL_SIZE} bytes`);
  }
  const bytes = new Uint8Array(LABEL_SIZE);
  bytes.set(text);
  const view = new DataView(bytes.buffer);
  return [view.getBigUint64(0, true), view.getBigUint64(8, true)];
}

function uuidOf(uuid: string | undefined): [high: bigint, low: bigint] {
  if (uuid === undefined) return [0n, 0n];
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
  const digits = form.test(uuid) ? uuid.replaceAll("-", "") : "0";
  const value = BigInt(`0x${digits}`);
  if (value === 0n) {
    throw new ImageError(ErrorCode.InvalidArgument, `uuid: "${uuid}" is not a UUID other than the one of zeros`);
  }
  return [value >> 64n, value & 0xffff_ffff_ffff_ffffn];
}
