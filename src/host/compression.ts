/** How a layer is compressed, told by its first bytes. */
import { Codec } from "../../assembly/abi.ts";
import { ErrorCode, ImageError } from "./errors.ts";
import { beginsWithTarHeader, TAR_BLOCK_SIZE } from "./tar-checksum.ts";

export type Compression = "none" | "gzip" | "zlib" | "zstd";

/** Bytes that tell what it is, where there are as many. */
export const HEAD_SIZE = TAR_BLOCK_SIZE;

/** A magic number; a byte that may vary is undefined. */
type Magic = readonly (number | undefined)[];

const READ: [Compression, Magic][] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

/** A zstd stream may begin with a skippable frame: 0x184d2a50 to 0x184d2a5f, little-endian. */
const isSkippableFrame = (head: Uint8Array) => begins(head, [undefined, 0x2a, 0x4d, 0x18]) && head[0]! >> 4 === 5;

/** Of zstd before 0.8: 0xfd2fb522 to 0xfd2fb527, and 0xfd2fb51e. Those who read zstd say what is wrong with it. */
const isOldFrame = (head: Uint8Array) => begins(head, [undefined, 0xb5, 0x2f, 0xfd]) && OLD_VERSIONS.includes(head[0]!);
const OLD_VERSIONS = [0x1e, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27];

/**
 * zlib's header is no magic number, but method 8, a window of up to 7, and a sum that 31 divides: letters, maybe, as a tar's
 * first name may have them.
 *
 * Source: RFC 1950, 2.2.
 */
function isZlib(head: Uint8Array): boolean {
  const [cmf = 0, flg = 0] = head;
  return (cmf & 0x8f) === 8 && (cmf * 256 + flg) % 31 === 0 && head.length >= 2 && !beginsWithTarHeader(head);
}

/** Others that one meets, so that the answer is better than a tar header that makes no sense. */
const NOT_READ: [name: string, Magic][] = [
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68, undefined, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18]],
];

/**
 * @param head  its first HEAD_SIZE bytes, or all
 * @throws ImageError  Unsupported if it is compressed in another way that we know
 */
export function detectCompression(head: Uint8Array): Compression {
  for (const [name, magic] of NOT_READ) {
    if (!begins(head, magic)) continue;
    throw new ImageError(
      ErrorCode.Unsupported,
      `${name}: layers are read plain, as gzip, zlib or zstd; decompress this one first`,
    );
  }
  if (isSkippableFrame(head) || isOldFrame(head)) return "zstd";
  return READ.find(([, magic]) => begins(head, magic))?.[0] ?? (isZlib(head) ? "zlib" : "none");
}

const CODECS = { gzip: Codec.Gzip, zlib: Codec.Zlib, zstd: Codec.Zstd };

export function codecOf(compression: Exclude<Compression, "none">): Codec {
  return CODECS[compression];
}

function begins(head: Uint8Array, magic: Magic): boolean {
  return head.length >= magic.length && magic.every((byte, i) => byte === undefined || head[i] === byte);
}
