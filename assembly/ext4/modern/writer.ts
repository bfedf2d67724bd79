/** The bytes of an image of profile modern: contents as they come, then all that describes them, in one run. */
import { ErrorCode } from "../../abi";
import { BlockStream } from "../../block-stream";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { Sink } from "../../sink";
import { Inode } from "../../tree/inode";
import { REGULAR, SYMBOLIC_LINK } from "../../tree/mode";
import { Tree } from "../../tree/tree";
import { FIRST_INODE, INODE_SIZE, InodeFlag, SUPERBLOCK_AT } from "../format";
import { nextDirectory } from "../walk";
import { AttributeSet, AttributeSets } from "./attribute-set";
import { AttributeCollector } from "./attributes";
import { Checksums } from "./checksum";
import { ContentWriter } from "./content";
import { DirectoryWriter } from "./directory";
import { ExtentTreeWriter } from "./extent-tree";
import { DESCRIPTOR_SIZE, JOURNAL_INODE } from "./format";
import { Geometry, PIECE } from "./geometry";
import { GroupTable } from "./groups";
import { setHashSeed } from "./hash";
import { Identity } from "./identity";
import { encodeInode } from "./inode";
import { encodeJournal } from "./journal";
import { computeHeadSize, computeLayout, Layout } from "./layout";
import { NameOrder } from "./names";
import { Settings } from "./settings";
import { State } from "./state";
import { encodeSuperblock, Features } from "./superblock";
import { Survey } from "./survey";
import { UsedBlocks } from "./used-blocks";
import { XattrWriter } from "./xattr-writer";

/** Inodes encoded before they leave. */
const GATHERED_INODES: u32 = 256;
const gathered = memory.data(256 * 256, 16);
const block = memory.data(4096, 16);

/** For each file `content.begin`, `data` and `zeros`, `end`; at last `finish`. */
export class ModernWriter {
  readonly geometry: Geometry;
  readonly stream: BlockStream;
  readonly content: ContentWriter;
  readonly sets: AttributeSets;
  readonly attributes: AttributeCollector;
  /** Whether some file's blocks may have been replaced. */
  hasGarbage: bool = false;
  lostFound: Inode;
  private identity: Identity;
  private headSize: u64;

  constructor(private sink: Sink, private tree: Tree, private settings: Settings) {
    const geometry = settings.geometry;
    const stream = new BlockStream(sink, settings.limit);
    const identity = new Identity();
    const sets = new AttributeSets();
    const headSize = computeHeadSize(settings.limit, geometry);
    this.geometry = geometry;
    this.stream = stream;
    this.identity = identity;
    this.sets = sets;
    this.content = new ContentWriter(stream, tree, geometry, identity);
    this.attributes = new AttributeCollector(sets, settings.overlay);
    this.headSize = headSize;
    this.lostFound = tree.root;
    stream.claim(headSize);
    stream.seek(headSize);
  }

  /**
   * Writes all that describes the contents, and closes the sink.
   *
   * @fails OutOfRange  a file has too many names, or the image would pass its limit
   */
  finish(): void {
    const dataEnd = this.block;
    const used = new UsedBlocks();
    if (this.hasGarbage) used.begin(dataEnd);
    new Survey(this.tree, this.attributes, this.identity, used, this.geometry).run();
    this.settings.identify(this.identity);
    this.identity.settle(this.settings.uuidHigh, this.settings.uuidLow);
    setHashSeed(this.identity.hashSeed);

    const checksums = new Checksums(this.identity.uuid);
    const features = new Features();
    const inodes = this.writeTree(checksums, features);
    this.writeExtentNodes(checksums);
    const xattrs = new XattrWriter(this.sets, this.tree, this.stream, this.geometry);
    const lastInode = xattrs.place(inodes + 1) - 1;
    features.attributeInodes = lastInode > inodes;
    xattrs.writeHolders(checksums);
    xattrs.writeBlocks(checksums);
    this.appendInodes(xattrs.firstHolder);

    const layout = this.layOut(lastInode);
    const headEnd = <u32>(this.headSize / this.geometry.blockSize);
    const groups = new GroupTable(layout, this.geometry, checksums, used, headEnd, dataEnd);
    groups.writeBitmaps(this.stream, lastInode);
    const journal = this.makeJournal(layout, checksums);
    this.writeInodeTables(layout, groups, xattrs, checksums, lastInode);
    this.writeJournal(layout);
    this.stream.zeros(layout.end * this.geometry.blockSize - this.stream.position);
    groups.seal();
    this.writeHead(layout, groups, features, journal);
    this.stream.flush();
    this.sink.close(layout.end * this.geometry.blockSize);
  }

  /** The block of the next byte. */
  private get block(): u32 {
    return <u32>(this.stream.position / this.geometry.blockSize);
  }

  /**
   * Numbers all inodes, those of one directory after another, and writes the directories and the long targets of links.
   * From now on `root.next…` lists the inodes by number.
   *
   * @returns the last number
   */
  private writeTree(checksums: Checksums, features: Features): u32 {
    const tree = this.tree;
    const names = new NameOrder();
    const directories = new DirectoryWriter(this.stream, this.geometry, checksums, this.settings.isWritable);
    this.sets.unlist();
    this.list(tree.root);
    tree.root.state |= State.Numbered;
    let last = this.number(this.lostFound, tree.root, FIRST_INODE);
    for (let directory: Inode | null = tree.root; directory; directory = nextDirectory(directory)) {
      names.arrange(directory);
      let hasTargets = false;
      let name = directory.firstName;
      while (name) {
        const inode = name.inode;
        if (!(inode.state & State.Numbered)) last = this.number(inode, last, last.number + 1);
        if (inode.state & State.TargetAwaits) hasTargets = true;
        name = name.next;
      }
      const own = directory.ownName;
      directories.write(directory, own ? own.parent : directory, names.hashed.at);
      if (hasTargets) this.writeTargets(directory);
    }
    features.largeDirectories = directories.usesLarge;
    tree.lastInode = last;
    last.next = null; // the rules may have listed inodes in orders of their own
    return last.number;
  }

  private number(inode: Inode, last: Inode, number: u32): Inode {
    inode.number = number;
    inode.state |= State.Numbered;
    last.next = inode;
    this.list(inode);
    return inode;
  }

  /** Blocks of attributes stand in the order of inodes, so that the order of the layer's entries does not show. */
  private list(inode: Inode): void {
    const set = inode.xattrPacked;
    if (set != 0) this.sets.list(changetype<AttributeSet>(set));
  }

  /** Appends the targets that do not fit their inodes, of the links in one directory. */
  private writeTargets(directory: Inode): void {
    let name = directory.firstName;
    while (name) {
      if (name.inode.state & State.TargetAwaits) this.writeTarget(name.inode);
      name = name.next;
    }
  }

  private writeTarget(inode: Inode): void {
    inode.state &= ~State.TargetAwaits;
    inode.flags |= InodeFlag.Extents;
    inode.firstBlock = this.block;
    inode.blockCount = 1;
    this.stream.append(inode.content, <u32>inode.size);
    this.stream.pad(this.geometry.blockSize);
  }

  private writeExtentNodes(checksums: Checksums): void {
    const extents = new ExtentTreeWriter(this.stream, this.tree, this.geometry, checksums);
    for (let inode: Inode | null = this.tree.root; inode; inode = inode.next) {
      if (inode.flags & InodeFlag.Extents) extents.write(inode);
    }
  }

  private appendInodes(first: Inode | null): void {
    this.tree.lastInode.next = first;
  }

  private layOut(lastInode: u32): Layout {
    const layout = computeLayout(this.settings.demand(this.block, lastInode), this.geometry);
    const size = layout.end * this.geometry.blockSize;
    const limit = this.settings.limit;
    if (size > limit) fail(ErrorCode.OutOfRange, `ext4: image would need ${size} bytes, past its limit of ${limit}`);
    if (computeDescriptorsEnd(layout, this.geometry) > this.headSize) {
      fail(ErrorCode.OutOfRange, `ext4: ${layout.groups} groups are more than an image of ${limit} bytes has room for`);
    }
    return layout;
  }

  /** Makes the journal's inode, and writes the node of its extents if they need one. */
  private makeJournal(layout: Layout, checksums: Checksums): Inode | null {
    if (layout.journalBlocks == 0) return null;
    const root = this.tree.root;
    const journal = this.tree.makeInode(JOURNAL_INODE);
    journal.mode = REGULAR | 0o600;
    journal.linkCount = 1;
    journal.flags = InodeFlag.Extents;
    journal.size = layout.journalBlocks * this.geometry.blockSize;
    journal.firstBlock = <u32>layout.journalAt;
    journal.blockCount = <u32>layout.journalBlocks;
    journal.next = root.next;
    root.next = journal;
    new ExtentTreeWriter(this.stream, this.tree, this.geometry, checksums).write(journal);
    return journal;
  }

  private writeInodeTables(
    layout: Layout, groups: GroupTable, xattrs: XattrWriter, checksums: Checksums, lastInode: u32,
  ): void {
    const blockSize = this.geometry.blockSize;
    const end = (layout.inodeTablesAt + <u64>layout.groups * layout.tableBlocksPerGroup) * blockSize;
    let inode: Inode | null = this.tree.root;
    for (let number: u32 = 1; number <= lastInode; number += GATHERED_INODES) {
      memory.fill(gathered, 0, GATHERED_INODES * INODE_SIZE);
      while (inode && inode.number < number + GATHERED_INODES) {
        const set = changetype<AttributeSet | null>(inode.xattrPacked);
        if (set && set.usesBlock) inode.xattrBlock = xattrs.takeBlock(set);
        if (set && set.holderBlocks > 0) refuseShortTarget(inode);
        if (inode.isDirectory) groups.countDirectory((inode.number - 1) / layout.inodesPerGroup);
        const at = gathered + (inode.number - number) * INODE_SIZE;
        encodeInode(at, inode, blockSize, checksums.ofInode(inode.number));
        inode = inode.next;
      }
      this.stream.append(gathered, <u32>min<u64>(GATHERED_INODES * INODE_SIZE, end - this.stream.position));
    }
    this.stream.zeros(end - this.stream.position);
  }

  private writeJournal(layout: Layout): void {
    if (layout.journalBlocks == 0) return;
    const blockSize = this.geometry.blockSize;
    memory.fill(block, 0, blockSize);
    encodeJournal(block, blockSize, layout.journalBlocks, this.identity.uuid);
    this.stream.append(block, blockSize);
    this.stream.zeros((layout.journalBlocks - 1) * blockSize);
  }

  private writeHead(layout: Layout, groups: GroupTable, features: Features, journal: Inode | null): void {
    this.stream.seek(0);
    memory.fill(block, 0, PIECE);
    encodeSuperblock(block + SUPERBLOCK_AT, this.settings, this.geometry, layout, groups, this.identity, features, journal);
    this.stream.append(block, this.geometry.descriptorsAt);
    this.stream.append(groups.descriptors, groups.size);
    this.stream.pad();
  }
}

/**
 * The kernel tells a target in the inode by the blocks that its link has, and takes those of an attribute's value for
 * the target's.
 */
function refuseShortTarget(inode: Inode): void {
  if (inode.type != SYMBOLIC_LINK || (inode.flags & InodeFlag.Extents) != 0) return;
  const target = quote(inode.content, <u32>inode.size);
  fail(ErrorCode.OutOfRange, `ext4: symbolic link to "${target}": extended attributes that do not fit its inode and a block`);
}

/** The byte behind the last descriptor. */
function computeDescriptorsEnd(layout: Layout, geometry: Geometry): u64 {
  return geometry.descriptorsAt + <u64>layout.groups * DESCRIPTOR_SIZE;
}
