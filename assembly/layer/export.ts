/** A tree, or a directory of it, as a layer. */
import { ErrorCode, Whiteouts } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Sink } from "../sink";
import { IdTable } from "../tree/id-table";
import { CHARACTER_DEVICE } from "../tree/mode";
import { TreeReader } from "../tree/tree-reader";
import { TreeWalk } from "../tree/tree-walk";
import { isWhiteout, OVERLAY_NOTES, OVERLAY_OPAQUE, OVERLAY_PREFIX, YES } from "../tree/whiteout";
import { XattrList } from "../tree/xattr-list";
import { Archiver } from "./archiver";
import { PostponedFiles } from "./postponed";

const enum Phase {
  /** Finds out whether contents stand on disk in the order of names. */
  Survey,
  Names,
  Contents,
  /** Directories of files that came late, once more. */
  Directories,
}

/**
 *     const exporter = new Exporter(tree, tree.root, whiteouts, sink);
 *     while (exporter.step()) …
 *
 * Entries come directory by directory, each before what is in it, names in the order of their bytes. But where a filesystem
 * that nobody has changed has contents in another order, files with content come after all else, in the order of their
 * contents: who converts the archive back puts each where it was. Then their directories are listed once more, as GNU tar
 * sets the times of one when it leaves it first.
 */
export class Exporter {
  readonly archiver: Archiver;
  /** Overlayfs' signs that something below is gone, converted or not. */
  whiteoutCount: u64 = 0;
  private walk: TreeWalk;
  private phase: Phase = Phase.Survey;
  /** Where the content begins that was met last. */
  private place: u64 = 0;
  private isOrdered: bool = true;
  private met: IdTable = new IdTable();
  private postponed: PostponedFiles = new PostponedFiles();
  /** Directories of postponed files. */
  private again: IdTable = new IdTable();
  private path: ByteBuffer = new ByteBuffer();
  private hasContent: bool = false;

  /** @param root  a directory of the tree, which becomes the root of the layer */
  constructor(private tree: TreeReader, private root: u64, private whiteouts: Whiteouts, sink: Sink) {
    this.archiver = new Archiver(sink);
    this.walk = new TreeWalk(tree);
    this.begin(tree.isAsMade ? Phase.Survey : Phase.Names);
  }

  /** Looks at a file, or writes the next piece. @returns whether there is more; @fails Corrupt, Unsupported, OutOfRange */
  step(): bool {
    if (this.hasContent) {
      this.hasContent = this.archiver.step();
      return true;
    }
    switch (this.phase) {
      case Phase.Survey:
        this.survey();
        return true;
      case Phase.Names:
        return this.writeByName();
      case Phase.Contents:
        this.writeByPlace();
        return true;
      default:
        return this.writeAgain();
    }
  }

  private begin(phase: Phase): void {
    this.phase = phase;
    if (phase != Phase.Contents) this.walk.start(this.root);
  }

  private finish(): bool {
    this.archiver.finish();
    return false;
  }

  private survey(): void {
    const isLast = !this.walk.next();
    const place = isLast ? 0 : this.tree.place;
    if (place != 0 && !this.wasMet()) {
      this.isOrdered = place > this.place;
      this.place = place;
    }
    if (isLast || !this.isOrdered) this.begin(Phase.Names);
  }

  /** Whether the file was met under another name. */
  private wasMet(): bool {
    if (this.tree.linkCount < 2) return false;
    const wasMet = this.met.get(this.tree.id) != 0;
    this.met.set(this.tree.id, 1);
    return wasMet;
  }

  private writeByName(): bool {
    const tree = this.tree;
    const walk = this.walk;
    if (!walk.next()) {
      if (this.isOrdered) return this.finish();
      this.postponed.sort();
      this.begin(Phase.Contents);
      return true;
    }
    const isInRoot = walk.depth == 1 && this.root == tree.root;
    if (isInRoot && tree.isImplied(walk.name, walk.nameLength)) {
      walk.skip();
      return true;
    }
    const place = this.isOrdered ? 0 : tree.place;
    if (place == 0) this.write();
    else {
      this.postponed.add(place, walk.id, walk.path);
      this.again.set(walk.parent, 1);
    }
    return true;
  }

  private writeByPlace(): void {
    const file = this.postponed.next();
    if (!file) return this.begin(Phase.Directories);
    this.path.clear();
    this.path.append(file.path, file.pathLength);
    this.tree.open(file.id);
    this.archiver.xattrs.take(this.tree);
    if (this.whiteouts == Whiteouts.Overlay) dropNotes(this.archiver.xattrs, this.path, false);
    this.hasContent = this.archiver.begin(this.tree, this.path);
  }

  private writeAgain(): bool {
    if (!this.walk.next()) return this.finish();
    if (this.walk.isDirectory && this.again.get(this.walk.id) != 0) this.write();
    return true;
  }

  private write(): void {
    const tree = this.tree;
    const path = this.walk.path;
    const archiver = this.archiver;
    const converts = this.whiteouts == Whiteouts.Overlay;
    const isDevice = isWhiteoutDevice(tree);
    if (isDevice) this.whiteoutCount++;
    if (isDevice && converts) return archiver.whiteout(path, this.walk.nameAt);
    if (converts && isWhiteout(this.walk.name, this.walk.nameLength)) {
      fail(ErrorCode.Unsupported, `export: ${quote(path.at, path.length)}: a layer cannot hold a name that begins with .wh.`);
    }
    archiver.xattrs.take(tree);
    const isOpaque = tree.isDirectory && archiver.xattrs.has(OVERLAY_OPAQUE, YES);
    if (isOpaque && this.phase == Phase.Names) this.whiteoutCount++;
    if (converts) dropNotes(archiver.xattrs, path, isOpaque);
    this.hasContent = archiver.begin(tree, path);
    if (isOpaque && converts) archiver.opaque(path);
  }
}

/** What overlayfs takes for a sign that a name below is gone. */
function isWhiteoutDevice(tree: TreeReader): bool {
  return tree.type == CHARACTER_DEVICE && tree.deviceMajor == 0 && tree.deviceMinor == 0;
}

/**
 * Takes out what overlayfs noted for itself in the attributes of a file.
 *
 * @fails Unsupported  a note by which the file is something else than it shows: a layer cannot say it
 */
function dropNotes(xattrs: XattrList, path: ByteBuffer, isOpaque: bool): void {
  if (isOpaque) xattrs.remove(OVERLAY_OPAQUE);
  for (let i = 0; i < OVERLAY_NOTES.length; i++) xattrs.remove(OVERLAY_NOTES[i]);
  const other = xattrs.firstOf(OVERLAY_PREFIX);
  if (other == null) return;
  const file = quote(path.at, path.length);
  fail(ErrorCode.Unsupported, `export: ${file}: ${quote(other.name, other.nameLength)} has no form in a layer`);
}
