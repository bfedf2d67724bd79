/** The disk in a VHD, fixed or dynamic. */
import { ErrorCode } from "../abi";
import { DisjointRuns } from "../bytes/disjoint";
import { be } from "../bytes/endian";
import { fail } from "../host";
import { PartSource, Source } from "../source";
import { NOWHERE, SparseSource, TableSource } from "../sparse-source";
import {
  computeChecksum, DiskType, Footer, FOOTER_COOKIE, FOOTER_SIZE, FORMAT_VERSION, Header, HEADER_COOKIE, HEADER_SIZE,
  MAX_DISK_SIZE, SECTOR_SIZE, UNUSED,
} from "./format";
import { computeBitmapSize, countBlocks } from "./layout";

/** Below this a table of a large disk would take gigabytes, and no writer goes there. Bytes. */
const MIN_BLOCK_SIZE: u32 = 64 * 1024;
const MAX_BLOCK_SIZE: u32 = 256 * 1024 * 1024;

const footerAt = memory.data(512, 8);
const headerAt = memory.data(1024, 8);
const cookie = memory.data(8, 8);

/** Whether the file says of itself that it is a VHD: at its end, or, if it is dynamic, at its start. */
export function isVhd(file: Source): bool {
  const size = file.size;
  if (size < FOOTER_SIZE) return false;
  return hasCookie(file, size - FOOTER_SIZE) || hasCookie(file, 0);
}

function hasCookie(file: Source, at: u64): bool {
  file.read(at, cookie, 8);
  return load<u64>(cookie) == be<u64>(FOOTER_COOKIE);
}

/**
 * The disk in a VHD. Its size is that of the footer, as Hyper-V has it; the geometry is not looked at.
 *
 * @fails Corrupt      it breaks the format
 * @fails Unsupported  a differencing disk, or a version or a size of blocks that is not read
 */
export function openVhd(file: Source): Source {
  const size = readFooter(file);
  const footer = changetype<Footer>(footerAt);
  const type = be<u32>(footer.diskType);
  if (type == DiskType.Fixed) {
    if (size > file.size - FOOTER_SIZE) {
      fail(ErrorCode.Corrupt, `vhd: a disk of ${size} bytes in a file of ${file.size}`);
    }
    return new PartSource(file, size);
  }
  if (type == DiskType.Differencing) {
    fail(ErrorCode.Unsupported, "vhd: is a differencing disk, whose parent has the rest; merge it into its parent first");
  }
  if (type != DiskType.Dynamic) fail(ErrorCode.Corrupt, `vhd: disk type ${type} is none`);
  return openDynamic(file, be<u64>(footer.dataOffset), size);
}

/** @returns bytes of the disk */
function readFooter(file: Source): u64 {
  const at = file.size - FOOTER_SIZE;
  if (!hasCookie(file, at)) {
    fail(ErrorCode.Corrupt, `vhd: no footer at ${at}, though its copy stands at 0: the file was cut short`);
  }
  file.read(at, footerAt, FOOTER_SIZE);
  const footer = changetype<Footer>(footerAt);
  checkSum("footer", at, footerAt, FOOTER_SIZE, offsetof<Footer>("checksum"));
  const version = be<u32>(footer.formatVersion);
  if (version != FORMAT_VERSION) fail(ErrorCode.Unsupported, `vhd: version ${version >> 16}.${version & 0xffff} is not 1.0`);
  const size = be<u64>(footer.currentSize);
  if (size % SECTOR_SIZE != 0 || size > MAX_DISK_SIZE) {
    fail(ErrorCode.Corrupt, `vhd: a disk of ${size} bytes, which is not whole sectors or past ${MAX_DISK_SIZE}`);
  }
  return size;
}

function checkSum(what: string, at: u64, from: usize, size: u32, field: usize): void {
  const stored = be<u32>(load<u32>(from + field));
  const computed = computeChecksum(from, size, from + field);
  if (stored != computed) fail(ErrorCode.Corrupt, `vhd: ${what} at ${at}: checksum ${stored}, computed ${computed}`);
}

function openDynamic(file: Source, at: u64, size: u64): Source {
  const end = file.size - FOOTER_SIZE;
  if (end < HEADER_SIZE || at > end - HEADER_SIZE) fail(ErrorCode.Corrupt, `vhd: its header at ${at} is not in the file`);
  file.read(at, headerAt, HEADER_SIZE);
  const header = changetype<Header>(headerAt);
  if (header.cookie != be<u64>(HEADER_COOKIE)) fail(ErrorCode.Corrupt, `vhd: no header of a dynamic disk at ${at}`);
  checkSum("header", at, headerAt, HEADER_SIZE, offsetof<Header>("checksum"));
  const blockSize = be<u32>(header.blockSize);
  if (blockSize < MIN_BLOCK_SIZE || blockSize > MAX_BLOCK_SIZE || (blockSize & (blockSize - 1)) != 0) {
    const range = `powers of two from ${MIN_BLOCK_SIZE} to ${MAX_BLOCK_SIZE}`;
    fail(ErrorCode.Unsupported, `vhd: blocks of ${blockSize} bytes; those read are ${range}`);
  }
  const tableAt = be<u64>(header.tableOffset);
  const entries = be<u32>(header.tableEntries);
  const blocks = countBlocks(size, blockSize);
  if (blocks > entries) fail(ErrorCode.Corrupt, `vhd: a table of ${entries} entries for ${blocks} blocks`);
  const tableSize = (<u64>blocks) * sizeof<u32>();
  if (tableAt > end || tableSize > end - tableAt) {
    fail(ErrorCode.Corrupt, `vhd: table of ${tableSize} bytes at ${tableAt} is not in the file`);
  }
  const disk = new DynamicSource(file, blockSize, size, tableAt, tableSize);
  disk.check(blocks, at, tableAt, tableSize);
  return disk;
}

/** All sectors of a block that is there count, whatever its bitmap says, as qemu has it. */
class DynamicSource extends SparseSource {
  private table: TableSource;
  private bitmapSize: u32;

  constructor(file: Source, blockSize: u32, size: u64, tableAt: u64, tableSize: u64) {
    super(file, "vhd", blockSize, size);
    this.table = new TableSource(file, tableAt, tableSize);
    this.bitmapSize = computeBitmapSize(blockSize);
  }

  protected locate(block: u64): u64 {
    const sector = this.sectorOf(block);
    return sector == UNUSED ? NOWHERE : (<u64>sector) * SECTOR_SIZE + this.bitmapSize;
  }

  /** Sector of the file where the bitmap of a block stands, or UNUSED. */
  private sectorOf(block: u64): u32 {
    return be<u32>(load<u32>(this.table.entry(block, sizeof<u32>())));
  }

  /** @fails Corrupt  a block is not in the file, or stands in another's place */
  check(blocks: u32, headerAt: u64, tableAt: u64, tableSize: u64): void {
    const whole = this.bitmapSize + this.blockSize;
    const sectors = <u32>min<u64>(this.file.size / SECTOR_SIZE, UNUSED);
    const runs = new DisjointRuns(sectors, whole / SECTOR_SIZE);
    for (let block: u32 = 0; block < blocks; block++) {
      const sector = this.sectorOf(block);
      if (sector == UNUSED) continue;
      const at = (<u64>sector) * SECTOR_SIZE;
      if (at + whole > this.file.size - FOOTER_SIZE) fail(ErrorCode.Corrupt, `vhd: block ${block} at ${at} is not in the file`);
      if (
        meets(at, whole, 0, FOOTER_SIZE) || meets(at, whole, headerAt, HEADER_SIZE) || meets(at, whole, tableAt, tableSize)
        || !runs.claim(sector)
      ) {
        fail(ErrorCode.Corrupt, `vhd: block ${block} at ${at} stands where something else does`);
      }
      this.countStored(block);
    }
  }
}

function meets(at: u64, length: u64, otherAt: u64, otherLength: u64): bool {
  return at < otherAt + otherLength && otherAt < at + length;
}
