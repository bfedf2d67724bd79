/** Directories on the way to the path at hand, and which of them a layer has already. */
import { ByteBuffer } from "../bytes/memory";

@unmanaged
export class Ancestor {
  id: u64;         // 0x00
  pathLength: u32; // 0x08
  isWritten: bool; // 0x0c
}

export class Ancestors {
  private list: ByteBuffer = new ByteBuffer();

  /** Puts a directory at `depth`; those below it are forgotten. */
  set(depth: u32, id: u64, pathLength: u32, isWritten: bool): void {
    const list = this.list;
    list.length = depth * offsetof<Ancestor>();
    list.reserve(list.length + offsetof<Ancestor>());
    list.length += offsetof<Ancestor>();
    const ancestor = this.at(depth);
    ancestor.id = id;
    ancestor.pathLength = pathLength;
    ancestor.isWritten = isWritten;
  }

  at(depth: u32): Ancestor {
    return changetype<Ancestor>(this.list.at + depth * offsetof<Ancestor>());
  }
}
