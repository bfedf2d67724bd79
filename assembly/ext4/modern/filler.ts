/** What an inode gets of an entry: its fields, its attributes, its content. */
import { ErrorCode } from "../../abi";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { Entry } from "../../tree/entry";
import { Inode } from "../../tree/inode";
import { BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, REGULAR, SYMBOLIC_LINK } from "../../tree/mode";
import { Path } from "../../tree/path";
import { Tree } from "../../tree/tree";
import { AttributeCollector } from "./attributes";
import { inlineRoom } from "./inline";
import { Settings } from "./settings";
import { State } from "./state";
import { SkippedContents } from "./skipped-contents";
import { packOr, packTime } from "./time";
import { ModernWriter } from "./writer";

const PERMISSIONS: u32 = 0o7777;
/** All bits set says "no one" to the kernel. */
const MAX_ID: i64 = 0xffff_fffe;
const MAX_DEVICE_MAJOR: i64 = 0xfff;
const MAX_DEVICE_MINOR: i64 = 0xf_ffff;
/** Blocks of a file are counted in 32 bits, and the last number is none. */
const MAX_FILE_BLOCKS: u64 = 0xffff_ffff;
/** Bytes of a target that stands in the inode: a NUL must follow. */
const MAX_INODE_TARGET: u32 = 59;
/** What of a directory outlives being described anew. */
const KEPT_STATE: u32 = State.Opaque;

export class InodeFiller {
  /** Whether content follows for what was filled last. */
  wantsContent: bool = false;
  readonly skipped: SkippedContents = new SkippedContents();

  private attributes: AttributeCollector;

  constructor(private tree: Tree, private writer: ModernWriter, private settings: Settings) {
    this.attributes = writer.attributes;
  }

  /**
   * Makes of `inode` what the entry describes.
   *
   * @param type      of the file, as in its mode
   * @param isHidden  whether a layer above hides the name
   * @fails OutOfRange  a number, a size or a target that ext4 cannot hold; what AttributeCollector.collect fails with
   */
  fill(inode: Inode, entry: Entry, type: u32, path: Path, isHidden: bool): void {
    const set = this.attributes.collect(entry, path, type == DIRECTORY);
    let permissions = entry.mode & PERMISSIONS;
    const aclMode = this.attributes.mode;
    if (aclMode >= 0) permissions = (permissions & ~0o777) | <u32>aclMode; // as where the kernel is given the ACL
    inode.mode = type == SYMBOLIC_LINK ? type | 0o777 : type | permissions;
    this.own(inode, entry, path);
    inode.mtime = packOr(entry.mtime, packTime(0, 0));
    inode.atime = packOr(entry.atime, inode.mtime);
    inode.ctime = packOr(entry.ctime, inode.mtime);
    inode.xattrPacked = changetype<usize>(set);
    inode.state &= KEPT_STATE;
    this.wantsContent = type == REGULAR;
    if (type == REGULAR) this.meetContent(inode, entry, path, isHidden);
    else if (type == SYMBOLIC_LINK) this.takeTarget(inode, entry, path);
    else if (type == CHARACTER_DEVICE || type == BLOCK_DEVICE) this.takeDevice(inode, entry, path);
  }

  /** The content of the entry at hand is that of `inode`, and wanted. */
  beginContent(inode: Inode): void {
    this.writer.content.begin(inode, this.settings.inline ? inlineRoom(inode) : 0);
  }

  private own(inode: Inode, entry: Entry, path: Path): void {
    if (this.settings.hasOwner) return this.settings.own(inode);
    inode.uid = this.takeId("user", entry.uid, path);
    inode.gid = this.takeId("group", entry.gid, path);
  }

  private meetContent(inode: Inode, entry: Entry, path: Path, isHidden: bool): void {
    const limit = MAX_FILE_BLOCKS * this.writer.geometry.blockSize;
    if (entry.size > limit) refuse(path, `file of ${entry.size} bytes is past the limit of ${limit}`);
    inode.size = entry.size;
    if (isHidden && entry.size > 0) {
      this.wantsContent = false;
      this.skipped.add(inode);
    } else this.beginContent(inode);
  }

  private takeTarget(inode: Inode, entry: Entry, path: Path): void {
    const length = entry.linkLength;
    const limit = this.writer.geometry.blockSize - 1;
    if (length == 0) fail(ErrorCode.Corrupt, `ext4: "${quote(path.at, path.length)}": symbolic link without a target`);
    if (length > limit) refuse(path, `symbolic link of ${length} bytes is past the limit of ${limit}`);
    inode.size = length;
    inode.content = this.tree.keep(entry.link, length);
    if (length > MAX_INODE_TARGET) inode.state |= State.TargetAwaits;
  }

  private takeDevice(inode: Inode, entry: Entry, path: Path): void {
    const major = entry.deviceMajor;
    const minor = entry.deviceMinor;
    if (major < 0 || major > MAX_DEVICE_MAJOR || minor < 0 || minor > MAX_DEVICE_MINOR) {
      refuse(path, `device ${major}:${minor} is past the limit of ${MAX_DEVICE_MAJOR}:${MAX_DEVICE_MINOR}`);
    }
    inode.deviceMajor = <u32>major;
    inode.deviceMinor = <u32>minor;
  }

  private takeId(whose: string, id: i64, path: Path): u32 {
    if (id < 0 || id > MAX_ID) refuse(path, `${whose} ${id} is not from 0 to ${MAX_ID}`);
    return <u32>id;
  }
}

function refuse(path: Path, why: string): void {
  fail(ErrorCode.OutOfRange, `ext4: "${quote(path.at, path.length)}": ${why}`);
}
