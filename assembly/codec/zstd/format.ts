/**
 * Numbers of zstd.
 *
 * Source: RFC 8878, 3.1 "Frames".
 */

export const FRAME_MAGIC: u32 = 0xfd2fb528;
/** And the fifteen numbers behind it. */
const SKIPPABLE_MAGIC: u32 = 0x184d2a50;
/** Of zstd 0.1; those of 0.2 to 0.7 stand in a row. These are other formats. */
const OLDEST_MAGIC: u32 = 0xfd2fb51e;
const FIRST_OLD_MAGIC: u32 = 0xfd2fb522;
const LAST_OLD_MAGIC: u32 = 0xfd2fb527;

// @ts-ignore: decorator
@inline
export function isSkippable(magic: u32): bool {
  return (magic & ~15) == SKIPPABLE_MAGIC;
}

export function isOld(magic: u32): bool {
  return magic == OLDEST_MAGIC || (magic >= FIRST_OLD_MAGIC && magic <= LAST_OLD_MAGIC);
}

/** Whether a stream that begins so is zstd, be it one that is read. */
export function isZstd(magic: u32): bool {
  return magic == FRAME_MAGIC || isSkippable(magic) || isOld(magic);
}

/** `zstd --long=27`, which is what `zstd -d` takes unless told otherwise. Bytes. */
export const MAX_WINDOW: u64 = 128 * 1024 * 1024;
/** 3.1.1.2.4: "Block_Maximum_Size", if the window is not smaller. */
export const MAX_BLOCK: u32 = 128 * 1024;
export const BLOCK_HEADER_SIZE: u32 = 3;

/** 3.1.1.2.2 */
export const enum BlockType {
  Raw,
  Rle,
  Compressed,
  Reserved,
}

/** 3.1.1.3.1.1: "Literals_Block_Type" */
export const enum LiteralsType {
  Raw,
  Rle,
  Compressed,
  Treeless,
}

/** 3.1.1.3.2.1: how the table of a kind of code is given. */
export const enum TableMode {
  Predefined,
  Rle,
  Compressed,
  Repeat,
}
