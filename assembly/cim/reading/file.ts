/** A file: what its record says, and where that leads. Source: hcsshim, internal/cimfs/format/format.go. */
import { allocate } from "../../bytes/memory";
import {
  ARCHIVE, DIRECTORY, HIDDEN, READONLY, REPARSE_POINT, SPARSE_FILE, SYSTEM,
} from "../../tree/windows/attributes";
import { FileFlag, FileRecord, StreamType } from "../format";
import { isKnown, lengthOf, typeOf } from "./content";
import { FileTables } from "./file-tables";
import { describeOffset, Regions } from "./regions";

const MAX_BLOB: u32 = 0xffff;

/** Opened again and again; what it says holds until the next time. */
export class File {
  id: u32 = 0;
  /** As it stands on disk: region offsets and all. A copy. */
  readonly record: FileRecord = changetype<FileRecord>(allocate(offsetof<FileRecord>()));
  /** Where blobs are put when they are read, and their lengths; 0: there is none. */
  readonly securityDescriptor: usize = allocate(MAX_BLOB);
  securityDescriptorLength: u32 = 0;
  readonly eas: usize = allocate(MAX_BLOB);
  easLength: u32 = 0;
  readonly reparse: usize = allocate(MAX_BLOB);
  reparseLength: u32 = 0;
  /** Most files have the descriptor of the one before. */
  private descriptorOffset: u64 = 0;

  constructor(private regions: Regions, private tables: FileTables) {}

  /** @fails Corrupt  there is no such file */
  open(id: u32): void {
    this.id = 0; // until all has gone well
    this.tables.read(id);
    memory.copy(changetype<usize>(this.record), changetype<usize>(this.tables.record), offsetof<FileRecord>());
    this.id = id;
  }

  get isDirectory(): bool {
    const type = this.record.dataLengthAndType;
    return typeOf(type) == StreamType.LinkTable && isKnown(type);
  }

  get hasReparse(): bool {
    return this.record.reparseOffset != 0;
  }

  /** Bytes of the content; 0 for a directory. */
  get size(): u64 {
    return this.isDirectory ? 0 : lengthOf(this.record.dataLengthAndType);
  }

  /** As tree/windows/attributes has them. No more than these can be said. */
  get attributes(): u32 {
    const flags = this.record.flags;
    let attributes: u32 = 0;
    if (flags & FileFlag.ReadOnly) attributes |= READONLY;
    if (flags & FileFlag.Hidden) attributes |= HIDDEN;
    if (flags & FileFlag.System) attributes |= SYSTEM;
    if (flags & FileFlag.Archive) attributes |= ARCHIVE;
    if (flags & FileFlag.Sparse) attributes |= SPARSE_FILE;
    if (this.isDirectory) attributes |= DIRECTORY;
    if (this.hasReparse) attributes |= REPARSE_POINT;
    return attributes;
  }

  /** @fails Corrupt */
  readSecurityDescriptor(): void {
    const offset = this.record.sdOffset;
    if (offset != 0 && offset == this.descriptorOffset) return;
    this.descriptorOffset = 0;
    this.securityDescriptorLength = this.readCounted("security descriptor", offset, this.securityDescriptor);
    this.descriptorOffset = offset;
  }

  /** @fails Corrupt */
  readEas(): void {
    this.easLength = 0;
    const length: u32 = this.record.eaLength;
    if (length == 0) return;
    this.readBlob("extended attributes", this.record.eaOffset, this.eas, length);
    this.easLength = length;
  }

  /** @fails Corrupt */
  readReparse(): void {
    this.reparseLength = this.readCounted("reparse data", this.record.reparseOffset, this.reparse);
  }

  /** @returns bytes */
  private readCounted(what: string, offset: u64, to: usize): u32 {
    if (offset == 0) return 0;
    if (!this.regions.holds(offset, 2)) this.refuse(what, 2, offset);
    const length = this.regions.u16At(offset);
    if (length > 0) this.readBlob(what, offset + 2, to, length);
    return length;
  }

  private readBlob(what: string, offset: u64, to: usize, length: u32): void {
    if (!this.regions.holds(offset, length)) this.refuse(what, length, offset);
    this.regions.copy(offset, to, length);
  }

  private refuse(what: string, length: u32, offset: u64): void {
    this.regions.corrupt(
      `file ${this.id}: ${what}: ${length} bytes at ${describeOffset(offset)}, where there are not as many`,
    );
  }
}
