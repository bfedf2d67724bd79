/** A walk over a tree: each directory before what is in it, names in the order of their bytes. */
import { ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { IdTable } from "./id-table";
import { NameStack } from "./name-stack";
import { TreeReader } from "./tree-reader";

const SLASH: u8 = 0x2f;

/**
 *     walk.start(tree.root);
 *     while (walk.next()) … walk.path, walk.tree.mode … walk.skip() …
 */
export class TreeWalk {
  /** From where the walk started; that itself has an empty one. Without a slash at either end. */
  readonly path: ByteBuffer = new ByteBuffer();
  /** Offset of the last part. */
  nameAt: u32 = 0;
  /** Directories that it is in. */
  depth: u32 = 0;
  /** The file at hand. It is open in `tree`, unless the caller opened another. */
  id: u64 = 0;
  isDirectory: bool = false;
  private names: NameStack = new NameStack();
  /** Directories that were met: one with two names would make the tree endless. */
  private seen: IdTable = new IdTable();
  private isStarted: bool = false;
  /** Whether the names in the file at hand come next. */
  private descends: bool = false;

  constructor(readonly tree: TreeReader) {}

  /** @param id  a directory, which comes first */
  start(id: u64): void {
    this.tree.beginWalk();
    this.seen = new IdTable();
    this.names.clear();
    this.path.clear();
    this.id = id;
    this.isStarted = false;
  }

  /** Goes to the next file, and opens it. @returns whether there is one; @fails Corrupt, Unsupported */
  next(): bool {
    if (!this.isStarted) {
      this.isStarted = true;
      this.depth = 0;
      this.nameAt = 0;
      this.open();
      return true;
    }
    if (this.descends) this.descend();
    while (this.names.depth > 0) {
      this.path.length = this.nameAt;
      if (this.names.next()) {
        this.take();
        return true;
      }
      this.ascend();
    }
    return false;
  }

  /** What is in the directory at hand is not wanted. */
  skip(): void {
    this.descends = false;
  }

  /** Opens the file at hand once more, if the caller opened another. */
  reopen(): void {
    if (this.tree.id != this.id) this.tree.open(this.id);
  }

  get name(): usize {
    return this.path.at + this.nameAt;
  }

  get nameLength(): u32 {
    return this.path.length - this.nameAt;
  }

  /** The directory that has the file at hand, which is not the one where the walk started. */
  get parent(): u64 {
    return this.names.directory;
  }

  private take(): void {
    this.path.append(this.names.name, this.names.nameLength);
    this.id = this.names.child;
    this.open();
  }

  private open(): void {
    const tree = this.tree;
    tree.open(this.id);
    this.isDirectory = tree.isDirectory;
    this.descends = this.isDirectory;
    if (!this.isDirectory) return;
    if (this.seen.get(this.id) != 0) {
      const path = quote(this.path.at, this.path.length);
      fail(ErrorCode.Corrupt, `tree: ${path}: directory ${this.id} has another name already`);
    }
    this.seen.set(this.id, 1);
  }

  private descend(): void {
    this.reopen();
    this.names.push(this.tree);
    if (this.path.length > 0) this.path.appendByte(SLASH);
    this.nameAt = this.path.length;
    this.depth++;
  }

  /** Back to the directory above. The path is that of its names, with the slash. */
  private ascend(): void {
    this.names.pop();
    this.depth--;
    let at = this.nameAt > 0 ? this.nameAt - 1 : 0; // the slash
    while (at > 0 && load<u8>(this.path.at + at - 1) != SLASH) at--;
    this.nameAt = at;
  }
}
