/**
 * A parent's image as a tree to be changed. Contents stay where they are: whoever needs them reads them there, or takes them
 * over at the end.
 */
import { ErrorCode } from "../abi";
import { allocate } from "../bytes/memory";
import { fail } from "../host";
import { Content } from "../tree/windows/content";
import { WindowsFile } from "../tree/windows/file";
import { WindowsTree } from "../tree/windows/tree";
import { OtherRegions } from "./data-region";
import { FileMap } from "./file-map";
import { nextName } from "./file-walk";
import { MAX_REGIONS, Stream, STREAM_LENGTH_MASK, STREAM_TYPE_SHIFT } from "./format";
import { byteOf, regionOf, regionOffset } from "./layout";
import { CimReader } from "./reader";
import { Content as StoredContent } from "./reading/content";
import { Lineage } from "./settings";
import { SPARSE_KIND } from "./stream";
import { CimTree } from "./tree";

/** Of its body, what later versions changed is not public. */
const LAST_KNOWN_VERSION: u32 = 2;
/** What an alternate stream takes at least: itself, the place of its name, the name's length and a unit. */
const MIN_STREAM_SIZE: u64 = offsetof<Stream>() + 8;

export class Parent extends OtherRegions {
  /** Two, for one file is open at a time in each. */
  private directories: CimTree;
  private files: CimTree;
  /** Of all files: tables that many files share would make them endless. */
  private streamCount: u64 = 0;
  private content: Content = changetype<Content>(allocate(offsetof<Content>()));
  private stored: StoredContent;
  /** What `stored` has open. */
  private storedPlace: u64 = u64.MAX_VALUE;
  private storedLength: u64 = 0;
  private storedKind: u32 = 0;

  /**
   * @param firstRegion  index of its first region among all of the image that is made
   * @param isForked     whether what is in its metadata may be referred to
   * @fails OutOfRange   there are more regions than can be counted
   */
  constructor(readonly reader: CimReader, readonly firstRegion: u32, private isForked: bool) {
    super();
    const last = firstRegion + reader.header.regionCount - 1;
    if (last >= MAX_REGIONS) {
      fail(ErrorCode.OutOfRange, `cim: a parent's region would be number ${last}, where ${MAX_REGIONS} are the most`);
    }
    this.directories = new CimTree(reader);
    this.files = new CimTree(reader);
    this.stored = reader.newContent();
  }

  /** Upper case as the image has it: names in it are unique by that. */
  get upcase(): usize {
    return this.reader.upcase.table;
  }

  /**
   * Puts all that is in the image into an empty tree, which is of its upper case.
   *
   * @fails Corrupt; Unsupported  what is in it is of a form that is not public; OutOfRange  more names than the tree may have
   */
  load(tree: WindowsTree): void {
    const seen = new FileMap();
    const root = this.reader.root;
    this.directories.beginWalk();
    seen.set(root, tree.root);
    this.takeFile(tree, tree.root, root);
    this.takeNames(tree, tree.root, root, seen);
    let name = tree.root.firstName;
    while (name) {
      const id = name.file.number;
      if (id != 0) this.takeNames(tree, name.file, id, seen);
      name = nextName(name);
    }
  }

  /**
   * What a fork says of its parents.
   *
   * @fails Unsupported  not all is known of what it would refer to; OutOfRange  they are too many
   */
  describeLineage(): Lineage {
    const header = this.reader.header;
    const version = header.struct.majorVersion;
    if (version > LAST_KNOWN_VERSION) {
      fail(ErrorCode.Unsupported, `cim: a parent of version ${version}, of which not all is known, cannot be forked`);
    }
    if (header.setCount > u16.MAX_VALUE) {
      fail(ErrorCode.OutOfRange, `cim: ${header.setCount} parents are more than a header may have`);
    }
    const lineage = new Lineage();
    lineage.sets = changetype<usize>(header.set(0));
    lineage.setCount = header.setCount;
    lineage.upcasePlace = this.reader.filesystem.upcaseTableOffset;
    return lineage;
  }

  /** Bytes of all of its regions. */
  get size(): u64 {
    return this.reader.regions.totalSize;
  }

  read(content: Content, at: u64, to: usize, length: u32): void {
    if (content.place != this.storedPlace || content.length != this.storedLength || content.kind != this.storedKind) {
      this.storedPlace = u64.MAX_VALUE; // until it is open
      const offset = content.kind & SPARSE_KIND ? 0 : this.offsetInParent(content.place);
      this.stored.open(0, offset, content.length | ((<u64>content.kind) << STREAM_TYPE_SHIFT));
      this.storedPlace = content.place;
      this.storedLength = content.length;
      this.storedKind = content.kind;
    }
    const there = this.stored.read(at, to, length);
    if (there < length) fail(ErrorCode.Corrupt, `cim: ${length} bytes at ${at} are wanted of a content of ${content.length}`);
  }

  /** Region of the parent's own counting. */
  regionInParent(place: u64): u32 {
    return regionOf(place) - this.firstRegion;
  }

  private offsetInParent(place: u64): u64 {
    return regionOffset(this.regionInParent(place), byteOf(place));
  }

  /** The names in a directory, and the files behind those that are new. Directories among these keep their ID as number. */
  private takeNames(tree: WindowsTree, directory: WindowsFile, id: u32, seen: FileMap): void {
    const names = this.directories;
    directory.number = 0;
    names.open(id);
    names.startNames();
    while (names.nextName()) {
      const child = names.child;
      if (tree.find(directory, names.name, names.nameUnits)) {
        fail(ErrorCode.Corrupt, `cim: file ${id}: directory: a name is there twice`);
      }
      const known = seen.get(child);
      if (known && known.isDirectory) fail(ErrorCode.Corrupt, `cim: file ${child}: a directory that has two names`);
      const file = known ? known : tree.makeFile();
      if (!known) {
        seen.set(child, file);
        this.takeFile(tree, file, child);
      }
      tree.insert(directory, names.name, names.nameUnits, file);
    }
  }

  private takeFile(tree: WindowsTree, file: WindowsFile, id: u32): void {
    const files = this.files;
    files.open(id);
    tree.describe(file, files.metadata);
    if (this.isForked) this.keepPlaces(file);
    const record = files.record;
    if (files.isDirectory) file.number = id;
    else {
      files.read(0, 0, 0); // that it stands where it says
      this.takeContent(record.dataOffset, record.dataLengthAndType);
      file.setContent(this.content);
    }
    files.startStreams();
    while (files.nextStream()) this.takeStream(tree, file);
  }

  private takeStream(tree: WindowsTree, file: WindowsFile): void {
    const files = this.files;
    const before = file.firstStream;
    if (before && this.reader.upcase.compare(before.at, before.units, files.streamName, files.streamUnits) >= 0) {
      fail(ErrorCode.Corrupt, `cim: file ${files.id}: alternate streams: names are out of order`);
    }
    if (++this.streamCount * MIN_STREAM_SIZE > this.size) {
      fail(ErrorCode.Corrupt, `cim: ${this.streamCount} alternate streams and more in regions of ${this.size} bytes`);
    }
    const at = files.streamPlace;
    const regions = this.reader.regions;
    this.takeContent(regions.u64At(at), regions.u64At(at + offsetof<Stream>("lengthAndType")));
    tree.insertStream(file, files.streamName, files.streamUnits).setContent(this.content);
  }

  private takeContent(offset: u64, lengthAndType: u64): void {
    const content = this.content;
    content.length = lengthAndType & STREAM_LENGTH_MASK;
    content.kind = content.length > 0 ? <u32>(lengthAndType >> STREAM_TYPE_SHIFT) : 0;
    const stands = content.length > 0 && (content.kind & SPARSE_KIND) == 0;
    content.place = stands ? regionOffset(regionOf(offset) + this.firstRegion, byteOf(offset)) : 0;
  }

  /** What a fork need not write again. */
  private keepPlaces(file: WindowsFile): void {
    const record = this.files.record;
    const descriptor = file.securityDescriptor;
    const eas = file.eas;
    const reparse = file.reparse;
    if (descriptor) descriptor.place = record.sdOffset;
    if (eas) eas.place = record.eaOffset;
    if (reparse) reparse.place = record.reparseOffset;
  }
}
