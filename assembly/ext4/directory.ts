/** Directory blocks: linear, an empty record at the end of each. */
import { BlockStream } from "../block-stream";
import { compareBytes } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { mergeSort, Order } from "../bytes/merge-sort";
import { Inode, Name } from "../tree/inode";
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, FIFO, REGULAR, SYMBOLIC_LINK } from "../tree/mode";
import { BLOCK_SIZE, DirectoryEntry, FileType } from "./format";

const HEADER_SIZE: u32 = 8;
/** The smallest record, which must fit behind every other. */
const MIN_RECORD: u32 = 12;

const block = memory.data(4096, 8);
const DOTS = memory.data<u8>([0x2e, 0x2e]);

export class DirectoryWriter {
  private used: u32 = 0;
  private order: ByteBuffer = new ByteBuffer();

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
    if (isSorted(directory)) return;
    const count = directory.nameCount;
    this.order.reserve(2 * count * sizeof<usize>());
    const list = this.order.at;
    let i: u32 = 0;
    let each = directory.firstName;
    while (each) {
      store<Name>(list + i++ * sizeof<usize>(), each);
      each = each.next;
    }
    mergeSort(list, list + count * sizeof<usize>(), count, byInode);

    let last: Name | null = null;
    for (i = 0; i < count; i++) {
      const name = load<Name>(list + i * sizeof<usize>());
      if (last) last.next = name;
      else directory.firstName = name;
      last = name;
    }
    if (last) last.next = null;
    directory.lastName = last;
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

/** Most directories are: inodes are numbered in the order of the layer. */
function isSorted(directory: Inode): bool {
  let name = directory.firstName;
  while (name) {
    const following = name.next;
    if (following && compareNames(following, name) < 0) return false;
    name = following;
  }
  return true;
}

class ByInode extends Order {
  compare(a: usize, b: usize): i32 {
    return compareNames(changetype<Name>(a), changetype<Name>(b));
  }
}
const byInode = new ByInode();

/** By number; names of one inode by their bytes. */
function compareNames(a: Name, b: Name): i32 {
  if (a.inode.number != b.inode.number) return a.inode.number < b.inode.number ? -1 : 1;
  return compareBytes(a.bytes, a.length, b.bytes, b.length);
}
