/** A walk over a tree of Windows: each directory before what is in it, names in the order of their upper case. */
import { ErrorCode } from "../../abi";
import { ByteBuffer } from "../../bytes/memory";
import { quote } from "../../bytes/quote";
import { appendUtf8 } from "../../bytes/utf16";
import { fail } from "../../host";
import { IdTable } from "../id-table";
import { isFileName } from "./file-name";
import { WindowsNameStack } from "./name-stack";
import { WindowsTreeReader } from "./tree-reader";

const SLASH: u8 = 0x2f;
const BACKSLASH: u16 = 0x5c;
/** Source: Microsoft, "Naming Files, Paths, and Namespaces". */
const MAX_PATH_UNITS: u32 = 32_767;

/**
 *     walk.start(tree.root);
 *     while (walk.next()) … walk.path, walk.tree.metadata … walk.skip() …
 *
 * Paths can be trusted: each name is one that a file of Windows may have, so that none leads out of a folder.
 */
export class WindowsTreeWalk {
  /** In UTF-8, from where the walk started; that itself has an empty one. Slashes between names, none at either end. */
  readonly path: ByteBuffer = new ByteBuffer();
  /** The same in UTF-16, with backslashes. */
  readonly wide: ByteBuffer = new ByteBuffer();
  /** Where the last name begins in `path`, and in `wide`. Bytes. */
  nameAt: u32 = 0;
  wideNameAt: u32 = 0;
  /** Directories that it is in. */
  depth: u32 = 0;
  /** The file at hand. It is open in `tree`, unless the caller opened another. */
  id: u32 = 0;
  /** Whether it has names in it: not of a link to a directory. */
  isDirectory: bool = false;
  private names: WindowsNameStack;
  /** Directories that were met: one with two names would make the tree endless. */
  private seen: IdTable = new IdTable();
  private isStarted: bool = false;
  /** Whether the names in the file at hand come next. */
  private descends: bool = false;

  /** @param upcase  the table that names are sorted by */
  constructor(readonly tree: WindowsTreeReader, upcase: usize) {
    this.names = new WindowsNameStack(upcase);
  }

  /** @param id  a directory, which comes first */
  start(id: u32): void {
    this.tree.beginWalk();
    this.seen = new IdTable();
    this.names.clear();
    this.path.clear();
    this.wide.clear();
    this.id = id;
    this.isStarted = false;
  }

  /** Goes to the next file, and opens it. @returns whether there is one; @fails Corrupt, Unsupported */
  next(): bool {
    if (!this.isStarted) {
      this.isStarted = true;
      this.depth = 0;
      this.nameAt = 0;
      this.wideNameAt = 0;
      this.open();
      return true;
    }
    if (this.descends) this.descend();
    while (this.names.depth > 0) {
      this.path.length = this.nameAt;
      this.wide.length = this.wideNameAt;
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

  /** The last name, in UTF-8. */
  get name(): usize {
    return this.path.at + this.nameAt;
  }

  get nameLength(): u32 {
    return this.path.length - this.nameAt;
  }

  private take(): void {
    const name = this.names.name;
    const units = this.names.nameUnits;
    const isSound = appendUtf8(name, units, this.path);
    this.wide.append(name, 2 * units);
    this.id = this.names.child;
    if (!isFileName(name, units)) this.refuse(ErrorCode.Corrupt, "a name that no file may have");
    if (!isSound) this.refuse(ErrorCode.Unsupported, "half a surrogate pair in the name, which UTF-8 cannot say");
    if (this.wide.length > 2 * MAX_PATH_UNITS) this.refuse(ErrorCode.Corrupt, `a path of more than ${MAX_PATH_UNITS} units`);
    this.open();
  }

  private open(): void {
    const tree = this.tree;
    tree.open(this.id);
    this.isDirectory = tree.isDirectory && tree.metadata.reparseLength == 0;
    this.descends = this.isDirectory;
    if (!tree.isDirectory) return;
    if (this.seen.get(this.id) != 0) this.refuse(ErrorCode.Corrupt, `directory ${this.id} has another name already`);
    this.seen.set(this.id, 1);
    if (this.isDirectory) return;
    tree.startNames();
    if (tree.nextName()) this.refuse(ErrorCode.Unsupported, "has a reparse point, and names in it");
  }

  private descend(): void {
    this.reopen();
    const hasTwins = this.names.push(this.tree);
    if (this.path.length > 0) {
      this.path.appendByte(SLASH);
      this.wide.reserve(this.wide.length + 2);
      store<u16>(this.wide.at + this.wide.length, BACKSLASH);
      this.wide.length += 2;
    }
    this.nameAt = this.path.length;
    this.wideNameAt = this.wide.length;
    this.depth++;
    if (!hasTwins) return;
    appendUtf8(this.names.name, this.names.nameUnits, this.path);
    this.refuse(ErrorCode.Corrupt, "the directory has that name twice, but for case");
  }

  /** Back to the directory above. The path is that of its names, with the slash. */
  private ascend(): void {
    this.names.pop();
    this.depth--;
    let at = this.nameAt > 0 ? this.nameAt - 1 : 0; // the slash
    while (at > 0 && load<u8>(this.path.at + at - 1) != SLASH) at--;
    this.nameAt = at;
    let wideAt = this.wideNameAt > 0 ? this.wideNameAt - 2 : 0;
    while (wideAt > 0 && load<u16>(this.wide.at + wideAt - 2) != BACKSLASH) wideAt -= 2;
    this.wideNameAt = wideAt;
  }

  private refuse(code: ErrorCode, what: string): void {
    fail(code, `tree: ${quote(this.path.at, this.path.length)}: ${what}`);
  }
}
