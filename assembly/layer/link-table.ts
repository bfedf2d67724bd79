/** Files that have an entry in the archive already, and the name that they have there. Only of those with several names. */
import { Arena } from "../bytes/memory";
import { IdTable } from "../tree/id-table";

const SEGMENT_SIZE: usize = 64 * 1024;

/** The bytes of the path follow. */
@unmanaged
class First {
  length: u32; // 0x00
}

export class LinkTable {
  private table: IdTable = new IdTable();
  private arena: Arena = new Arena(SEGMENT_SIZE);
  /** Of the file that was found. */
  path: usize = 0;
  pathLength: u32 = 0;

  find(id: u64): bool {
    const found = <usize>this.table.get(id);
    if (found == 0) return false;
    this.path = found + offsetof<First>();
    this.pathLength = changetype<First>(found).length;
    return true;
  }

  add(id: u64, path: usize, length: u32): void {
    const kept = this.arena.take(offsetof<First>() + length);
    changetype<First>(kept).length = length;
    memory.copy(kept + offsetof<First>(), path, length);
    this.table.set(id, kept);
  }
}
