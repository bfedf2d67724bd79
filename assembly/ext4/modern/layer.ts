/**
 * Profile modern: what an entry does to the tree. Every sound layer becomes the tree that it describes: the last entry of
 * a name counts, whatever stood there before, and parents are found through symbolic links as an unpacker would find them.
 *
 * Sources: OCI image specification, "Image Layer Filesystem Changeset"; POSIX.1-2001 pax(1); Linux, overlayfs.rst.
 */
import { ErrorCode } from "../../abi";
import { BlockStream } from "../../block-stream";
import { Literal } from "../../bytes/literal";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { Sink } from "../../sink";
import { Entry, EntryType } from "../../tree/entry";
import { Inode, Name } from "../../tree/inode";
import { CHARACTER_DEVICE, DIRECTORY, SYMBOLIC_LINK } from "../../tree/mode";
import { Path } from "../../tree/path";
import { Tree } from "../../tree/tree";
import { isOpaque, isWhiteout, WHITEOUT_PREFIX } from "../../tree/whiteout";
import { Ext4Layer } from "../ext4-layer";
import { MAX_NAME_LENGTH, ROOT_INODE } from "../format";
import { hidesName, setCounterpart } from "./counterpart";
import { InodeFiller } from "./filler";
import { HardLinks } from "./hard-links";
import { DirectoryMaker } from "./maker";
import { Resolver } from "./resolver";
import { Settings } from "./settings";
import { NameState, State } from "./state";
import { ModernWriter } from "./writer";

export const LOST_FOUND = new Literal("lost+found");
export const LOST_FOUND_MODE: u32 = DIRECTORY | 0o700;
/** What aufs leaves in a layer for itself. */
const AUFS_PREFIX = new Literal(".wh..wh.");
const SLASH: u8 = 0x2f;
const BACKSLASH: u8 = 0x5c;

export class ModernLayer extends Ext4Layer {
  protected tree: Tree;
  /** Of the layer: of its tree. */
  protected root: Inode;
  protected writer: ModernWriter;
  protected resolver: Resolver;
  protected links: HardLinks;
  protected filler: InodeFiller;
  protected path: Path = new Path();
  private targetPath: Path = new Path();
  private lostFound: Inode;
  /** Tells directories apart until they have their numbers. */
  private lastSerial: u32 = ROOT_INODE;

  constructor(sink: Sink, protected settings: Settings) {
    super();
    settings.check();
    const tree = new Tree(ROOT_INODE, settings.maxEntries);
    const writer = new ModernWriter(sink, tree, settings);
    const maker = new MissingDirectories();
    const resolver = new Resolver(tree, maker);
    const filler = new InodeFiller(tree, writer, settings);
    this.tree = tree;
    this.root = tree.root;
    this.writer = writer;
    this.resolver = resolver;
    this.links = new HardLinks(tree, resolver, filler.skipped);
    this.filler = filler;
    tree.root.mode = DIRECTORY | 0o755;
    settings.own(tree.root);
    this.lostFound = tree.root;
    maker.layer = this;
    if (!settings.isStacked) this.makeLostFound(tree.root, null);
  }

  /** e2fsck asks for it: where it is missing and the image full, a repair fails. */
  protected makeLostFound(root: Inode, gone: Name | null): void {
    const lostFound = this.makeInode(LOST_FOUND_MODE);
    this.lostFound = lostFound;
    this.writer.lostFound = lostFound;
    if (gone) this.replace(gone, lostFound);
    else this.insert(root, LOST_FOUND.at, LOST_FOUND.length, lostFound);
  }

  protected refuseLostFound(): void {
    this.refuse(ErrorCode.FailedPrecondition, this.path, "e2fsck needs it to be a directory");
  }

  /** What is not seen cannot be found to be zeros, and where the holes are must not depend on the machine. */
  get takesCopies(): bool {
    return false;
  }

  get stream(): BlockStream {
    return this.writer.stream;
  }

  entry(entry: Entry): bool {
    if (this.settings.convertSlash) {
      convertSlashes(entry.name, entry.nameLength);
      convertSlashes(entry.link, entry.linkLength);
    }
    const path = this.path;
    path.clean(entry.name, entry.nameLength);
    if (path.length == 0) return this.describeRoot(entry);
    const whiteout = isWhiteout(path.name, path.nameLength);
    if (whiteout) this.whiteoutCount++;
    if (this.settings.overlay) {
      if (this.isAufsOwn()) return false;
      if (whiteout) return this.whiteOut();
    }
    if (path.nameLength > MAX_NAME_LENGTH) this.refuseName(path, path.nameLength);
    const parent = this.resolver.makeParent(path);
    if (entry.type == EntryType.HardLink) this.link(parent, entry);
    else this.create(parent, entry);
    return entry.type != EntryType.HardLink && this.filler.wantsContent;
  }

  data(from: usize, length: u32): void {
    this.writer.content.data(from, length);
  }

  zeros(length: u64): void {
    this.writer.content.zeros(length);
  }

  endData(): void {
    this.writer.content.end();
  }

  end(): void {
    this.links.settle();
    this.writer.finish();
  }

  /** @returns false: it has no content */
  private describeRoot(entry: Entry): bool {
    if (entry.type != EntryType.Directory) this.refuse(ErrorCode.FailedPrecondition, this.path, "the root is a directory");
    this.filler.fill(this.root, entry, DIRECTORY, this.path, false);
    return false;
  }

  /** Makes what the entry describes, in the place of what has its name. */
  private create(parent: Inode, entry: Entry): void {
    const path = this.path;
    const type = entry.fileType;
    const name = this.tree.find(parent, path.name, path.nameLength);
    if (name && type == DIRECTORY && name.inode.isDirectory) {
      this.filler.fill(name.inode, entry, DIRECTORY, path, false); // what it holds it keeps
      return;
    }
    const inode = this.makeInode(0);
    this.filler.fill(inode, entry, type, path, this.isHidden(parent));
    this.bind(parent, name, inode);
  }

  /** Gives `inode` the name at `path`: a new one, or `name`, which is there already. */
  private bind(parent: Inode, name: Name | null, inode: Inode): Name {
    const path = this.path;
    if (!name) return this.insert(parent, path.name, path.nameLength, inode);
    this.replace(name, inode);
    return name;
  }

  private insert(parent: Inode, name: usize, length: u32, inode: Inode): Name {
    const made = this.tree.insert(parent, name, length, inode);
    if (inode.isDirectory) this.settleDirectory(made);
    return made;
  }

  /** A directory has got its name. */
  private settleDirectory(name: Name): void {
    name.inode.ownName = name;
    setCounterpart(this.tree, name);
  }

  /** Whether layers above hide what this one has at the path. */
  private isHidden(parent: Inode): bool {
    return hidesName(this.tree, parent, this.path.name, this.path.nameLength);
  }

  /** What had the name goes, with all that it held if it was a directory, but for what has other names too. */
  private replace(name: Name, inode: Inode): void {
    const old = name.inode;
    if (old === inode) return;
    if (old === this.lostFound) this.refuseLostFound();
    if (old.state & State.Whiteout) name.state |= <u8>NameState.WhitedOut;
    if (old.isDirectory || old.type == SYMBOLIC_LINK) this.resolver.forget();
    this.writer.hasGarbage = true;
    name.inode = inode;
    if (!inode.isDirectory) return;
    this.settleDirectory(name);
    if (name.state & NameState.WhitedOut) hideBelow(inode);
  }

  protected makeInode(mode: u32): Inode {
    const inode = this.tree.makeInode(++this.lastSerial);
    inode.mode = mode;
    this.settings.own(inode);
    return inode;
  }

  /** A directory that no entry described: as unpackers make them, but at no time of ours. */
  makeMissing(parent: Inode, gone: Name | null, name: usize, length: u32, path: Path): Inode {
    if (length > MAX_NAME_LENGTH) this.refuseName(path, length);
    const inode = this.makeInode(DIRECTORY | 0o755);
    inode.state = State.Implied;
    if (gone) this.replace(gone, inode);
    else this.insert(parent, name, length, inode);
    return inode;
  }

  /** One more name for what is at the target, or will be: symbolic links themselves have names, and are not followed. */
  private link(parent: Inode, entry: Entry): void {
    const path = this.path;
    const target = this.targetPath;
    target.clean(entry.link, entry.linkLength);
    const found = this.resolver.find(target);
    const own = this.tree.find(parent, path.name, path.nameLength);
    if (found && (found.inode.state & State.Whiteout) == 0) {
      if (found.inode.isDirectory) this.refuseLink("a directory cannot have a hard link");
      if (found !== own) this.linkTo(found.inode, parent, own);
      return;
    }
    if (target.length == 0) this.refuseLink("a directory cannot have a hard link");
    const standIn = this.makeInode(0);
    standIn.state = this.isHidden(parent) ? State.Awaited : State.Awaited | State.Wanted;
    this.links.await(this.bind(parent, own, standIn), standIn, path, target);
  }

  private linkTo(inode: Inode, parent: Inode, own: Name | null): void {
    if ((inode.state & (State.Skipped | State.Awaited)) == 0) {
      this.bind(parent, own, inode);
      return;
    }
    const isSeen = !this.isHidden(parent);
    const name = this.bind(parent, own, inode);
    if (inode.state & State.Awaited) this.links.awaitToo(name, inode, this.path, isSeen);
    else if (isSeen) this.filler.skipped.want(inode);
  }

  /** Whether the entry is for aufs alone: it, or a part of its path, has a name that only aufs gives. */
  private isAufsOwn(): bool {
    const path = this.path;
    const end = path.at + path.length;
    for (let at = path.at; at < end; ) {
      const part = at;
      while (at < end && load<u8>(at) != SLASH) at++;
      const length = <u32>(at - part);
      if (isWhiteout(part, length)) {
        if (AUFS_PREFIX.startsOf(part, length) && !(at == end && isOpaque(part, length))) return true;
        if (at < end) this.refuse(ErrorCode.FailedPrecondition, path, "a whiteout on the way holds nothing");
      }
      at++;
    }
    return false;
  }

  /** @returns false: it has no content */
  private whiteOut(): bool {
    const path = this.path;
    // A file where a directory was, and what that held listed as deleted: the file says so already.
    if (this.resolver.leadsThroughFile(path)) return false;
    const parent = this.resolver.makeParent(path);
    if (isOpaque(path.name, path.nameLength)) {
      parent.state |= State.Opaque;
      return false;
    }
    const hidden = path.name + WHITEOUT_PREFIX.length;
    const length = path.nameLength - WHITEOUT_PREFIX.length;
    if (isNoName(hidden, length)) this.refuse(ErrorCode.Corrupt, path, "a whiteout of no name");
    if (length > MAX_NAME_LENGTH) this.refuseName(path, length);
    const name = this.tree.find(parent, hidden, length);
    if (!name) {
      const inode = this.makeInode(CHARACTER_DEVICE);
      inode.state = State.Whiteout;
      this.insert(parent, hidden, length, inode);
      return false;
    }
    // The layer's own entry is what the layer has, wherever the two stand.
    name.state |= <u8>NameState.WhitedOut;
    if (name.inode.isDirectory) hideBelow(name.inode);
    return false;
  }

  private refuseName(path: Path, length: u32): void {
    this.refuse(ErrorCode.OutOfRange, path, `name of ${length} bytes is past the limit of ${MAX_NAME_LENGTH}`);
  }

  private refuseLink(why: string): void {
    const target = this.targetPath;
    this.refuse(ErrorCode.FailedPrecondition, this.path, `hard link to "${quote(target.at, target.length)}": ${why}`);
  }

  protected refuse(code: ErrorCode, path: Path, why: string): void {
    fail(code, `ext4: "${quote(path.at, path.length)}": ${why}`);
  }
}

/** The resolver asks for directories, the layer makes them. */
class MissingDirectories extends DirectoryMaker {
  layer: ModernLayer | null = null;

  makeMissing(parent: Inode, gone: Name | null, name: usize, length: u32, path: Path): Inode {
    return (this.layer as ModernLayer).makeMissing(parent, gone, name, length, path);
  }
}

/** Layers below have the name of `directory` too, and none of what they have is to be seen. */
function hideBelow(directory: Inode): void {
  directory.state = (directory.state | State.Opaque) & ~State.Implied;
}

/** Nothing, `.` and `..` are no names of files. */
function isNoName(name: usize, length: u32): bool {
  if (length > 2) return false;
  for (let i: u32 = 0; i < length; i++) if (load<u8>(name + i) != 0x2e) return false;
  return true;
}

function convertSlashes(from: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(from + i) == BACKSLASH) store<u8>(from + i, SLASH);
}
