/**
 * The index of a large directory: a tree of hashes, whose leaves are ordinary blocks of names.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Hash Tree Directories.
 */
import { Problem } from "../../abi";
import { crc32c } from "../../bytes/crc32c";
import { IncompatibleFeature } from "../features";
import { FileInode } from "../reading/inode";
import { SUPERBLOCK_FLAGS_AT } from "../superblock-fields";
import { CheckState } from "./check-state";
import { IndexDetail } from "./details";
import { DirectoryBlock, DirectoryBlocks } from "./directory-blocks";
import { HashVersion } from "./name-hash";

/** Of the root block; offsets, bytes. */
const RESERVED_AT: u32 = 0x18; // u32, zero
const VERSION_AT: u32 = 0x1c; // u8
const INFO_LENGTH_AT: u32 = 0x1d; // u8
const LEVELS_AT: u32 = 0x1e; // u8
const ROOT_FLAGS_AT: u32 = 0x1f; // u8
const ROOT_ENTRIES_AT: u32 = 0x20;
const NODE_ENTRIES_AT: u32 = 8;
const INFO_LENGTH: u32 = 8;
const ENTRY_SIZE: u32 = 8;
/** With large_dir one more. */
const MAX_LEVELS: u32 = 1;
const UNSIGNED_HASH: u32 = 2;
const LAST_HASH: u32 = u32.MAX_VALUE;
/** The names before go on with the same hash. */
const CONTINUED: u32 = 1;

const tail = memory.data(8, 8);

export class DirectoryIndex {
  private inode: FileInode;
  private blocks: DirectoryBlocks;
  private hasChecksums: bool;
  /** Of HashVersion, for the names in it. */
  version: u32 = 0;

  constructor(private state: CheckState) {
    this.inode = changetype<FileInode>(0);
    this.blocks = changetype<DirectoryBlocks>(0);
    this.hasChecksums = state.superblock.hasMetadataChecksums;
  }

  /** Notes in `blocks` which names each may have. @returns whether the index is of use at all */
  check(inode: FileInode, blocks: DirectoryBlocks): bool {
    this.inode = inode;
    this.blocks = blocks;
    const first = blocks.get(0);
    if (first.block == 0) return false; // a hole: reported
    const root = this.state.volume.block(first.block);
    first.isNode = true;
    first.isReferenced = true;
    const version: u32 = load<u8>(root, VERSION_AT);
    const levels: u32 = load<u8>(root, LEVELS_AT);
    const most = this.state.superblock.has(IncompatibleFeature.LargeDirectory) ? MAX_LEVELS + 1 : MAX_LEVELS;
    if (version > <u32>HashVersion.Tea) return this.refuse(first, IndexDetail.Version, version, HashVersion.Tea);
    if (load<u32>(root, RESERVED_AT) != 0)
      return this.refuse(first, IndexDetail.Reserved, load<u32>(root, RESERVED_AT), 0);
    if (load<u8>(root, INFO_LENGTH_AT) != INFO_LENGTH)
      return this.refuse(first, IndexDetail.InfoLength, load<u8>(root, INFO_LENGTH_AT), INFO_LENGTH);
    if (load<u8>(root, ROOT_FLAGS_AT) != 0)
      return this.refuse(first, IndexDetail.Flags, load<u8>(root, ROOT_FLAGS_AT), 0);
    if (levels > most) return this.refuse(first, IndexDetail.Levels, levels, most);
    const isUnsigned = (load<u32>(this.state.superblock.raw, SUPERBLOCK_FLAGS_AT) & UNSIGNED_HASH) != 0;
    this.version = isUnsigned ? version + HashVersion.Unsigned : version;
    return this.checkNode(first, ROOT_ENTRIES_AT, levels, 0, LAST_HASH);
  }

  /** After `check`: every block that is not of the index must be reached by it. */
  checkReached(): void {
    for (let logical: u32 = 0; logical < this.blocks.count; logical++) {
      const each = this.blocks.get(logical);
      if (each.block != 0 && !each.isReferenced)
        this.report(Problem.IndexReference, each, IndexDetail.NotReached, logical, 0);
    }
  }

  /** @param levels  of nodes below; @returns whether it could be gone over */
  private checkNode(node: DirectoryBlock, entriesAt: u32, levels: u32, firstHash: u32, lastHash: u32): bool {
    const size = this.state.superblock.blockSize;
    const room = (size - entriesAt) / ENTRY_SIZE - (this.hasChecksums ? 1 : 0);
    const at = this.entries(node, entriesAt);
    const limit: u32 = load<u16>(at);
    const count: u32 = load<u16>(at, 2);
    if (limit != room) return this.refuse(node, IndexDetail.Limit, limit, room);
    if (count == 0 || count > limit) return this.refuse(node, IndexDetail.Count, count, limit);
    if (this.hasChecksums) this.verify(node, entriesAt, limit, count);
    let before = firstHash;
    for (let index: u32 = 0; index < count; index++) {
      const entry = this.entries(node, entriesAt) + index * ENTRY_SIZE;
      const hash = index == 0 ? firstHash : load<u32>(entry);
      const next = index + 1 < count ? load<u32>(entry + ENTRY_SIZE) : lastHash;
      if ((hash & ~CONTINUED) < (before & ~CONTINUED) || hash > lastHash)
        this.report(Problem.IndexOrder, node, index, hash, before);
      before = hash;
      this.follow(node, load<u32>(entry, 4), levels, hash, next);
    }
    return true;
  }

  private follow(node: DirectoryBlock, number: u32, levels: u32, firstHash: u32, lastHash: u32): void {
    // The upper bits are kept for other uses.
    const logical = number & 0x0fff_ffff;
    if (logical >= this.blocks.count)
      return this.report(Problem.IndexReference, node, IndexDetail.Outside, logical, this.blocks.count);
    const child = this.blocks.get(logical);
    if (child.isReferenced) return this.report(Problem.IndexReference, node, IndexDetail.Twice, logical, 0);
    child.isReferenced = true;
    child.firstHash = firstHash;
    child.lastHash = lastHash;
    if (levels == 0 || child.block == 0) return;
    child.isNode = true;
    const at = this.state.volume.block(child.block);
    if (load<u32>(at) != 0 || load<u16>(at, 4) != <u16>this.state.superblock.blockSize) {
      return this.report(
        Problem.IndexNode,
        child,
        IndexDetail.NoNode,
        load<u16>(at, 4),
        this.state.superblock.blockSize,
      );
    }
    this.checkNode(child, NODE_ENTRIES_AT, levels - 1, firstHash, lastHash);
  }

  /** Covers the entries that are in use, and what stands behind the last for which there is room. */
  private verify(node: DirectoryBlock, entriesAt: u32, limit: u32, count: u32): void {
    const block = this.state.volume.block(node.block);
    const tailAt = block + entriesAt + limit * ENTRY_SIZE;
    memory.copy(tail, tailAt, 4);
    store<u32>(tail, 0, 4);
    const computed = crc32c(crc32c(this.inode.checksumSeed, block, entriesAt + count * ENTRY_SIZE), tail, 8);
    const stored = load<u32>(tailAt, 4);
    if (stored != computed) this.report(Problem.IndexChecksum, node, 0, stored, computed);
  }

  /** Asked for anew each time, as blocks do not stay. */
  private entries(node: DirectoryBlock, at: u32): usize {
    return this.state.volume.block(node.block) + at;
  }

  private refuse(node: DirectoryBlock, detail: IndexDetail, found: u64, expected: u64): bool {
    this.report(Problem.IndexNode, node, detail, found, expected);
    return false;
  }

  private report(problem: Problem, node: DirectoryBlock, detail: u32, found: u64, expected: u64): void {
    this.state.findings.ofBlock(problem, this.inode.number, node.block, detail, found, expected);
  }
}

/** Whether a block of the index may have led a name of this hash to the block with these bounds. */
export function isWithin(block: DirectoryBlock, hash: u32): bool {
  if (hash < (block.firstHash & ~CONTINUED)) return false;
  if (block.lastHash == LAST_HASH) return true;
  const end = block.lastHash & ~CONTINUED;
  return hash < end || (hash == end && (block.lastHash & CONTINUED) != 0);
}
