/** The paths of inodes in which something was found: looked for at the end, and only if something was. */
import { Arena, ByteBuffer } from "../../bytes/memory";
import { DirectoryEntry, ROOT_INODE } from "../format";
import { InlineData } from "../reading/inline-data";
import { FileInode } from "../reading/inode";
import { BitSet } from "./bit-set";
import { BlockVisitor, BlockWalk } from "./block-walk";
import { Known } from "./census";
import { CheckState } from "./check-state";

const HEADER_SIZE: u32 = 8;
const MIN_RECORD: u32 = 12;
const MAX_DEPTH: u32 = 256;
const MAX_PATH: u32 = 4096;
const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;
/** The number of the directory above, before the entries of an inline directory. */
const INLINE_PARENT_SIZE: u32 = 4;

@unmanaged
class Named {
  inode: u32;      // 0x00
  directory: u32;  // 0x04
  name: usize;     // 0x08
  length: u32;     // 0x0c
  next: Named | null; // 0x10
}

export class Paths extends BlockVisitor {
  /** Inodes whose names are looked for. */
  private wanted: BitSet;
  private first: Named | null = null;
  private arena: Arena = new Arena(64 * 1024);
  private inode: FileInode;
  private inline: InlineData = new InlineData();
  private walk: BlockWalk;
  private path: ByteBuffer = new ByteBuffer();

  constructor(private state: CheckState) {
    super();
    this.wanted = new BitSet(<u64>state.superblock.inodes + 1);
    this.inode = new FileInode(state.volume);
    this.walk = new BlockWalk(state.volume, state.findings);
  }

  /** Gives the findings their paths. */
  find(): void {
    const findings = this.state.findings;
    let hasFiles = false;
    for (let i: u32 = 0; i < findings.kept; i++) {
      const number = findings.get(i).inode;
      if (number == 0 || number > this.state.superblock.inodes) continue;
      this.wanted.add(number);
      if (!(this.state.census.get(number).known & Known.Directory)) hasFiles = true;
    }
    if (hasFiles) this.lookEverywhere();
    this.lookAbove();
    for (let i: u32 = 0; i < findings.kept; i++) {
      const finding = findings.get(i);
      if (finding.inode == 0 || !this.build(finding.inode)) continue;
      finding.path = this.arena.take(this.path.length);
      finding.pathLength = this.path.length;
      memory.copy(finding.path, this.path.at, this.path.length);
    }
  }

  private lookEverywhere(): void {
    const census = this.state.census;
    for (let number = census.next(1); number != 0; number = census.next(number + 1)) {
      if (census.get(number).known & Known.Directory) this.look(number);
    }
  }

  /** Looks for the names of the directories above, each in its parent alone. */
  private lookAbove(): void {
    const census = this.state.census;
    const parents = new BitSet(<u64>this.state.superblock.inodes + 1);
    const findings = this.state.findings;
    for (let i: u32 = 0; i < findings.kept; i++) {
      const named = this.nameOf(findings.get(i).inode);
      let number = named ? named.directory : findings.get(i).inode;
      for (
        let depth: u32 = 0;
        depth < MAX_DEPTH && number != 0 && number != ROOT_INODE && number <= this.state.superblock.inodes;
        depth++
      ) {
        this.wanted.add(number);
        const parent = census.get(number).parent;
        if (parent != 0 && !this.nameOf(number)) parents.add(parent);
        number = parent;
      }
    }
    for (let number = census.next(1); number != 0; number = census.next(number + 1))
      if (parents.has(number)) this.look(number);
  }

  private look(directory: u32): void {
    const inode = this.inode;
    this.state.readUnchecked(directory, inode);
    if (!inode.isInline) return this.walk.walk(inode, this, true);
    if (this.state.census.get(directory).known & Known.Opaque) return;
    this.inline.find(inode);
    this.lookIn(this.inline.head + INLINE_PARENT_SIZE, this.inline.headLength - INLINE_PARENT_SIZE);
    this.lookIn(this.inline.tail, this.inline.tailLength);
  }

  node(block: u64, logical: u64): bool {
    return !this.state.claims.doubles.has(block);
  }

  run(logical: u64, start: u64, count: u32, isWritten: bool): void {
    const doubles = this.state.claims.doubles;
    for (let i: u32 = 0; i < count; i++) {
      if (!doubles.has(start + i)) this.lookIn(this.state.volume.block(start + i), this.state.superblock.blockSize);
    }
  }

  private lookIn(area: usize, length: u32): void {
    const end = area + length;
    for (let at = area; at + MIN_RECORD <= end; ) {
      const entry = changetype<DirectoryEntry>(at);
      const record: u32 = entry.recordLength;
      if (record < MIN_RECORD || record % 4 != 0 || at + record > end || HEADER_SIZE + <u32>entry.nameLength > record)
        return;
      if (entry.inode != 0 && entry.inode <= this.state.superblock.inodes && this.wanted.has(entry.inode))
        this.note(entry);
      at += record;
    }
  }

  private note(entry: DirectoryEntry): void {
    const name = changetype<usize>(entry) + HEADER_SIZE;
    const length: u32 = entry.nameLength;
    if (length == 0 || (load<u8>(name) == DOT && (length == 1 || (length == 2 && load<u8>(name, 1) == DOT)))) return;
    if (this.nameOf(entry.inode)) return;
    const named = changetype<Named>(this.arena.take(offsetof<Named>()));
    named.inode = entry.inode;
    named.directory = this.inode.number;
    named.name = this.arena.take(length);
    named.length = length;
    memory.copy(named.name, name, length);
    named.next = this.first;
    this.first = named;
  }

  private nameOf(inode: u32): Named | null {
    if (inode == 0 || inode > this.state.superblock.inodes || !this.wanted.has(inode)) return null;
    let named = this.first;
    while (named && named.inode != inode) named = named.next;
    return named;
  }

  /** Puts the path of an inode into `path`. @returns whether it is known up to the root */
  private build(inode: u32): bool {
    const path = this.path;
    path.clear();
    path.reserve(MAX_PATH);
    if (inode == ROOT_INODE) {
      path.appendByte(SLASH);
      return true;
    }
    let at = MAX_PATH;
    while (inode != ROOT_INODE) {
      const named = this.nameOf(inode);
      if (!named || named.length + 1 > at) return false;
      at -= named.length + 1;
      store<u8>(path.at + at, SLASH);
      memory.copy(path.at + at + 1, named.name, named.length);
      inode = named.directory;
    }
    memory.copy(path.at, path.at + at, MAX_PATH - at);
    path.length = MAX_PATH - at;
    return true;
  }
}
