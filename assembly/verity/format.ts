/**
 * dm-verity structures on disk. Integers are little-endian.
 *
 * Source: cryptsetup, "DM-Verity On-Disk Format Specification"; Linux, Documentation/admin-guide/device-mapper/verity.
 */

export const BLOCK_SIZE: u32 = 4096;
export const DIGEST_SIZE: u32 = 32;
export const DIGESTS_PER_BLOCK: u32 = BLOCK_SIZE / DIGEST_SIZE;
/** The salt is 32 zero bytes, as hcsshim's: a root hash then depends on the content alone. */
export const SALT_SIZE: u32 = 32;

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
}                     // 0x52  the salt from 0x58 on: zeros

if (offsetof<Superblock>("dataBlocks") != 0x48) ERROR("verity.Superblock: dataBlocks must stand at 0x48");
if (offsetof<Superblock>("saltSize") != 0x50) ERROR("verity.Superblock: saltSize must stand at 0x50");
