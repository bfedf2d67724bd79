/** Attributes of files as Windows has them. Source: Microsoft, [MS-FSCC], §2.6 "File Attributes". */

export const READONLY: u32 = 0x1;
export const HIDDEN: u32 = 0x2;
export const SYSTEM: u32 = 0x4;
export const DIRECTORY: u32 = 0x10;
export const ARCHIVE: u32 = 0x20;
export const NORMAL: u32 = 0x80;
export const SPARSE_FILE: u32 = 0x200;
export const REPARSE_POINT: u32 = 0x400;
