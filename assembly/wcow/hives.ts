/**
 * The registry of a layer. Containers start from `Hives\X_BASE`: in a base layer the hives of its own configuration, in others
 * those of the layer below with `Hives\X_DELTA` merged in.
 *
 * Source: hcsshim, internal/wclayer/cim, `processBaseLayerHives`, `processNonBaseLayerHives` and `processLayoutFile`.
 */
import { ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { fail } from "../host";
import { findString, isHive, mergeHives } from "../regf/hive";
import { DIRECTORY } from "../tree/windows/attributes";
import { Content, ContentStore } from "../tree/windows/content";
import { WindowsFile, WindowsName } from "../tree/windows/file";
import { HIVES, LAYOUT, LAYOUT_TEXT } from "../tree/windows/hives";
import { WindowsTree } from "../tree/windows/tree";
import { ContentSource } from "./content-source";
import { HostFiles } from "./host-files";
import { findText } from "./lookup";
import { LayerMetadata } from "./metadata";
import { NameState } from "./name-state";
import { BASE_HIVES, CONFIG_HIVES, DELTA_HIVES, UTILITY_VM_FILES, UTILITY_VM_SOFTWARE } from "./std-files";

const UTILITY_VM_BUILD = "uvmbuildversion";
const VERSION_KEY = "Microsoft\\Windows NT\\CurrentVersion";
const BUILD_VALUE = "CurrentBuild";

export class Hives {
  /** Whether containers can start from the layer. */
  isComplete: bool = false;
  /** Hives that a delta was merged into. */
  mergedCount: u32 = 0;
  /** Of the Windows that the layer has for utility VMs; 0: it has none, or does not say. */
  utilityVmBuild: u32 = 0;
  private metadata: LayerMetadata = new LayerMetadata();
  private merged: ByteBuffer = new ByteBuffer();
  private base: ContentSource;
  private delta: ContentSource;
  private content: Content = changetype<Content>(heap.alloc(offsetof<Content>()));

  constructor(
    private tree: WindowsTree,
    private contents: ContentStore,
    private hasParents: bool,
    private required: bool,
  ) {
    this.base = new ContentSource(contents);
    this.delta = new ContentSource(contents);
  }

  /**
   * Completes the tree, when all of the layer is in it, and lists what the host needs of it.
   *
   * @fails FailedPrecondition  a base layer has some of its hives and not others, or none and must; a delta has no base
   * @fails Corrupt, Unsupported, OutOfRange  hives that cannot be merged or read
   */
  finish(files: HostFiles): void {
    if (this.hasParents) this.mergeDeltas();
    else if (this.hasConfigHives()) this.completeBase();
    this.isComplete = this.hasBaseHives();
    this.listHives(files);
    this.listUtilityVm(files);
  }

  /** @fails FailedPrecondition  some are there, and others are not */
  private hasConfigHives(): bool {
    let missing = "";
    let count = 0;
    for (let i = 0; i < CONFIG_HIVES.length; i++) {
      if (this.fileAt(CONFIG_HIVES[i])) count++;
      else missing += (missing.length > 0 ? ", " : "") + `"${CONFIG_HIVES[i]}"`;
    }
    if (count == CONFIG_HIVES.length) return true;
    if (count > 0) refuse(`a base layer with ${count} of its 5 hives: ${missing} missing`);
    if (this.required) refuse(`a base layer without hives: no "${CONFIG_HIVES[0]}" and no other`);
    return false;
  }

  /** What the layer has under these names itself stays. */
  private completeBase(): void {
    let directory = findText(this.tree, HIVES);
    if (!directory) directory = this.insert(this.tree.root, HIVES, 0, this.makeFile(DIRECTORY));
    if (!directory.file.isDirectory || directory.file.reparse) refuse(`"${HIVES}" is no directory, and hives belong there`);
    for (let i = 0; i < BASE_HIVES.length; i++) {
      const config = findText(this.tree, CONFIG_HIVES[i]) as WindowsName;
      if (!findText(this.tree, BASE_HIVES[i])) this.insert(directory.file, BASE_HIVES[i], HIVES.length + 1, config.file);
    }
    if (findText(this.tree, LAYOUT)) return;
    const layout = this.makeFile(0);
    this.merged.clear();
    for (let i = 0; i < LAYOUT_TEXT.length; i++) this.merged.appendByte(<u8>LAYOUT_TEXT.charCodeAt(i));
    this.keepMerged(layout);
    this.insert(this.tree.root, LAYOUT, 0, layout);
  }

  private mergeDeltas(): void {
    for (let i = 0; i < DELTA_HIVES.length; i++) {
      const delta = this.addedAt(DELTA_HIVES[i]);
      if (!delta) continue;
      const base = findText(this.tree, BASE_HIVES[i]);
      if (!base || base.file.isDirectory) {
        refuse(`"${DELTA_HIVES[i]}": no layer below has "${BASE_HIVES[i]}", which it changes`);
        return;
      }
      // Who exports whole layers has merged it already.
      if (base.state & NameState.Added) continue;
      this.base.turnTo(base.file);
      this.delta.turnTo(delta);
      mergeHives(this.base, this.delta, this.merged, BASE_HIVES[i], DELTA_HIVES[i]);
      const file = this.makeFile(0);
      this.keepMerged(file);
      this.tree.assign(base, file); // that the layer below linked it to its configuration does not change that
      base.state = <u16>NameState.Added;
      this.mergedCount++;
    }
  }

  private keepMerged(file: WindowsFile): void {
    const contents = this.contents;
    const merged = this.merged;
    contents.begin(merged.length);
    contents.append(merged.at, merged.length);
    contents.end(this.content);
    file.setContent(this.content);
  }

  private hasBaseHives(): bool {
    for (let i = 0; i < BASE_HIVES.length; i++) if (!this.fileAt(BASE_HIVES[i])) return false;
    return true;
  }

  private listHives(files: HostFiles): void {
    for (let i = 0; i < CONFIG_HIVES.length; i++) {
      const config = this.addedAt(CONFIG_HIVES[i]);
      const base = this.fileAt(BASE_HIVES[i]);
      if (config) files.addFile(CONFIG_HIVES[i], config);
      // Those of layers below too: a layer above looks for them in this one's directory, and nowhere else.
      if (base && base === config) files.addLink(BASE_HIVES[i], CONFIG_HIVES[i], base);
      else if (base) files.addFile(BASE_HIVES[i], base);
      const delta = this.addedAt(DELTA_HIVES[i]);
      if (delta) files.addFile(DELTA_HIVES[i], delta);
    }
    if (this.hasParents || !this.isComplete) return;
    const layout = this.fileAt(LAYOUT);
    if (layout) files.addFile(LAYOUT, layout);
  }

  private listUtilityVm(files: HostFiles): void {
    for (let i = 0; i < UTILITY_VM_FILES.length; i++) {
      const file = this.addedAt(UTILITY_VM_FILES[i], true);
      if (file) files.addFile(UTILITY_VM_FILES[i], file);
    }
    const software = this.addedAt(UTILITY_VM_SOFTWARE, true);
    if (!software) return;
    this.base.turnTo(software);
    // To keep a utility VM whole is for who made it; hcsshim only stores it.
    if (!isHive(this.base)) return;
    if (!findString(this.base, VERSION_KEY, BUILD_VALUE, this.merged)) return;
    const text = String.UTF16.decodeUnsafe(this.merged.at, this.merged.length);
    const build = parseBuild(text);
    if (build == 0) fail(ErrorCode.Corrupt, `layer: "${UTILITY_VM_SOFTWARE}": ${BUILD_VALUE} is no number`);
    this.utilityVmBuild = build;
    files.addText(UTILITY_VM_BUILD, text);
  }

  private fileAt(path: string): WindowsFile | null {
    const name = findText(this.tree, path);
    return name && !name.file.isDirectory ? name.file : null;
  }

  /** The same, of what this layer has itself. */
  private addedAt(path: string, isExact: bool = false): WindowsFile | null {
    const name = findText(this.tree, path, isExact);
    return name && !name.file.isDirectory && name.state & NameState.Added ? name.file : null;
  }

  /** A file at no time, that everyone may do everything with. */
  private makeFile(attributes: u32): WindowsFile {
    const file = this.tree.makeFile();
    this.metadata.takeDefault(attributes);
    this.tree.describe(file, this.metadata);
    return file;
  }

  /** Gives the file the name that `path` has from unit `from` on. */
  private insert(parent: WindowsFile, path: string, from: i32, file: WindowsFile): WindowsName {
    const name = this.tree.insert(parent, changetype<usize>(path) + 2 * from, path.length - from, file);
    name.state = <u16>NameState.Added;
    return name;
  }
}

function refuse(why: string): void {
  fail(ErrorCode.FailedPrecondition, `layer: ${why}`);
}

/** @returns 0 for what is no number of at most nine digits */
function parseBuild(text: string): u32 {
  let build: u32 = 0;
  if (text.length > 9) return 0;
  for (let i = 0; i < text.length; i++) {
    const digit: u32 = text.charCodeAt(i) - 0x30;
    if (digit > 9) return 0;
    build = build * 10 + digit;
  }
  return build;
}
