/**
 * What a check knows of each file: where the first of its names is, and what was seen. Memory is taken for tables of which a
 * file was met.
 */
import { allocate } from "../../bytes/memory";
import { FILES_PER_TABLE } from "../format";

@unmanaged
export class FileState {
  /** The directory through which it was met first, and the place of its name there. */
  directory: u32; // 0x00
  entry: u32;     // 0x04
  /** Of a directory that waits: the one that waits behind it. */
  next: u32;      // 0x08
  seen: u16;      // 0x0c  of Seen
  /** Units of a directory's path; as many as there are, or the most that can be kept. */
  pathUnits: u16; // 0x0e

  note(what: Seen): void {
    this.seen |= <u16>what;
  }
}

export const enum Seen {
  Met = 1,
  Directory = 2,
  /** It was met in the directory that it names itself. */
  InItsParent = 4,
  /** Its record names a directory. */
  HasParent = 8,
}

export class FileStates {
  private tables: usize;

  constructor(tableCount: u32) {
    this.tables = allocate(<usize>tableCount * sizeof<usize>());
  }

  /** @param id  of a file that there is; @param count  of the files in its table */
  of(id: u32, count: u32): FileState {
    const at = this.tables + <usize>((id - 1) / FILES_PER_TABLE) * sizeof<usize>();
    let table = load<usize>(at);
    if (table == 0) {
      table = allocate(<usize>count * offsetof<FileState>());
      store<usize>(at, table);
    }
    return changetype<FileState>(table + ((id - 1) % FILES_PER_TABLE) * offsetof<FileState>());
  }

  /** Whether a file of the table was met. */
  hasTable(table: u32): bool {
    return load<usize>(this.tables + <usize>table * sizeof<usize>()) != 0;
  }
}
