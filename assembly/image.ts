/** An image to be read: what it is wrapped in, what it holds. The one file of the reading side that knows all formats. */
import { Container, ErrorCode } from "./abi";
import { containerOf, openDisk } from "./container";
import { Ext4Checker } from "./ext4/checker";
import { Ext4Reader } from "./ext4/reader";
import { hasSuperblock } from "./ext4/reading/superblock";
import { Ext4Tree } from "./ext4/tree";
import { fail } from "./host";
import { describeOther } from "./magic";
import { HostSource, Source } from "./source";
import { TreeReader } from "./tree/tree-reader";
import { VeritySuperblock } from "./verity/superblock";

/** dm-verity counts in blocks of this size, whatever the filesystem's are. */
const VERITY_BLOCK_SIZE: u64 = 4096;

const ACCEPTED = "what is read here is ext2, ext3 or ext4, plain or in a VHD or VHDX";

export class Image {
  /** From the outermost in. */
  readonly containers: Container[];
  readonly file: Source;
  /** The disk that is in the containers. */
  readonly disk: Source;
  readonly reader: Ext4Reader;
  /** Of the hash tree behind the filesystem; null: there is none. */
  readonly verity: VeritySuperblock | null;

  /**
   * @param file    which of the host's files
   * @param size    its bytes
   * @param verify  whether checksums of metadata must be right
   * @fails Corrupt, Unsupported
   */
  constructor(file: u32, size: u64, verify: bool) {
    const containers: Container[] = [];
    const source = new HostSource(file, size);
    const disk = openFilesystem(source);
    if (disk !== source) containers.push(containerOf(source, disk));
    const reader = new Ext4Reader(disk, verify);
    const verity = new VeritySuperblock();
    const end = reader.volume.superblock.size;
    const hasVerity = verity.find(disk, (end + VERITY_BLOCK_SIZE - 1) & ~(VERITY_BLOCK_SIZE - 1));
    if (hasVerity) containers.push(Container.Verity);
    this.containers = containers;
    this.file = source;
    this.disk = disk;
    this.reader = reader;
    this.verity = hasVerity ? verity : null;
  }

  /** The tree in it, for who need not know of which format it is. */
  openTree(): TreeReader {
    return new Ext4Tree(this.reader);
  }
}

/** @param now  seconds since 1970; 0: not known; @fails Corrupt, Unsupported  it cannot even be looked at */
export function openChecker(file: u32, size: u64, now: u64): Ext4Checker {
  return new Ext4Checker(openFilesystem(new HostSource(file, size)), now);
}

/** @fails Unsupported  what is on the disk is no filesystem that is read here */
function openFilesystem(source: Source): Source {
  const disk = openDisk(source);
  if (!hasSuperblock(disk)) fail(ErrorCode.Unsupported, `image: ${describeOther(disk)}; ${ACCEPTED}`);
  return disk;
}
