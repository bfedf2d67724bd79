/** Files whose entries come last in an archive, in the order in which their content stands on disk. */
import { Arena, ByteBuffer } from "../bytes/memory";
import { mergeSort, Order } from "../bytes/merge-sort";

const SEGMENT_SIZE: usize = 256 * 1024;

/** The bytes of its path follow. */
@unmanaged
export class Postponed {
  place: u64;      // 0x00  where its content begins
  id: u64;         // 0x08
  pathLength: u32; // 0x10

  get path(): usize {
    return changetype<usize>(this) + offsetof<Postponed>();
  }
}

class ByPlace extends Order {
  compare(a: usize, b: usize): i32 {
    const one = changetype<Postponed>(a).place;
    const other = changetype<Postponed>(b).place;
    return <i32>(one > other) - <i32>(one < other);
  }
}

/** `add`* `sort` `next`*. */
export class PostponedFiles {
  private arena: Arena = new Arena(SEGMENT_SIZE);
  private list: ByteBuffer = new ByteBuffer();
  private at: u32 = 0;

  add(place: u64, id: u64, path: ByteBuffer): void {
    const file = changetype<Postponed>(this.arena.take(offsetof<Postponed>() + path.length));
    file.place = place;
    file.id = id;
    file.pathLength = path.length;
    memory.copy(file.path, path.at, path.length);
    const list = this.list;
    list.reserve(list.length + sizeof<usize>());
    store<usize>(list.at + list.length, changetype<usize>(file));
    list.length += sizeof<usize>();
  }

  /** Of several names of one file, the first stays first. */
  sort(): void {
    const list = this.list;
    list.reserve(list.length + list.length / 2 + sizeof<usize>()); // what the sort sets aside stands behind
    mergeSort(list.at, list.at + list.length, list.length / sizeof<usize>(), new ByPlace());
  }

  next(): Postponed | null {
    if (this.at == this.list.length) return null;
    const file = changetype<Postponed>(load<usize>(this.list.at + this.at));
    this.at += sizeof<usize>();
    return file;
  }
}
