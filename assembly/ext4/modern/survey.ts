/**
 * A walk over the finished tree that settles what needs all of it: link counts, who shares which attributes, which
 * directories want an index, which blocks are still in use, and the image's id.
 */
import { ErrorCode } from "../../abi";
import { mix } from "../../bytes/fingerprint";
import { quote } from "../../bytes/quote";
import { sipHash } from "../../bytes/siphash";
import { fail } from "../../host";
import { Inode, Name } from "../../tree/inode";
import { SYMBOLIC_LINK } from "../../tree/mode";
import { Tree } from "../../tree/tree";
import { InodeFlag, MAX_LINKS } from "../format";
import { nextDirectory } from "../walk";
import { AttributeSet } from "./attribute-set";
import { AttributeCollector } from "./attributes";
import { entrySize, linearRoom } from "./directory";
import { Geometry } from "./geometry";
import { Identity } from "./identity";
import { State } from "./state";
import { UsedBlocks } from "./used-blocks";

const NAME_KEY: u64 = 0x6e61_6d65;

export class Survey {
  /** Entries of a directory that fit one block. Bytes. */
  private room: u32;

  constructor(
    private tree: Tree,
    private attributes: AttributeCollector,
    private identity: Identity,
    private used: UsedBlocks,
    geometry: Geometry,
  ) {
    this.room = linearRoom(geometry);
  }

  /** @fails OutOfRange  a file has too many names */
  run(): void {
    const root = this.tree.root;
    this.meet(root);
    root.size = mix(NAME_KEY);
    this.identity.addNamed(root.size, describe(root));
    for (let directory: Inode | null = root; directory; directory = nextDirectory(directory)) this.visit(directory);
  }

  private visit(directory: Inode): void {
    let links: u32 = 2;
    let bytes: u32 = 0;
    let name = directory.firstName;
    while (name) {
      const inode = name.inode;
      bytes = min(bytes + entrySize(name.length), i32.MAX_VALUE);
      const path = mix(directory.size ^ sipHash(NAME_KEY, name.length, name.bytes, name.length));
      this.meet(inode);
      if (inode.isDirectory) {
        links++;
        inode.size = path; // until its blocks are written
        this.identity.addNamed(path, describe(inode));
      } else {
        this.identity.addNamed(path, describe(inode) ^ inode.size);
        if (++inode.linkCount > MAX_LINKS) refuseLinks(name);
      }
      name = name.next;
    }
    // One stands for a number that cannot be said.
    directory.linkCount = links < MAX_LINKS ? links : 1;
    if (bytes > this.room) directory.state |= State.Indexed;
  }

  /** What an inode needs once, by whichever name it is met first. */
  private meet(inode: Inode): void {
    if (inode.state & State.Counted) return;
    inode.state |= State.Counted;
    if (inode.state & State.Opaque) {
      const set = this.attributes.withOpaque(changetype<AttributeSet | null>(inode.xattrPacked));
      inode.xattrPacked = changetype<usize>(set);
    }
    if (inode.xattrPacked) changetype<AttributeSet>(inode.xattrPacked).users++;
    if (this.used.isKept && (inode.flags & InodeFlag.Extents) != 0) this.used.mark(inode);
  }
}

/** A number that tells an inode from others, its size aside: of a directory, that is not known yet. */
function describe(inode: Inode): u64 {
  let number = mix((<u64>inode.mode << 32) | inode.firstBlock);
  number = mix(number ^ ((<u64>inode.uid << 32) | inode.gid));
  number = mix(number ^ ((<u64>inode.deviceMajor << 32) | inode.deviceMinor)) + inode.blockCount;
  number = mix(number ^ inode.mtime) + rotl<u64>(inode.atime, 21) + rotl<u64>(inode.ctime, 42);
  const set = changetype<AttributeSet | null>(inode.xattrPacked);
  if (set) number = mix(number ^ ((<u64>set.hash << 32) | set.length));
  if (inode.type == SYMBOLIC_LINK) number ^= sipHash(NAME_KEY, 0, inode.content, <u32>inode.size);
  if (inode.flags & InodeFlag.InlineData) number ^= sipHash(NAME_KEY, 1, inode.content, <u32>inode.size);
  return mix(number);
}

function refuseLinks(name: Name): void {
  const shown = quote(name.bytes, name.length);
  fail(ErrorCode.OutOfRange, `ext4: "${shown}": its file has more than ${MAX_LINKS} names, the limit for hard links`);
}
