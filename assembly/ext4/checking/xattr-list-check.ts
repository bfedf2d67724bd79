/**
 * One list of extended attributes, in an inode or in a block.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Extended Attributes; fs/ext4/xattr.c for the hashes.
 */
import { Problem } from "../../abi";
import { compareBytes } from "../../bytes/literal";
import { allocate } from "../../bytes/memory";
import { XattrEntry } from "../format";
import { ENTRY_SIZE, hashEntry, round4 } from "../xattr";
import { NameIndex } from "../reading/xattrs";
import { XattrDetail } from "./details";
import { Findings } from "./findings";
import { XattrValues } from "./xattr-values";

const MAX_BLOCK_SIZE: u32 = 64 * 1024;
const LARGEST_INDEX: u32 = 9;

export class XattrListCheck {
  /** Which words of the list are taken, a bit each. */
  private taken: usize = allocate(MAX_BLOCK_SIZE / 4 / 8);
  private number: u32 = 0;
  private block: u64 = 0;
  private base: usize = 0;
  private end: usize = 0;
  private inBlock: bool = false;
  private isSound: bool = false;
  /** Blocks of the inodes that have values. */
  valueBlocks: u64 = 0;

  constructor(
    private findings: Findings,
    private values: XattrValues,
  ) {}

  /**
   * @param number  the inode
   * @param block   NO_BLOCK: the list stands in the inode
   * @param from    the first entry
   * @param base    where offsets of values start
   * @param end     of the list's room
   * @returns whether it can be gone over
   */
  check(number: u32, block: u64, inBlock: bool, from: usize, base: usize, end: usize): bool {
    this.number = number;
    this.block = block;
    this.inBlock = inBlock;
    this.base = base;
    this.end = end;
    this.isSound = true;
    this.valueBlocks = 0;
    memory.fill(this.taken, 0, (<u32>(end - base) + 31) / 32);
    this.take(base, <u32>(from - base));
    let before = changetype<XattrEntry>(0);
    let at = from;
    while (this.isSound && at + 4 <= end && load<u32>(at) != 0) {
      const entry = changetype<XattrEntry>(at);
      if (!this.checkEntry(at, entry)) break;
      if (inBlock && before && !isBefore(before, entry)) this.report(Problem.XattrOrder, entry, 0, 0, 0);
      before = entry;
      at += ENTRY_SIZE + round4(entry.nameLength);
    }
    if (this.isSound && at + 4 <= end && !this.take(at, 4))
      this.refuse(changetype<XattrEntry>(0), XattrDetail.Overlap, 0, 0);
    return this.isSound;
  }

  /** @returns whether there may be another behind it */
  private checkEntry(at: usize, entry: XattrEntry): bool {
    if (at + ENTRY_SIZE + round4(entry.nameLength) > this.end) {
      return this.refuse(changetype<XattrEntry>(0), XattrDetail.Outside, at - this.base, this.end - this.base);
    }
    if (!this.take(at, ENTRY_SIZE + round4(entry.nameLength)))
      return this.refuse(entry, XattrDetail.Overlap, at - this.base, 0);
    this.checkName(entry);
    if (entry.valueInode != 0) {
      this.valueBlocks += this.values.check(this.number, this.block, entry);
      return true;
    }
    return this.checkValue(entry);
  }

  private checkName(entry: XattrEntry): void {
    const index: u32 = entry.nameIndex;
    const mayBeEmpty = index == NameIndex.AclAccess || index == NameIndex.AclDefault || index == NameIndex.RichAcl;
    if (index > LARGEST_INDEX) this.report(Problem.XattrEntry, entry, XattrDetail.Class, index, LARGEST_INDEX);
    else if (entry.nameLength == 0 && !mayBeEmpty) this.report(Problem.XattrEntry, entry, XattrDetail.NoName, index, 0);
    const name = nameOf(entry);
    for (let i: u32 = 0; i < entry.nameLength; i++) {
      if (load<u8>(name + i) == 0) return this.report(Problem.XattrEntry, entry, XattrDetail.ZeroInName, i, 0);
    }
  }

  private checkValue(entry: XattrEntry): bool {
    const room = <u64>(this.end - this.base);
    const size: u32 = entry.valueSize;
    const offset: u32 = entry.valueOffset;
    if (size > room || offset > room || <u64>offset + size > room)
      return this.refuse(entry, XattrDetail.Outside, <u64>offset + size, room);
    const padded = <u32>min<u64>(round4(size), room - offset);
    if (size > 0 && !this.take(this.base + offset, padded))
      return this.refuse(entry, XattrDetail.Overlap, offset, size);
    // In an inode a hash may be left out.
    if (entry.hash == 0 && !this.inBlock) return true;
    const value = this.base + offset;
    const hash = hashEntry(nameOf(entry), entry.nameLength, value, size);
    const isRight = entry.hash == hash || entry.hash == hashSigned(entry, value);
    if (!isRight || !isZero(value + size, padded - size)) this.report(Problem.XattrHash, entry, 0, entry.hash, hash);
    return true;
  }

  /** @returns whether all of the words were free */
  private take(at: usize, length: u32): bool {
    const first = <u32>(at - this.base) / 4;
    const end = (<u32>(at - this.base) + length + 3) / 4;
    let isFree = true;
    for (let word = first; word < end; word++) {
      const byte = this.taken + word / 8;
      const bit: u8 = 1 << (<u8>(word % 8));
      if (load<u8>(byte) & bit) isFree = false;
      store<u8>(byte, load<u8>(byte) | bit);
    }
    return isFree;
  }

  private refuse(entry: XattrEntry, detail: XattrDetail, found: u64, expected: u64): bool {
    this.isSound = false;
    this.report(Problem.XattrEntry, entry, detail, found, expected);
    return false;
  }

  private report(problem: Problem, entry: XattrEntry, detail: XattrDetail, found: u64, expected: u64): void {
    const hasName = changetype<usize>(entry) != 0;
    const length: u32 = hasName ? entry.nameLength : 0;
    this.findings.ofName(
      problem,
      this.number,
      this.block,
      detail,
      found,
      expected,
      hasName ? nameOf(entry) : 0,
      length,
    );
  }
}

export function nameOf(entry: XattrEntry): usize {
  return changetype<usize>(entry) + ENTRY_SIZE;
}

/** The order in which the kernel looks for a name. */
function isBefore(a: XattrEntry, b: XattrEntry): bool {
  if (a.nameIndex != b.nameIndex) return a.nameIndex < b.nameIndex;
  if (a.nameLength != b.nameLength) return a.nameLength < b.nameLength;
  return compareBytes(nameOf(a), a.nameLength, nameOf(b), b.nameLength) < 0;
}

/** As kernels had it whose characters have signs. */
function hashSigned(entry: XattrEntry, value: usize): u32 {
  let hash = hashNameSigned(entry);
  const size: u32 = entry.valueSize;
  for (let i: u32 = 0; i < size; i += 4) {
    const left = size - i;
    let word: u32 = 0;
    for (let byte = min<u32>(left, 4); byte > 0; byte--) word = (word << 8) | load<u8>(value + i + byte - 1);
    hash = rotl<u32>(hash, 16) ^ word;
  }
  return hash;
}

export function hashNameSigned(entry: XattrEntry): u32 {
  let hash: u32 = 0;
  for (let i: u32 = 0; i < entry.nameLength; i++) hash = rotl<u32>(hash, 5) ^ <u32>(<i32>load<i8>(nameOf(entry) + i));
  return hash;
}

function isZero(at: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(at + i) != 0) return false;
  return true;
}
