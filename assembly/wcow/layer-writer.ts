/**
 * What the entries of a layer do to the tree: as hcsshim's writer of CIM layers does it, whose operations these are. It holds
 * some back until files are complete that the host needs; here a tree is complete at once, and what it refuses is refused.
 *
 * Source: hcsshim, internal/wclayer/cim, `CimLayerWriter`.
 */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { DIRECTORY } from "../tree/windows/attributes";
import { WindowsFile, WindowsName, WindowsStream } from "../tree/windows/file";
import { WindowsMetadata } from "../tree/windows/metadata";
import { WindowsTree } from "../tree/windows/tree";
import { HardLinks } from "./hard-links";
import { findName } from "./lookup";
import { LayerMetadata } from "./metadata";
import { NameState } from "./name-state";
import { quoteUnits, WindowsPath } from "./path";
import { isStdFile } from "./std-files";

export class LayerWriter {
  private links: HardLinks;
  /** Of directories that no entry describes. */
  private implied: LayerMetadata = new LayerMetadata();
  private isRootOpaque: bool = false;

  /** @param tree  empty, or as the layers below left it */
  constructor(private tree: WindowsTree, hasParents: bool) {
    this.links = new HardLinks(tree);
    this.implied.takeDefault(DIRECTORY);
    if (!hasParents) tree.describe(tree.root, this.implied);
  }

  /**
   * Makes what `metadata` describes, in the place of what has its name. A directory that is there already keeps what it holds.
   *
   * @returns the file, without content and streams
   * @fails Corrupt             another entry gave the name in another case
   * @fails FailedPrecondition  the root, or a hive, is of a wrong type; a hive comes twice; it would stand in no directory, or
   *                            in one that leads elsewhere
   */
  add(path: WindowsPath, metadata: WindowsMetadata): WindowsFile {
    const isDirectory = (metadata.attributes & DIRECTORY) != 0;
    if (path.units == 0) return this.describeRoot(path, metadata);
    const parent = this.makeParent(path);
    const name = this.nameAt(parent, path);
    const isStd = isStdFile(path, this.tree.upcase);
    if (isStd && (isDirectory || metadata.reparseLength > 0)) refuse(path, "the host needs it to be a plain file");
    if (isStd && name && name.state & NameState.Added) refuse(path, "the host needs it, and it comes twice");
    if (name && isDirectory && isKept(name, metadata)) {
      this.describe(name.file, metadata);
      this.claim(name, path);
      return name.file;
    }
    const file = this.tree.makeFile();
    this.tree.describe(file, metadata);
    this.bind(parent, name, path, file);
    return file;
  }

  /** @fails FailedPrecondition  the host needs the file, and has no place for streams */
  addStream(file: WindowsFile, path: WindowsPath): WindowsStream {
    if (isStdFile(path, this.tree.upcase)) refuse(path, "the host needs the file, and has no place for its streams");
    return this.tree.addStream(file, path.stream, path.streamUnits);
  }

  /**
   * One more name for what is at `target`, or will be.
   *
   * @fails FailedPrecondition  it is a directory; or the name is that of a hive, and not what it is for
   */
  addLink(path: WindowsPath, target: WindowsPath): void {
    if (path.units == 0) refuse(path, "the root is a directory");
    const isStd = isStdFile(path, this.tree.upcase);
    if (isStd && !isStdFile(target, this.tree.upcase)) {
      refuse(path, `the host needs it, and a hard link to "${target.quoted}" is none it knows`);
    }
    const parent = this.makeParent(path);
    const name = this.nameAt(parent, path);
    if (isStd && name && name.state & NameState.Added) refuse(path, "the host needs it, and it comes twice");
    const found = findName(this.tree, target);
    if (target.units == 0 || (found && found.file.isDirectory)) {
      refuse(path, `hard link to "${target.quoted}": a directory cannot have a hard link`);
    }
    if (found && !(found.state & NameState.Awaited)) {
      this.bind(parent, name, path, found.file);
      return;
    }
    const standIn = this.tree.makeFile();
    const bound = this.bind(parent, name, path, standIn);
    bound.state |= <u16>NameState.Awaited;
    this.links.await(bound, standIn, path, target);
  }

  /** Takes away what is there by now, if anything is. */
  remove(path: WindowsPath): void {
    const name = findName(this.tree, path);
    if (name) this.tree.remove(name);
  }

  /** Takes away all that layers below have in the directory, and not what this one has. */
  hideInherited(path: WindowsPath): void {
    const name = findName(this.tree, path);
    if (path.units == 0 && !this.isRootOpaque) {
      this.isRootOpaque = true;
      this.clearInherited(this.tree.root);
    }
    if (!name || !name.file.isDirectory || name.state & NameState.Opaque) return;
    if (name.state == NameState.Inherited) name.state = <u16>NameState.Entered;
    name.state |= <u16>NameState.Opaque;
    this.clearInherited(name.file);
  }

  /** All entries are here. @fails NotFound, FailedPrecondition  as links do that do not lead to a file */
  close(): void {
    this.links.settle();
  }

  private describeRoot(path: WindowsPath, metadata: WindowsMetadata): WindowsFile {
    if (!(metadata.attributes & DIRECTORY) || metadata.reparseLength > 0) refuse(path, "the root is a directory");
    this.describe(this.tree.root, metadata);
    return this.tree.root;
  }

  /** The entry tells all of a file: streams that it had before are gone, unless they follow. */
  private describe(file: WindowsFile, metadata: WindowsMetadata): void {
    this.tree.describe(file, metadata);
    file.firstStream = null;
  }

  /** The directory that is to hold what `path` names, with those above it. */
  private makeParent(path: WindowsPath): WindowsFile {
    let directory = this.tree.root;
    for (let from: u32 = 0; from < path.parentUnits; ) {
      const units = path.partUnits(from);
      let name = this.tree.find(directory, path.at + 2 * from, units);
      if (!name) name = this.imply(directory, path.at + 2 * from, units);
      else if (!name.file.isDirectory) refuse(path, `"${quoteUnits(path.at, from + units)}" is no directory`);
      else if (name.file.reparse) refuse(path, `"${quoteUnits(path.at, from + units)}" leads elsewhere, and nothing stands in it`);
      else if (name.state == NameState.Inherited) name.state = <u16>NameState.Entered;
      directory = name.file;
      from += units + 1;
    }
    return directory;
  }

  private imply(parent: WindowsFile, name: usize, units: u32): WindowsName {
    const file = this.tree.makeFile();
    this.tree.describe(file, this.implied);
    const made = this.tree.insert(parent, name, units, file);
    made.state = <u16>NameState.Implied;
    return made;
  }

  /** What has the name by now. @fails Corrupt  an entry of this layer gave it in another case */
  private nameAt(parent: WindowsFile, path: WindowsPath): WindowsName | null {
    const name = this.tree.find(parent, path.base, path.baseUnits);
    if (!name || !(name.state & NameState.Added)) return name;
    if (memory.compare(name.at, path.base, 2 * path.baseUnits) != 0) {
      const other = quoteUnits(name.at, name.units);
      fail(ErrorCode.Corrupt, `layer: "${path.quoted}": the layer has "${other}" there too, and Windows takes them for one`);
    }
    return name;
  }

  /** Gives `file` the name at `path`: a new one, or `name`, which is there already and whose file goes. */
  private bind(parent: WindowsFile, name: WindowsName | null, path: WindowsPath, file: WindowsFile): WindowsName {
    let bound = name;
    if (bound && bound.file.isDirectory) {
      this.tree.remove(bound);
      bound = null;
    }
    if (bound) this.tree.assign(bound, file);
    else bound = this.tree.insert(parent, path.base, path.baseUnits, file);
    this.claim(bound, path);
    return bound;
  }

  /** The name is this layer's from now on, and spelled as the entry has it. */
  private claim(name: WindowsName, path: WindowsPath): void {
    this.tree.respell(name, path.base);
    name.state = <u16>((name.state & NameState.Opaque) | NameState.Added);
  }

  /** Goes through all that this layer has in the directory: what has only come from below may stand deep in it. */
  private clearInherited(directory: WindowsFile): void {
    let above = directory;
    let name = directory.firstName;
    while (true) {
      if (!name) {
        if (above === directory) return;
        const own = above.ownName as WindowsName;
        above = own.parent;
        name = own.next;
        continue;
      }
      const next = name.next;
      if (name.state & NameState.Entered) this.turnImplied(name);
      if (name.state == NameState.Inherited) this.tree.remove(name);
      else if (name.file.isDirectory && !(name.state & NameState.Opaque)) {
        name.state |= <u16>NameState.Opaque; // each directory is gone through once, however often it is asked for
        above = name.file;
        name = above.firstName;
        continue;
      }
      name = next;
    }
  }

  /** A directory of a layer below that is hidden, but for what this one has in it. */
  private turnImplied(name: WindowsName): void {
    this.describe(name.file, this.implied);
    name.state = <u16>((name.state & NameState.Opaque) | NameState.Implied);
  }
}

/** Whether the directory stays, and is only described anew. One that led elsewhere held nothing that a plain one has. */
function isKept(name: WindowsName, metadata: WindowsMetadata): bool {
  return name.file.isDirectory && (metadata.reparseLength > 0) == (name.file.reparse !== null);
}

function refuse(path: WindowsPath, why: string): void {
  fail(ErrorCode.FailedPrecondition, `layer: "${path.quoted}": ${why}`);
}
