/** What is asked of an image of profile modern. */
import { ErrorCode } from "../../abi";
import { fail } from "../../host";
import { Inode } from "../../tree/inode";
import { DEFAULT_MAX_SIZE, Demand } from "./layout";
import { Geometry, PIECE } from "./geometry";
import { Identity } from "./identity";

export class Settings {
  /** 0: 4096. */
  blockSize: u64 = 0;
  /** Bytes that the image may have; 0: 128 GiB. */
  maxSize: u64 = 0;
  /** Bytes of the filesystem; 0: as it needs. */
  size: u64 = 0;
  /** Bytes that stay free. */
  free: u64 = 0;
  /** 0: none; 1: as large as the filesystem asks for; else bytes. */
  journal: u64 = 0;
  /** 16 bytes of text, in two words as they lie in memory. */
  labelLow: u64 = 0;
  labelHigh: u64 = 0;
  /** As two numbers, the first byte highest; both 0: made of the content. */
  uuidHigh: u64 = 0;
  uuidLow: u64 = 0;
  readOnly: bool = false;
  /** Whether small files live in their inodes. */
  inline: bool = false;
  /** Whether entries called `.wh.*` are whiteouts, in overlayfs' form. */
  overlay: bool = false;
  /** Whether layers below follow. */
  isStacked: bool = false;
  /** Whether `\` in names and targets becomes `/`. */
  convertSlash: bool = false;
  /** Names that the tree may have. */
  maxEntries: u32 = 0;
  /** Whether all files belong to `uid` and `gid`, whatever the layers say. */
  hasOwner: bool = false;
  uid: u32 = 0;
  gid: u32 = 0;

  /** @fails InvalidArgument  what is asked cannot be, or not together */
  check(): void {
    const blockSize = this.blockSize;
    if (blockSize != 0 && blockSize != 1024 && blockSize != 2048 && blockSize != 4096) {
      fail(ErrorCode.InvalidArgument, `ext4: block size ${blockSize} is none of 1024, 2048, 4096`);
    }
    if (this.size > 0 && this.free > 0) fail(ErrorCode.InvalidArgument, "ext4: size and free space exclude each other");
    if (this.size % PIECE != 0) fail(ErrorCode.InvalidArgument, `ext4: size ${this.size} is not a multiple of ${PIECE}`);
    const isWritable = this.size > 0 || this.free > 0 || this.journal > 0;
    if (this.inline && isWritable) {
      // The kernel moves such content out as it grows, and fails to where the disk is full.
      fail(ErrorCode.InvalidArgument, "ext4: files in inodes are not for disks to write to: no size, free space or journal");
    }
    if (this.readOnly && this.journal > 0) fail(ErrorCode.InvalidArgument, "ext4: a read-only image needs no journal");
  }

  get geometry(): Geometry {
    return new Geometry(this.blockSize != 0 ? <u32>this.blockSize : 4096);
  }

  /** Bytes that the image may have. */
  get limit(): u64 {
    if (this.size > 0) return this.size;
    return this.maxSize != 0 ? (this.maxSize + PIECE - 1) & ~(<u64>PIECE - 1) : DEFAULT_MAX_SIZE;
  }

  /** Whether room is kept for what will be written. */
  get isWritable(): bool {
    return this.size > 0 || this.free > 0 || this.journal > 0;
  }

  /** Gives `inode` the owner of all files, if there is one. */
  own(inode: Inode): void {
    inode.uid = this.uid;
    inode.gid = this.gid;
  }

  demand(contentEnd: u64, lastInode: u32): Demand {
    const demand = new Demand();
    demand.contentEnd = contentEnd;
    demand.lastInode = lastInode;
    demand.size = this.size;
    demand.free = this.free;
    demand.journal = this.journal; // 1 is JOURNAL_BY_TABLE
    return demand;
  }

  /** Options that shape the image are part of who it is. */
  identify(identity: Identity): void {
    identity.addOption(1, this.geometry.blockSize);
    identity.addOption(2, this.size);
    identity.addOption(3, this.free);
    identity.addOption(4, this.journal);
    identity.addOption(5, this.labelLow);
    identity.addOption(6, this.labelHigh);
    identity.addOption(7, this.readOnly ? 1 : 0);
    identity.addOption(8, this.inline ? 1 : 0);
  }
}
