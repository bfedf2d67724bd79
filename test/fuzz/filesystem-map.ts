/**
 * Where the structures of an ext filesystem stand, and how their checksums are made right again after they were damaged.
 *
 * Reads sound images alone, and shares no code with the core: what it gets wrong shows, for `resum` would break an image.
 */
const SUPERBLOCK = 1024;
const EXTENTS_MAGIC = 0xf30a;
const FLAG_EXTENTS = 0x80000;
const FLAG_INDEX = 0x1000;
const FLAG_INLINE = 0x10000000;

export type Kind =
  | "superblock"
  | "descriptor"
  | "block bitmap"
  | "inode bitmap"
  | "inode"
  | "extent node"
  | "indirect block"
  | "directory block"
  | "index"
  | "xattr block"
  | "link target"
  | "journal superblock"
  | "orphan block";

/** A piece of the image that is one structure. */
export interface Structure {
  kind: Kind;
  /** First byte, and how many. */
  at: number;
  size: number;
  /** What it belongs to: `inode 12`, `group 0`. */
  owner: string;
  /** Makes its checksum right; absent where it has none. */
  resum?: () => void;
}

export class FilesystemMap {
  readonly structures: Structure[] = [];
  private readonly view: DataView;
  private readonly blockSize: number;
  private readonly inodeSize: number;
  private readonly inodesPerGroup: number;
  private readonly blocksPerGroup: number;
  private readonly firstBlock: number;
  private readonly descriptorSize: number;
  private readonly groups: number;
  private readonly hasChecksums: boolean;
  private readonly hasOldChecksums: boolean;
  private readonly seed: number;
  private readonly tables: number[] = [];

  constructor(private readonly image: Uint8Array) {
    this.view = new DataView(image.buffer, image.byteOffset, image.length);
    const u32 = (at: number) => this.view.getUint32(SUPERBLOCK + at, true);
    const u16 = (at: number) => this.view.getUint16(SUPERBLOCK + at, true);
    this.blockSize = 1024 << u32(0x18);
    this.inodeSize = u32(0x4c) === 0 ? 128 : u16(0x58);
    this.inodesPerGroup = u32(0x28);
    this.blocksPerGroup = u32(0x20);
    this.firstBlock = u32(0x14);
    this.descriptorSize = u32(0x60) & 0x80 ? u16(0xfe) : 32;
    this.groups = Math.ceil((u32(0x04) - this.firstBlock) / this.blocksPerGroup);
    this.hasChecksums = (u32(0x64) & 0x400) !== 0;
    this.hasOldChecksums = (u32(0x64) & 0x10) !== 0;
    this.seed = u32(0x60) & 0x2000 ? u32(0x270) : crc32c(~0, image.subarray(SUPERBLOCK + 0x68, SUPERBLOCK + 0x78));
    this.add("superblock", SUPERBLOCK, 1024, "filesystem", this.hasChecksums && (() => this.resumSuperblock()));
    for (let group = 0; group < this.groups; group++) this.addGroup(group);
    for (let group = 0; group < this.groups; group++) this.addInodes(group);
    this.addJournal(u32(0xe0));
  }

  /** A structure, each kind as likely as the others. */
  pick(next: () => number): Structure {
    const kinds = [...new Set(this.structures.map(({ kind }) => kind))];
    const kind = kinds[Math.floor(next() * kinds.length)]!;
    const among = this.structures.filter((each) => each.kind === kind);
    return among[Math.floor(next() * among.length)]!;
  }

  private add(kind: Kind, at: number, size: number, owner: string, resum?: (() => void) | false): void {
    this.structures.push({ kind, at, size, owner, ...(resum && { resum }) });
  }

  private addGroup(group: number): void {
    const at = (this.firstBlock + 1) * this.blockSize + group * this.descriptorSize;
    const owner = `group ${group}`;
    const resum = () => this.resumDescriptor(group, at);
    this.add("descriptor", at, this.descriptorSize, owner, (this.hasChecksums || this.hasOldChecksums) && resum);
    const flags = this.hasChecksums || this.hasOldChecksums ? this.view.getUint16(at + 0x12, true) : 0;
    const blockBitmap = this.view.getUint32(at, true) * this.blockSize;
    const inodeBitmap = this.view.getUint32(at + 4, true) * this.blockSize;
    this.tables.push(this.view.getUint32(at + 8, true) * this.blockSize);
    const bitmap = (from: number, bits: number, sumAt: number) => () => {
      const sum = crc32c(this.seed, this.image.subarray(from, from + bits / 8));
      this.view.setUint16(at + sumAt, sum & 0xffff, true);
      if (this.descriptorSize >= 64) this.view.setUint16(at + sumAt + 0x20, sum >>> 16, true);
      resum();
    };
    if (!(flags & 2)) {
      const sum = this.hasChecksums && bitmap(blockBitmap, this.blocksPerGroup, 0x18);
      this.add("block bitmap", blockBitmap, this.blockSize, owner, sum);
    }
    if (!(flags & 1)) {
      const sum = this.hasChecksums && bitmap(inodeBitmap, this.inodesPerGroup, 0x1a);
      this.add("inode bitmap", inodeBitmap, this.blockSize, owner, sum);
    }
  }

  private addInodes(group: number): void {
    const table = this.tables[group]!;
    for (let index = 0; index < this.inodesPerGroup; index++) {
      const at = table + index * this.inodeSize;
      const isUsed = this.view.getUint16(at, true) !== 0 && this.view.getUint16(at + 0x1a, true) !== 0;
      if (isUsed) this.addInode(group * this.inodesPerGroup + index + 1, at);
    }
  }

  private addInode(number: number, at: number): void {
    const owner = `inode ${number}`;
    const seed = crc32c(crc32c(this.seed, le32(number)), this.image.subarray(at + 0x64, at + 0x68));
    this.add("inode", at, this.inodeSize, owner, this.hasChecksums && (() => this.resumInode(at, number)));
    const mode = this.view.getUint16(at, true) & 0xf000;
    const flags = this.view.getUint32(at + 0x20, true);
    const xattrs = this.view.getUint32(at + 0x68, true);
    if (xattrs !== 0) {
      const resum = () => this.resumXattrs(xattrs);
      this.add("xattr block", xattrs * this.blockSize, this.blockSize, owner, this.hasChecksums && resum);
    }
    const size = this.view.getUint32(at + 0x04, true);
    const hasBlocks = mode === 0x8000 || mode === 0x4000 || (mode === 0xa000 && size >= 60);
    if (flags & FLAG_INLINE || !hasBlocks) return;
    const blocks: number[] = [];
    if (flags & FLAG_EXTENTS) this.addExtents(at + 0x28, owner, seed, blocks);
    else this.addNumbers(at + 0x28, owner, blocks);
    if (mode === 0x4000) this.addDirectory(blocks, owner, seed, (flags & FLAG_INDEX) !== 0);
    if (mode === 0xa000) this.add("link target", blocks[0]! * this.blockSize, size + 1, owner);
    if (number === this.view.getUint32(SUPERBLOCK + 0x280, true)) this.addOrphans(blocks, owner, seed);
  }

  private addExtents(at: number, owner: string, seed: number, blocks: number[]): void {
    if (this.view.getUint16(at, true) !== EXTENTS_MAGIC) throw new Error(`${owner}: no extents`);
    const count = this.view.getUint16(at + 2, true);
    const depth = this.view.getUint16(at + 6, true);
    for (let entry = at + 12; entry < at + 12 * (count + 1); entry += 12) {
      if (depth === 0) {
        const first = this.view.getUint32(entry + 8, true);
        const length = this.view.getUint16(entry + 4, true);
        for (let i = 0; i < (length > 0x8000 ? 0 : length); i++) blocks.push(first + i);
        continue;
      }
      const node = this.view.getUint32(entry + 4, true) * this.blockSize;
      const used = 12 * (this.view.getUint16(node + 2, true) + 1);
      const resum = () => {
        const length = 12 * (this.view.getUint16(node + 4, true) + 1);
        if (length + 4 > this.blockSize) return;
        this.view.setUint32(node + length, crc32c(seed, this.image.subarray(node, node + length)), true);
      };
      this.add("extent node", node, used, owner, this.hasChecksums && resum);
      this.addExtents(node, owner, seed, blocks);
    }
  }

  private addNumbers(at: number, owner: string, blocks: number[]): void {
    for (let i = 0; i < 12; i++) this.addNumber(at + 4 * i, 0, owner, blocks);
    for (let level = 1; level <= 3; level++) this.addNumber(at + 4 * (11 + level), level, owner, blocks);
  }

  private addNumber(at: number, level: number, owner: string, blocks: number[]): void {
    const block = this.view.getUint32(at, true);
    if (block === 0) return;
    if (level === 0) {
      blocks.push(block);
      return;
    }
    this.add("indirect block", block * this.blockSize, this.blockSize, owner);
    for (let i = 0; i < this.blockSize; i += 4) this.addNumber(block * this.blockSize + i, level - 1, owner, blocks);
  }

  private addDirectory(blocks: number[], owner: string, seed: number, isIndexed: boolean): void {
    blocks.forEach((block, logical) => {
      const at = block * this.blockSize;
      const isNode = this.view.getUint32(at, true) === 0 && this.view.getUint16(at + 4, true) === this.blockSize;
      if (isIndexed && (logical === 0 || isNode)) {
        const entries = logical === 0 ? 0x20 : 8;
        const used = entries + 8 * this.view.getUint16(at + entries + 2, true);
        this.add("index", at, used, owner, this.hasChecksums && (() => this.resumIndex(at, entries, seed)));
        return;
      }
      const end = at + this.blockSize - 12;
      const resum = () => this.view.setUint32(end + 8, crc32c(seed, this.image.subarray(at, end)), true);
      this.add("directory block", at, this.usedOf(at), owner, this.hasChecksums && resum);
    });
  }

  /** Bytes of a directory block up to the header of the last entry and a little more. */
  private usedOf(at: number): number {
    let used = 0;
    for (
      let offset = 0;
      offset < this.blockSize;
      offset += this.view.getUint16(at + offset + 4, true) || this.blockSize
    ) {
      used = offset + 12;
    }
    return Math.min(used, this.blockSize);
  }

  private addOrphans(blocks: number[], owner: string, seed: number): void {
    for (const block of blocks) {
      const at = block * this.blockSize;
      const end = at + this.blockSize - 8;
      const resum = () =>
        this.view.setUint32(end + 4, crc32c(crc32c(seed, le64(block)), this.image.subarray(at, end)), true);
      this.add("orphan block", at, this.blockSize, owner, this.hasChecksums && resum);
    }
  }

  private addJournal(number: number): void {
    if (number === 0) return;
    const at = this.tables[0]! + (number - 1) * this.inodeSize;
    const blocks: number[] = [];
    if (this.view.getUint32(at + 0x20, true) & FLAG_EXTENTS) blocks.push(this.view.getUint32(at + 0x28 + 12 + 8, true));
    else blocks.push(this.view.getUint32(at + 0x28, true));
    this.add("journal superblock", blocks[0]! * this.blockSize, 0x100, `inode ${number}`);
  }

  private resumSuperblock(): void {
    const at = SUPERBLOCK;
    this.view.setUint32(at + 0x3fc, crc32c(~0, this.image.subarray(at, at + 0x3fc)), true);
  }

  private resumDescriptor(group: number, at: number): void {
    const bytes = this.image.slice(at, at + this.descriptorSize);
    if (this.hasChecksums) {
      bytes.fill(0, 0x1e, 0x20);
      this.view.setUint16(at + 0x1e, crc32c(crc32c(this.seed, le32(group)), bytes) & 0xffff, true);
    } else if (this.hasOldChecksums) {
      const head = Buffer.concat([this.image.subarray(SUPERBLOCK + 0x68, SUPERBLOCK + 0x78), le32(group)]);
      const sum = crc16(0xffff, Buffer.concat([head, bytes.subarray(0, 0x1e), bytes.subarray(0x20)]));
      this.view.setUint16(at + 0x1e, sum, true);
    }
  }

  private resumInode(at: number, number: number): void {
    const bytes = this.image.slice(at, at + this.inodeSize);
    const isWide = this.inodeSize > 128 && this.view.getUint16(at + 0x80, true) >= 4;
    bytes.fill(0, 0x7c, 0x7e);
    if (isWide) bytes.fill(0, 0x82, 0x84);
    const sum = crc32c(crc32c(crc32c(this.seed, le32(number)), bytes.subarray(0x64, 0x68)), bytes);
    this.view.setUint16(at + 0x7c, sum & 0xffff, true);
    if (isWide) this.view.setUint16(at + 0x82, sum >>> 16, true);
  }

  private resumXattrs(block: number): void {
    const at = block * this.blockSize;
    this.view.setUint32(at + 0x10, 0, true);
    const sum = crc32c(crc32c(this.seed, le64(block)), this.image.subarray(at, at + this.blockSize));
    this.view.setUint32(at + 0x10, sum, true);
  }

  private resumIndex(at: number, entries: number, seed: number): void {
    const limit = this.view.getUint16(at + entries, true);
    const count = this.view.getUint16(at + entries + 2, true);
    const tail = at + entries + 8 * limit;
    if (count > limit || tail + 8 > at + this.blockSize) return;
    const used = crc32c(seed, this.image.subarray(at, at + entries + 8 * count));
    const sum = crc32c(crc32c(used, this.image.subarray(tail, tail + 4)), le32(0));
    this.view.setUint32(tail + 4, sum, true);
  }
}

function le32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function le64(value: number): Uint8Array {
  return Buffer.concat([le32(value), le32(0)]);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** Raw: nothing is inverted. */
function crc32c(start: number, bytes: Uint8Array): number {
  let crc = start >>> 0;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  return crc >>> 0;
}

function crc16(start: number, bytes: Uint8Array): number {
  let crc = start;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}
