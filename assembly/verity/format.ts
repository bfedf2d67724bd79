/**
 * dm-verity structures on disk. Integers are little-endian.
 *
 * Source: cryptsetup, "DM-Verity On-Disk Format Specification"; Linux, Documentation/admin-guide/device-mapper/verity.
 */

export const BLOCK_SIZE: u32 = 4096;
export const DIGEST_SIZE: u32 = 32;
export const DIGESTS_PER_BLOCK: u32 = BLOCK_SIZE / DIGEST_SIZE;
export const MAX_SALT_SIZE: u32 = 256;
/** Unless another is given the salt is 32 zero bytes, as hcsshim's: a root hash then depends on the content alone. */
export const DEFAULT_SALT_SIZE: u32 = 32;

/** "verity" */
export const SIGNATURE: u64 = 0x0000_7974_6972_6576;
export const VERSION: u32 = 1;
/** Salt before data; 0, as Chrome OS had it, is the other way round. */
export const HASH_TYPE: u32 = 1;
/** "sha256" */
export const SHA256: u64 = 0x0000_3635_3261_6873;

@unmanaged
export class Superblock {
  signature: u64;     // 0x00  "verity\0\0"
  version: u32;       // 0x08
  hashType: u32;      // 0x0c  1: salt before data
  uuid0: u64;         // 0x10
  uuid1: u64;         // 0x18
  algorithm: u64;     // 0x20  "sha256", 32 bytes with its zeros
  algorithm8: u64;    // 0x28
  algorithm16: u64;   // 0x30
  algorithm24: u64;   // 0x38
  dataBlockSize: u32; // 0x40  bytes
  hashBlockSize: u32; // 0x44  bytes
  dataBlocks: u64;    // 0x48
  saltSize: u16;      // 0x50  bytes
}                     // 0x52  the salt from 0x58 on, with zeros to 256 bytes

export const SUPERBLOCK_SIZE: u32 = 512;
export const ALGORITHM_SIZE: u32 = 32;
export const SALT_AT: u32 = 0x58;

if (offsetof<Superblock>("dataBlocks") != 0x48) ERROR("verity.Superblock: dataBlocks must stand at 0x48");
if (offsetof<Superblock>("saltSize") != 0x50) ERROR("verity.Superblock: saltSize must stand at 0x50");
