/** The disk in a VHDX, fixed or dynamic, that was closed cleanly. */
import { ErrorCode } from "../abi";
import { DisjointRuns } from "../bytes/disjoint";
import { fail } from "../host";
import { Source } from "../source";
import { NOWHERE, SparseSource, TableSource } from "../sparse-source";
import { BlockState, FILE_SIGNATURE, MAX_DISK_SIZE, MIB, OFFSET_MASK, STATE_MASK } from "./format";
import { computeChunkRatio, countBlocks, countEntries, entryOf } from "./layout";
import { Metadata, readMetadata } from "./metadata";
import { Places, readPlaces } from "./places";

/** No file needs more for the largest disk, and what is asked of memory depends on it. Bytes. */
const MAX_FILE_SIZE: u64 = 2 * MAX_DISK_SIZE;

const signature = memory.data(8, 8);

/** Whether the file says of itself that it is a VHDX. */
export function isVhdx(file: Source): bool {
  if (file.size < sizeof<u64>()) return false;
  file.read(0, signature, sizeof<u64>());
  return load<u64>(signature) == FILE_SIGNATURE;
}

/**
 * The disk in a VHDX.
 *
 * @fails Corrupt             it breaks the format
 * @fails FailedPrecondition  it was not closed: its log is to be replayed first
 * @fails Unsupported         a differencing disk, or a part that is required and not known here
 */
export function openVhdx(file: Source): Source {
  const places = readPlaces(file);
  const metadata = readMetadata(file, places.metadataAt, places.metadataSize);
  const chunkRatio = computeChunkRatio(metadata.blockSize, metadata.logicalSectorSize);
  const blocks = countBlocks(metadata.diskSize, metadata.blockSize);
  const entries = countEntries(blocks, chunkRatio);
  if (entries * sizeof<u64>() > places.batSize) {
    const found = places.batSize / sizeof<u64>();
    fail(ErrorCode.Corrupt, `vhdx: block allocation table of ${found} entries for a disk that needs ${entries}`);
  }
  const disk = new VhdxSource(file, metadata, places, chunkRatio);
  disk.check(blocks);
  return disk;
}

class VhdxSource extends SparseSource {
  private table: TableSource;

  constructor(file: Source, metadata: Metadata, private places: Places, private chunkRatio: u32) {
    super(file, "vhdx", metadata.blockSize, metadata.diskSize);
    this.table = new TableSource(file, places.batAt, places.batSize);
  }

  protected locate(block: u64): u64 {
    const entry = this.entryAt(block);
    return (entry & STATE_MASK) == BlockState.FullyPresent ? entry & OFFSET_MASK : NOWHERE;
  }

  private entryAt(block: u64): u64 {
    return load<u64>(this.table.entry(entryOf(block, this.chunkRatio), sizeof<u64>()));
  }

  /** @fails Corrupt  a block is in a state that it cannot be in, not in the file, or in another's place */
  check(blocks: u64): void {
    const fileSize = min(this.file.size, MAX_FILE_SIZE);
    const runs = new DisjointRuns(<u32>(fileSize / MIB), this.blockSize / MIB);
    for (let block: u64 = 0; block < blocks; block++) {
      const entry = this.entryAt(block);
      const state = entry & STATE_MASK;
      if (state == BlockState.FullyPresent) this.checkPlace(block, entry & OFFSET_MASK, fileSize, runs);
      else if (state == BlockState.PartiallyPresent || state == 4) {
        fail(ErrorCode.Corrupt, `vhdx: block ${block} is in state ${state}, which a disk without a parent does not have`);
      }
    }
  }

  private checkPlace(block: u64, at: u64, fileSize: u64, runs: DisjointRuns): void {
    if (at + this.blockSize > fileSize) fail(ErrorCode.Corrupt, `vhdx: block ${block} at ${at} is not in the file`);
    if (this.places.meetsStructure(at, this.blockSize) || !runs.claim(<u32>(at / MIB))) {
      fail(ErrorCode.Corrupt, `vhdx: block ${block} at ${at} stands where something else does`);
    }
    this.countStored(block);
  }
}
