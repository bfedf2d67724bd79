/**
 * The tree that layers of Windows describe. Names are UTF-16 and are found whatever their case.
 *
 * Metadata alone, some 200 bytes a file: contents are in a ContentStore, of which the tree keeps where they stand.
 */
import { ErrorCode } from "../../abi";
import { Arena, ByteBuffer } from "../../bytes/memory";
import { sipHash } from "../../bytes/siphash";
import { fail } from "../../host";
import { DIRECTORY } from "./attributes";
import { BlobTable, makeBlob } from "./blob-table";
import { Blob, WindowsFile, WindowsName, WindowsStream } from "./file";
import { WindowsMetadata } from "./metadata";
import { WindowsNameTable } from "./name-table";

const SEGMENT_SIZE: usize = 256 * 1024;

export class WindowsTree {
  readonly root: WindowsFile;
  private arena: Arena;
  private names: WindowsNameTable;
  private descriptors: BlobTable;
  /** Of a stream's name. */
  private upperName: ByteBuffer = new ByteBuffer();

  /**
   * @param upcase      upper case of each unit, 65,536 u16
   * @param maxEntries  names that the tree may have
   */
  constructor(readonly upcase: usize, private maxEntries: u32) {
    const arena = new Arena(SEGMENT_SIZE);
    const root = changetype<WindowsFile>(arena.take(offsetof<WindowsFile>()));
    root.attributes = DIRECTORY;
    this.arena = arena;
    this.root = root;
    this.names = new WindowsNameTable(upcase);
    this.descriptors = new BlobTable(arena);
  }

  /** Names that there are. */
  get nameCount(): u32 {
    return this.names.count;
  }

  /** A fresh file, all zero, that has no name yet. */
  makeFile(): WindowsFile {
    return changetype<WindowsFile>(this.arena.take(offsetof<WindowsFile>()));
  }

  /** Takes over all that `metadata` says, in place of what was known. A directory stays one. */
  describe(file: WindowsFile, metadata: WindowsMetadata): void {
    file.attributes = metadata.attributes | (file.attributes & DIRECTORY);
    file.creationTime = metadata.creationTime;
    file.lastWriteTime = metadata.lastWriteTime;
    file.changeTime = metadata.changeTime;
    file.lastAccessTime = metadata.lastAccessTime;
    const length = metadata.securityDescriptorLength;
    file.securityDescriptor = length > 0 ? this.descriptor(metadata.securityDescriptor, length) : null;
    file.eas = this.keep(metadata.eas, metadata.easLength);
    file.reparse = this.keep(metadata.reparse, metadata.reparseLength);
  }

  /** The one security descriptor of these bytes. */
  descriptor(from: usize, length: u32): Blob {
    return this.descriptors.get(from, length);
  }

  /** The name in that directory, in whatever case. */
  find(directory: WindowsFile, name: usize, units: u32): WindowsName | null {
    return this.names.find(directory, name, units);
  }

  /**
   * Gives `file` the name, which the directory must not have yet in any case.
   *
   * @param units  at most 255; whoever inserts sees to it
   * @fails OutOfRange  the tree has its most names already
   */
  insert(directory: WindowsFile, name: usize, units: u32, file: WindowsFile): WindowsName {
    if (this.names.count >= this.maxEntries) {
      fail(ErrorCode.OutOfRange, `tree: more than ${this.maxEntries} names, the limit for entries`);
    }
    const entry = changetype<WindowsName>(this.arena.take(offsetof<WindowsName>() + 2 * units));
    entry.parent = directory;
    entry.file = file;
    entry.units = <u16>units;
    memory.copy(entry.at, name, 2 * units);

    const first = directory.firstName;
    entry.next = first;
    if (first) first.previous = entry;
    directory.firstName = entry;
    if (file.isDirectory) file.ownName = entry;
    file.linkCount++;
    this.names.add(entry);
    return entry;
  }

  /** Takes the name away, and of a directory all that is in it. Files that have other names keep those. */
  remove(name: WindowsName): void {
    let at = name;
    while (true) {
      const inner = at.file.isDirectory ? at.file.firstName : null;
      if (inner) {
        at = inner;
        continue;
      }
      const above = at.parent.ownName;
      this.unlink(at);
      if (at === name) return;
      at = above as WindowsName; // what was in the directory that goes has its name above it
    }
  }

  /** Gives the name to another file. What had it was no directory, or an empty one. */
  assign(name: WindowsName, file: WindowsFile): void {
    name.file.linkCount--;
    name.file = file;
    file.linkCount++;
    if (file.isDirectory) file.ownName = name;
  }

  /** Spells the name as the units at `from`, which differ from it in case at most. */
  respell(name: WindowsName, from: usize): void {
    memory.copy(name.at, from, 2 * <usize>name.units);
  }

  /** A stream of that name, which replaces one that differs in case at most. */
  addStream(file: WindowsFile, name: usize, units: u32): WindowsStream {
    this.removeStream(file, name, units);
    return this.insertStream(file, name, units);
  }

  /** A stream of that name, which the file must not have yet in any case. */
  insertStream(file: WindowsFile, name: usize, units: u32): WindowsStream {
    const stream = changetype<WindowsStream>(this.arena.take(offsetof<WindowsStream>() + 2 * units));
    stream.units = <u16>units;
    stream.hash = this.hash(name, units);
    memory.copy(stream.at, name, 2 * units);
    stream.next = file.firstStream;
    file.firstStream = stream;
    return stream;
  }

  private removeStream(file: WindowsFile, name: usize, units: u32): void {
    let before: WindowsStream | null = null;
    let stream = file.firstStream;
    const hash = this.hash(name, units); // names may differ in their last unit alone, ten thousand of them
    while (stream) {
      if (stream.hash == hash && stream.units == units && this.equalUpper(stream.at, name, units)) {
        if (before) before.next = stream.next;
        else file.firstStream = stream.next;
        return;
      }
      before = stream;
      stream = stream.next;
    }
  }

  private equalUpper(a: usize, b: usize, units: u32): bool {
    for (let i: u32 = 0; i < 2 * units; i += 2) if (this.upper(a + i) != this.upper(b + i)) return false;
    return true;
  }

  private hash(name: usize, units: u32): u32 {
    const upper = this.upperName;
    upper.reserve(2 * units);
    for (let i: u32 = 0; i < 2 * units; i += 2) store<u16>(upper.at + i, this.upper(name + i));
    return <u32>sipHash(0, 0, upper.at, 2 * units);
  }

  private upper(at: usize): u16 {
    return load<u16>(this.upcase + 2 * <usize>load<u16>(at));
  }

  private unlink(name: WindowsName): void {
    this.names.remove(name);
    const previous = name.previous;
    const next = name.next;
    if (previous) previous.next = next;
    else name.parent.firstName = next;
    if (next) next.previous = previous;
    name.file.linkCount--;
  }

  private keep(from: usize, length: u32): Blob | null {
    return length > 0 ? makeBlob(this.arena, from, length) : null;
  }
}
