/** What a tree of Windows is made of: files, and the names under which directories hold them. */
import { Content } from "./content";
import { DIRECTORY } from "./attributes";

/**
 * A file of any type. A million of these are held at once, so fields are few and plain.
 *
 * The tree keeps `linkCount`, `firstName`, `ownName` and the blobs; `number` belongs to the format that is written.
 */
@unmanaged
export class WindowsFile {
  creationTime: u64;   // 0x00  FILETIME, as all times
  lastWriteTime: u64;  // 0x08
  changeTime: u64;     // 0x10
  lastAccessTime: u64; // 0x18
  place: u64;          // 0x20  where its content stands: the fields of a Content
  length: u64;         // 0x28
  kind: u32;           // 0x30
  attributes: u32;     // 0x34  as tree/windows/attributes has them
  number: u32;         // 0x38
  linkCount: u32;      // 0x3c
  firstName: WindowsName | null;     // 0x40  of a directory, in no order
  ownName: WindowsName | null;       // 0x44  of a directory: the one name that it has; null: the root
  firstStream: WindowsStream | null; // 0x48  alternate ones, in no order
  securityDescriptor: Blob | null;   // 0x4c  equal ones are one
  eas: Blob | null;                  // 0x50
  reparse: Blob | null;              // 0x54

  get isDirectory(): bool {
    return (this.attributes & DIRECTORY) != 0;
  }

  setContent(content: Content): void {
    this.place = content.place;
    this.length = content.length;
    this.kind = content.kind;
  }

  tellContent(content: Content): void {
    content.place = this.place;
    content.length = this.length;
    content.kind = this.kind;
  }
}

/** A name in a directory. Its units of UTF-16 follow the record. */
@unmanaged
export class WindowsName {
  parent: WindowsFile;          // 0x00
  file: WindowsFile;            // 0x04
  next: WindowsName | null;     // 0x08  in the directory
  previous: WindowsName | null; // 0x0c
  units: u16;                   // 0x10
  state: u16;                   // 0x12  what the layer's rules have to remember

  /** Address of its first unit. */
  get at(): usize {
    return changetype<usize>(this) + offsetof<WindowsName>();
  }
}

/** An alternate stream. The units of its name follow the record. */
@unmanaged
export class WindowsStream {
  place: u64;                 // 0x00  the fields of a Content
  length: u64;                // 0x08
  kind: u32;                  // 0x10
  next: WindowsStream | null; // 0x14
  hash: u32;                  // 0x18  of its upper case
  units: u16;                 // 0x1c

  get at(): usize {
    return changetype<usize>(this) + offsetof<WindowsStream>();
  }

  setContent(content: Content): void {
    this.place = content.place;
    this.length = content.length;
    this.kind = content.kind;
  }
}

/** Bytes that belong to files: a security descriptor, attributes, a reparse buffer. They follow the record. */
@unmanaged
export class Blob {
  place: u64;        // 0x00  where they stand in an image; 0: in none yet. For the format that is written
  next: Blob | null; // 0x08  of equal hash, among those of which equal ones are one
  length: u32;       // 0x0c

  get at(): usize {
    return changetype<usize>(this) + offsetof<Blob>();
  }
}
