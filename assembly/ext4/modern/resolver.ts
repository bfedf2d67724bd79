/** Finds what a path of a layer leads to: through the symbolic links of its tree, and never out of its root. */
import { ErrorCode } from "../../abi";
import { ByteBuffer } from "../../bytes/memory";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { Inode, Name } from "../../tree/inode";
import { SYMBOLIC_LINK } from "../../tree/mode";
import { Path } from "../../tree/path";
import { Tree } from "../../tree/tree";
import { DirectoryMaker } from "./maker";
import { State } from "./state";

/** Links that a path may lead through: the kernel's own limit. */
const MAX_HOPS: u32 = 40;
/**
 * Bytes of links that all paths together may lead through: 16 for each of 16 million. A path of a few bytes may lead through
 * 160 KB, of 80,000 directories: a million of those would never end.
 */
const MAX_LINK_BYTES: u64 = 256 * 1024 * 1024;
const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

export class Resolver {
  // What is left of a path behind a symbolic link; two, as one is made of the other.
  private rest: ByteBuffer = new ByteBuffer();
  private spare: ByteBuffer = new ByteBuffer();
  // The parent of the path before: layers list the files of a directory together.
  private known: ByteBuffer = new ByteBuffer();
  private knownDirectory: Inode;
  private isKnown: bool = false;
  /** Bytes of symbolic links that paths led through, of all layers. */
  private linkBytes: u64 = 0;
  /** Of the layer. */
  private root: Inode;
  /** After `find` found nothing: whether the layer hides what layers below have at the path. */
  isHidden: bool = false;
  /** After `walk` found nothing: whether that is for a part which is there, and no directory. */
  private isCutOff: bool = false;

  constructor(private tree: Tree, private maker: DirectoryMaker) {
    this.root = tree.root;
    this.knownDirectory = tree.root;
  }

  /** Paths are those of another layer. */
  begin(root: Inode): void {
    this.root = root;
    this.isKnown = false;
  }

  /** A name stands for something else than it did. */
  forget(): void {
    this.isKnown = false;
  }

  /** The directory that holds, or will hold, the last part of `path`. What is missing of it is made. @fails as `walk` */
  makeParent(path: Path): Inode {
    const length = path.parentLength;
    if (length == 0) return this.root;
    const known = this.known;
    const isKnown = this.isKnown && known.length == length && memory.compare(known.at, path.at, length) == 0;
    if (isKnown) return this.knownDirectory;
    const directory = this.walk(path, length, true) as Inode;
    known.clear();
    known.append(path.at, length);
    this.knownDirectory = directory;
    this.isKnown = true;
    return directory;
  }

  /** Whether something on the way to the last part of `path` is there and no directory. @fails as `find` */
  leadsThroughFile(path: Path): bool {
    return !this.walk(path, path.parentLength, false) && this.isCutOff;
  }

  /** The name at `path`, whose last part is not followed; null when there is none. @fails as `walk` */
  find(path: Path): Name | null {
    if (path.length == 0) return null;
    const directory = this.walk(path, path.parentLength, false);
    if (!directory) return null;
    const name = this.tree.find(directory, path.name, path.nameLength);
    if (!name) this.isHidden = this.isHidden || isWithinOpaque(directory);
    return name;
  }

  /**
   * @returns the directory at the first `length` bytes of `path`; if not `make`, null where it is missing
   * @fails FailedPrecondition  symbolic links lead in a circle, or a part is no directory and `make` is set
   * @fails OutOfRange          all paths together lead through more of links than MAX_LINK_BYTES
   */
  private walk(path: Path, length: u32, make: bool): Inode | null {
    let directory = this.root;
    let at = path.at;
    let end = at + length;
    let hops: u32 = 0;
    this.isHidden = false;
    this.isCutOff = false;
    while (true) {
      while (at < end && load<u8>(at) == SLASH) at++;
      if (at == end) return directory;
      const part = at;
      while (at < end && load<u8>(at) != SLASH) at++;
      const partLength = <u32>(at - part);
      if (isDot(part, partLength)) continue;
      if (isDotDot(part, partLength)) {
        const own = directory.ownName;
        if (own) directory = own.parent;
        continue;
      }
      const name = this.tree.find(directory, part, partLength);
      if (!name && !make) {
        this.isHidden = this.isHidden || isWithinOpaque(directory);
        return null;
      }
      const isThere = name ? !make || (name.inode.state & State.Whiteout) == 0 : false;
      const inode = isThere ? (name as Name).inode : this.maker.makeMissing(directory, name, part, partLength, path);
      if (inode.isDirectory) {
        directory = inode;
      } else if (inode.type == SYMBOLIC_LINK) {
        if (++hops > MAX_HOPS) refuse(ErrorCode.FailedPrecondition, path, `more than ${MAX_HOPS} symbolic links on the way`);
        this.linkBytes += inode.size;
        if (this.linkBytes > MAX_LINK_BYTES) refuse(ErrorCode.OutOfRange, path, "too many paths lead through long symbolic links");
        this.isHidden = true; // a link stands where they may have a directory
        this.putBefore(inode, at, <u32>(end - at));
        at = this.rest.at;
        end = at + this.rest.length;
        if (load<u8>(at) == SLASH) directory = this.root;
      } else if (make) {
        refuse(ErrorCode.FailedPrecondition, path, `"${quote(part, partLength)}" on the way is no directory`);
      } else {
        this.isHidden = true;
        this.isCutOff = (inode.state & State.Whiteout) == 0;
        return null;
      }
    }
  }

  /** Fills `rest` with the link's target and the `length` bytes at `from`, which may stand in `rest` itself. */
  private putBefore(link: Inode, from: usize, length: u32): void {
    const spare = this.spare;
    spare.clear();
    spare.append(link.content, <u32>link.size);
    spare.append(from, length); // it begins with a slash, or is empty
    this.spare = this.rest;
    this.rest = spare;
  }
}

/** Whether layers below are hidden in `directory`. */
function isWithinOpaque(directory: Inode): bool {
  while ((directory.state & State.Opaque) == 0) {
    const own = directory.ownName;
    if (!own) return false;
    directory = own.parent;
  }
  return true;
}

function isDot(part: usize, length: u32): bool {
  return length == 1 && load<u8>(part) == DOT;
}

function isDotDot(part: usize, length: u32): bool {
  return length == 2 && load<u8>(part) == DOT && load<u8>(part + 1) == DOT;
}

function refuse(code: ErrorCode, path: Path, why: string): void {
  fail(code, `ext4: "${quote(path.at, path.length)}": ${why}`);
}
