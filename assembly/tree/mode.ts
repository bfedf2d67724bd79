/** File types as the upper bits of a mode. Source: POSIX sys/stat.h, with Linux's numbers (inode(7)). */

export const TYPE_MASK: u32 = 0xf000;
export const FIFO: u32 = 0x1000;
export const CHARACTER_DEVICE: u32 = 0x2000;
export const DIRECTORY: u32 = 0x4000;
export const BLOCK_DEVICE: u32 = 0x6000;
export const REGULAR: u32 = 0x8000;
export const SYMBOLIC_LINK: u32 = 0xa000;
