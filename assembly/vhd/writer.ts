/** VHD, both kinds. Fixed: the data unchanged, then one footer. Dynamic: only the blocks that are not zeros. */
import { ErrorCode } from "../abi";
import { be } from "../bytes/endian";
import { Fingerprint } from "../bytes/fingerprint";
import { fail } from "../host";
import { Sink } from "../sink";
import { SparseDisk } from "../sparse-disk";
import { encodeFooter } from "./footer";
import {
  computeChecksum, DiskType, FOOTER_SIZE, FORMAT_VERSION, Header, HEADER_COOKIE, HEADER_SIZE, MAX_DISK_SIZE, SECTOR_SIZE,
  UNUSED,
} from "./format";
import { BLOCK_SIZES, computeBitmapSize, computeDataAt, countBlocks } from "./layout";

/** The footer, and the header that follows its copy. */
const head = memory.data(512 + 1024, 8);
/** A piece of the block allocation table, or a bitmap. */
const PIECE: u32 = 4096;
const piece = memory.data(4096, 8);

export class FixedVhd extends Sink {
  private fingerprint: Fingerprint = new Fingerprint();

  constructor(private next: Sink) {
    super();
  }

  write(at: u64, from: usize, length: u32): void {
    this.fingerprint.add(at, from, length);
    this.next.write(at, from, length);
  }

  /** @fails InvalidArgument  `size` is not whole sectors; OutOfRange  it is more than a VHD can have */
  close(size: u64): void {
    checkSectors(size);
    if (size > MAX_DISK_SIZE) fail(ErrorCode.OutOfRange, `vhd: size ${size} is past the limit of ${MAX_DISK_SIZE}`);
    encodeFooter(head, DiskType.Fixed, u64.MAX_VALUE, size, this.fingerprint);
    this.next.write(size, head, FOOTER_SIZE);
    this.next.close(size + FOOTER_SIZE);
  }
}

export class DynamicVhd extends SparseDisk {
  /** @fails InvalidArgument  a size of blocks that no reader expects */
  constructor(next: Sink, blockSize: u32) {
    super(next, "vhd", blockSize, MAX_DISK_SIZE);
    if (!BLOCK_SIZES.includes(blockSize)) {
      fail(ErrorCode.InvalidArgument, `vhd: blocks of ${blockSize} bytes; they may have ${BLOCK_SIZES.join(" or ")}`);
    }
  }

  protected dataAt(place: u32): u64 {
    return computeDataAt(this.blockSize, place);
  }

  /** Writes the bitmap of the block: all its sectors are there. */
  protected open(place: u32): void {
    const bitmapSize = computeBitmapSize(this.blockSize);
    memory.fill(piece, 0xff, bitmapSize);
    this.next.write(this.dataAt(place) - bitmapSize, piece, bitmapSize);
  }

  /** @fails InvalidArgument  `size` is not whole sectors; OutOfRange  it is more than a VHD can have */
  close(size: u64): void {
    checkSectors(size);
    this.claim(size);
    const tableAt = this.dataAt(this.placed);
    const end = this.writeTable(tableAt, countBlocks(size, this.blockSize));
    encodeFooter(head, DiskType.Dynamic, FOOTER_SIZE, size, this.fingerprint);
    encodeHeader(tableAt, countBlocks(size, this.blockSize), this.blockSize);
    this.next.write(0, head, FOOTER_SIZE + HEADER_SIZE);
    this.next.write(end, head, FOOTER_SIZE);
    this.next.close(end + FOOTER_SIZE);
  }

  /** Writes the block allocation table, in whole sectors. @returns the byte behind it */
  private writeTable(at: u64, entries: u32): u64 {
    const perPiece = PIECE / sizeof<u32>();
    for (let first: u32 = 0; first < entries; first += perPiece) {
      memory.fill(piece, 0xff, PIECE);
      const count = min(perPiece, entries - first);
      for (let i: u32 = 0; i < count; i++) {
        if (this.isPlaced(first + i)) store<u32>(piece + i * sizeof<u32>(), be<u32>(this.sectorOf(first + i)));
      }
      const length = (count * sizeof<u32>() + SECTOR_SIZE - 1) & ~(SECTOR_SIZE - 1);
      this.next.write(at, piece, length);
      at += length;
    }
    return at;
  }

  /** Where the bitmap of `block` stands. */
  private sectorOf(block: u32): u32 {
    const sector = (this.dataAt(this.placeOf(block)) - computeBitmapSize(this.blockSize)) / SECTOR_SIZE;
    if (sector >= UNUSED) fail(ErrorCode.OutOfRange, `vhd: block ${block} stands at sector ${sector}, past ${UNUSED - 1}`);
    return <u32>sector;
  }
}

function checkSectors(size: u64): void {
  if (size % SECTOR_SIZE != 0) fail(ErrorCode.InvalidArgument, `vhd: size ${size} is not a multiple of ${SECTOR_SIZE}`);
}

function encodeHeader(tableAt: u64, entries: u32, blockSize: u32): void {
  const header = changetype<Header>(head + FOOTER_SIZE);
  header.cookie = be<u64>(HEADER_COOKIE);
  header.dataOffset = u64.MAX_VALUE;
  header.tableOffset = be<u64>(tableAt);
  header.headerVersion = be<u32>(FORMAT_VERSION);
  header.tableEntries = be<u32>(entries);
  header.blockSize = be<u32>(blockSize);
  const at = changetype<usize>(header);
  header.checksum = be<u32>(computeChecksum(at, HEADER_SIZE, at + offsetof<Header>("checksum")));
}
