/** Dynamic VHDX: the blocks that are not zeros, behind them the table that says where they are. */
import { ErrorCode } from "../abi";
import { Literal } from "../bytes/literal";
import { sha256 } from "../bytes/sha256";
import { formGuid } from "../bytes/uuid";
import { fail } from "../host";
import { Sink } from "../sink";
import { SparseDisk } from "../sparse-disk";
import {
  BlockState, FILE_SIGNATURE, HEADER_1_AT, HEADER_2_AT, HEADER_SIZE, MAX_BLOCK_SIZE, MAX_DISK_SIZE,
  METADATA_TABLE_SIZE, MIN_BLOCK_SIZE, REGION_TABLE_1_AT, REGION_TABLE_2_AT, REGION_TABLE_SIZE, SECTOR_SIZE,
} from "./format";
import { BLOCKS_AT, computeBatSize, computeChunkRatio, countBlocks, countEntries, entryOf, METADATA_AT } from "./layout";
import { encodeHeader, encodeMetadata, encodeRegionTable } from "./structures";

/** Room for the largest structure; each is encoded into zeros. */
const structure = memory.data(64 * 1024, 16);
/** What structures hold apart from zeros stands at their beginning. Bytes. */
const USED: u32 = 4096;
const items = memory.data(64, 16);
const creator = new Literal("layerkiln");

/** What ids are made of: one byte of which id it is, then the content. */
const seed = memory.data(32, 8);
const fileGuid = memory.data(32, 8);
const dataGuid = memory.data(32, 8);
const diskId = memory.data(32, 8);

export class VhdxWriter extends SparseDisk {
  /** @fails InvalidArgument  a size of blocks that the format does not have */
  constructor(next: Sink, blockSize: u32) {
    super(next, "vhdx", blockSize, MAX_DISK_SIZE);
    if (blockSize < MIN_BLOCK_SIZE || blockSize > MAX_BLOCK_SIZE || (blockSize & (blockSize - 1)) != 0) {
      const range = `a power of two from ${MIN_BLOCK_SIZE} to ${MAX_BLOCK_SIZE}`;
      fail(ErrorCode.InvalidArgument, `vhdx: blocks of ${blockSize} bytes; it must be ${range}`);
    }
  }

  protected dataAt(place: u32): u64 {
    return BLOCKS_AT + (<u64>place) * this.blockSize;
  }

  protected open(_place: u32): void {}

  /** @fails InvalidArgument  `size` is not whole sectors; OutOfRange  it is more than a VHDX can have */
  close(size: u64): void {
    if (size == 0 || size % SECTOR_SIZE != 0) {
      fail(ErrorCode.InvalidArgument, `vhdx: size ${size} is not a multiple of ${SECTOR_SIZE}, or nothing`);
    }
    this.claim(size);
    const chunkRatio = computeChunkRatio(this.blockSize, SECTOR_SIZE);
    const blocks = countBlocks(size, this.blockSize);
    const batAt = this.dataAt(this.placed);
    const batSize = computeBatSize(countEntries(blocks, chunkRatio));
    this.writeBat(batAt, <u32>blocks, chunkRatio);
    this.formIds(size);
    this.writeMetadata(size);
    this.writeRegionTables(batAt, batSize);
    this.writeHeaders();
    this.writeIdentifier();
    this.next.close(batAt + batSize);
  }

  /** Pieces of the table that tell of no block are zeros, and stay unwritten. */
  private writeBat(at: u64, blocks: u32, chunkRatio: u32): void {
    const perPiece = REGION_TABLE_SIZE / sizeof<u64>();
    let piece: u64 = 0; // the first entry of the piece at hand
    let used = false;
    memory.fill(structure, 0, REGION_TABLE_SIZE);
    for (let block: u32 = 0; block < blocks; block++) {
      const entry = entryOf(block, chunkRatio);
      if (entry >= piece + perPiece) {
        if (used) this.flushBat(at + piece * sizeof<u64>());
        used = false;
        piece = entry - (entry % perPiece);
      }
      if (!this.isPlaced(block)) continue;
      const place = structure + <usize>(entry - piece) * sizeof<u64>();
      store<u64>(place, this.dataAt(this.placeOf(block)) | BlockState.FullyPresent);
      used = true;
    }
    if (used) this.flushBat(at + piece * sizeof<u64>());
  }

  private flushBat(at: u64): void {
    this.next.write(at, structure, REGION_TABLE_SIZE);
    memory.fill(structure, 0, REGION_TABLE_SIZE);
  }

  private formIds(size: u64): void {
    store<u64>(seed, this.fingerprint.low, 8);
    store<u64>(seed, this.fingerprint.high, 16);
    store<u64>(seed, size, 24);
    formId(1, fileGuid);
    formId(2, dataGuid);
    formId(3, diskId);
  }

  private writeMetadata(size: u64): void {
    memory.fill(structure, 0, METADATA_TABLE_SIZE);
    encodeMetadata(structure, items, this.blockSize, size, diskId);
    this.next.write(METADATA_AT, structure, USED);
    memory.fill(structure, 0, USED);
    memory.copy(structure, items, 64);
    this.next.write(METADATA_AT + METADATA_TABLE_SIZE, structure, USED);
  }

  private writeRegionTables(batAt: u64, batSize: u64): void {
    memory.fill(structure, 0, REGION_TABLE_SIZE);
    encodeRegionTable(structure, batAt, batSize);
    this.next.write(REGION_TABLE_1_AT, structure, USED);
    this.next.write(REGION_TABLE_2_AT, structure, USED);
  }

  /** Of two headers the one with the higher number counts: the second. */
  private writeHeaders(): void {
    for (let sequenceNumber: u64 = 1; sequenceNumber <= 2; sequenceNumber++) {
      memory.fill(structure, 0, HEADER_SIZE);
      encodeHeader(structure, sequenceNumber, fileGuid, dataGuid);
      this.next.write(sequenceNumber == 1 ? HEADER_1_AT : HEADER_2_AT, structure, HEADER_SIZE);
    }
  }

  /** The creator is UTF-16, here of ASCII letters. */
  private writeIdentifier(): void {
    memory.fill(structure, 0, USED);
    store<u64>(structure, FILE_SIGNATURE);
    for (let i: u32 = 0; i < creator.length; i++) {
      store<u16>(structure + sizeof<u64>() + i * sizeof<u16>(), load<u8>(creator.at + i));
    }
    this.next.write(0, structure, USED);
  }
}

/** @param to  32 bytes, of which the first 16 are the id */
function formId(which: u64, to: usize): void {
  store<u64>(seed, which);
  sha256(seed, 32, to);
  formGuid(to);
}
