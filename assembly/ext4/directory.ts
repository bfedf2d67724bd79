/** Directory blocks: linear, an empty record at the end of each. */
import { BlockStream } from "../block-stream";
import { compareBytes } from "../bytes/literal";
import { Order } from "../bytes/merge-sort";
import { Inode, Name } from "../tree/inode";
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, FIFO, REGULAR, SYMBOLIC_LINK } from "../tree/mode";
import { NameSorter } from "../tree/name-list";
import { BLOCK_SIZE, DirectoryEntry, FileType } from "./format";

const HEADER_SIZE: u32 = 8;
/** The smallest record, which must fit behind every other. */
const MIN_RECORD: u32 = 12;

const block = memory.data(4096, 8);
const DOTS = memory.data<u8>([0x2e, 0x2e]);

export class DirectoryWriter {
  private used: u32 = 0;
  private sorter: NameSorter = new NameSorter();

  constructor(private stream: BlockStream) {}

  /** Appends the blocks of `directory`, whose names must be in order. @returns bytes written */
  write(directory: Inode, parent: Inode): u64 {
    const from = this.stream.position;
    this.used = 0;
    this.writeEntry(directory, DOTS, 1);
    this.writeEntry(parent, DOTS, 2);
    let name = directory.firstName;
    while (name) {
      this.writeEntry(name.inode, name.bytes, name.length);
      name = name.next;
    }
    this.finishBlock();
    return this.stream.position - from;
  }

  private writeEntry(inode: Inode, name: usize, length: u32): void {
    const size = (HEADER_SIZE + length + 3) & ~3;
    if (BLOCK_SIZE - this.used < size + MIN_RECORD) this.finishBlock();
    const entry = changetype<DirectoryEntry>(block + this.used);
    store<u32>(block + this.used + size - 4, 0); // the padding; what is real is written over it
    entry.inode = inode.number;
    entry.recordLength = <u16>size;
    entry.nameLength = <u8>length;
    entry.fileType = <u8>fileTypeOf(inode.type);
    memory.copy(block + this.used + HEADER_SIZE, name, length);
    this.used += size;
  }

  private finishBlock(): void {
    memory.fill(block + this.used, 0, BLOCK_SIZE - this.used);
    changetype<DirectoryEntry>(block + this.used).recordLength = <u16>(BLOCK_SIZE - this.used);
    this.stream.append(block, BLOCK_SIZE);
    this.used = 0;
  }

  /** Puts the names of `directory` in order: by inode number, as e2fsck has it; those of one inode by their bytes. */
  sort(directory: Inode): void {
    this.sorter.sort(directory, byInode);
  }
}

export function fileTypeOf(type: u32): FileType {
  switch (type) {
    case REGULAR:
      return FileType.Regular;
    case DIRECTORY:
      return FileType.Directory;
    case CHARACTER_DEVICE:
      return FileType.CharacterDevice;
    case BLOCK_DEVICE:
      return FileType.BlockDevice;
    case FIFO:
      return FileType.Fifo;
    case SYMBOLIC_LINK:
      return FileType.SymbolicLink;
    default:
      return FileType.Unknown;
  }
}

class ByInode extends Order {
  compare(a: usize, b: usize): i32 {
    const one = changetype<Name>(a);
    const other = changetype<Name>(b);
    if (one.inode.number != other.inode.number) return one.inode.number < other.inode.number ? -1 : 1;
    return compareBytes(one.bytes, one.length, other.bytes, other.length);
  }
}
const byInode = new ByInode();
