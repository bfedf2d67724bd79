/**
 * Hard links whose targets come later: in their layer, or in one of those below, which are fed after it. A link's target is
 * looked for in each layer's own tree, from that of the link down to the first that has it or hides it.
 */
import { ErrorCode } from "../../abi";
import { ByteBuffer } from "../../bytes/memory";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { Inode, Name } from "../../tree/inode";
import { Path } from "../../tree/path";
import { Tree } from "../../tree/tree";
import { Resolver } from "./resolver";
import { SkippedContents } from "./skipped-contents";
import { State } from "./state";

/**
 * Bytes of targets that are looked for in layers below. Each link that waits is looked for in each layer: a million of them
 * over thousands of layers would never end.
 */
const MAX_SEARCHED: u64 = 4 * 1024 * 1024 * 1024;
/** What a search takes beside them, in the time of as many bytes. */
const SEARCH_COST: u32 = 64;

/** A name that waits. Its path follows the record. */
@unmanaged
class AwaitedLink {
  next: AwaitedLink | null; // 0x00
  name: Name;               // 0x04
  inode: Inode;             // 0x08  stands in until the target is known
  layer: u32;               // 0x0c
  pathLength: u32;          // 0x10
  targetLength: u32;        // 0x14
  target: usize;            // 0x18

  get path(): usize {
    return changetype<usize>(this) + offsetof<AwaitedLink>();
  }

  /** Waits for what `other` waits for. */
  waitFor(other: AwaitedLink): void {
    this.target = other.target;
    this.targetLength = other.targetLength;
  }
}

/** Whether no later entry took the name of `directory`, or of one above it. */
function isInTree(directory: Inode): bool {
  let own = directory.ownName;
  while (own) {
    if (own.inode !== directory) return false;
    directory = own.parent;
    own = directory.ownName;
  }
  return true;
}

/** The first link that `standIn` stands in for, which says what all of them wait for. */
function waitingFor(standIn: Inode): AwaitedLink {
  return changetype<AwaitedLink>(standIn.content);
}

/** Path that `standIn`, which no layer so far has a file for, stands in for. */
export function awaitedPath(standIn: Inode): usize {
  return waitingFor(standIn).target;
}

export function awaitedPathLength(standIn: Inode): u32 {
  return waitingFor(standIn).targetLength;
}

export class HardLinks {
  /** Whether links of the layer at hand may lead to layers below. */
  leadBelow: bool = false;
  /** Number of the layer at hand. */
  layer: u32 = 0;
  /** After a failure: number of the layer whose link it was; 0: it was none. */
  layerAtFault: u32 = 0;
  // Of the layer at hand.
  private first: AwaitedLink | null = null;
  private last: AwaitedLink | null = null;
  /** Of layers above it. */
  private deferred: AwaitedLink | null = null;
  /** Bytes of their targets that were looked for. */
  private searched: u64 = 0;
  private path: Path = new Path();
  private order: ByteBuffer = new ByteBuffer();
  // The directory of the link before: many links are in one, and it may stand deep.
  private known: Inode | null = null;
  private isKnownInTree: bool = false;

  constructor(private tree: Tree, private resolver: Resolver, private skipped: SkippedContents) {}

  /** `name`, at `path`, is a link to what will be at `target`; `inode` stands in for it. */
  await(name: Name, inode: Inode, path: Path, target: Path): void {
    const link = this.add(name, inode, path);
    link.target = this.tree.keep(target.at, target.length);
    link.targetLength = target.length;
    inode.content = changetype<usize>(link);
  }

  /** `name`, at `path`, is one more link to what `inode` stands in for. */
  awaitToo(name: Name, inode: Inode, path: Path, isSeen: bool): void {
    this.add(name, inode, path).waitFor(waitingFor(inode));
    if (isSeen) inode.state |= State.Wanted;
  }

  private add(name: Name, inode: Inode, path: Path): AwaitedLink {
    const link = changetype<AwaitedLink>(this.tree.room(offsetof<AwaitedLink>() + path.length));
    link.name = name;
    link.inode = inode;
    link.layer = this.layer;
    link.pathLength = path.length;
    memory.copy(link.path, path.at, path.length);
    const last = this.last;
    if (last) last.next = link;
    else this.first = link;
    this.last = link;
    return link;
  }

  /**
   * The layer is whole: gives all names that wait the files they are for, if it has them.
   *
   * @fails NotFound            a target never came
   * @fails FailedPrecondition  it is a directory, or links only wait for each other
   */
  settle(): void {
    this.known = null;
    let link = this.first;
    while (link) {
      if (this.isOpen(link)) this.settleOne(link);
      link = link.next;
    }
    this.settleDeferred();
    this.defer();
  }

  /** There are no more layers. @fails NotFound  there are links that wait */
  finish(): void {
    const link = this.deferred;
    if (link) this.refuseMissing(link);
  }

  /** Whether no later entry took the name, or a directory above it. */
  private isOpen(link: AwaitedLink): bool {
    if (link.name.inode !== link.inode) return false;
    const directory = link.name.parent;
    if (this.known !== directory) {
      this.known = directory;
      this.isKnownInTree = isInTree(directory);
    }
    return this.isKnownInTree;
  }

  /** Follows links that wait for links to the file at their end, which all of them then get. */
  private settleOne(link: AwaitedLink): void {
    let at = link;
    let standIn = link.inode;
    this.order.clear();
    this.follow(link);
    while ((standIn.state & (State.Settled | State.Deferred)) == 0) {
      if (standIn.state & State.Counted) this.refuse(ErrorCode.FailedPrecondition, link, "links that lead in a circle");
      standIn.state |= State.Counted; // on this way
      const inode = this.seek(at);
      if (!inode) return this.leaveToBelow(at);
      if ((inode.state & State.Awaited) == 0) return this.give(inode);
      standIn = inode;
      if (inode.state & State.Settled) break;
      at = waitingFor(inode);
      this.follow(at);
    }
    if (standIn.state & State.Settled) this.give(changetype<Inode>(standIn.content));
    else this.leaveToBelow(waitingFor(standIn));
  }

  private follow(link: AwaitedLink): void {
    const order = this.order;
    order.reserve(order.length + sizeof<usize>());
    store<AwaitedLink>(order.at + order.length, link);
    order.length += sizeof<usize>();
  }

  /** @returns what the layer has at the link's target; null: nothing, and layers below may have it. @fails as `settle` */
  private seek(link: AwaitedLink): Inode | null {
    this.path.clean(link.target, link.targetLength);
    const name = this.resolver.find(this.path);
    if (!name) {
      if (!this.leadBelow || this.resolver.isHidden) this.refuseMissing(link);
      return null;
    }
    const inode = name.inode;
    if (inode.isDirectory) this.refuse(ErrorCode.FailedPrecondition, link, "a directory cannot have a hard link");
    if (this.leadBelow && (inode.state & State.Whiteout) != 0) this.refuseMissing(link);
    return inode;
  }

  private give(inode: Inode): void {
    const end = this.order.at + this.order.length;
    for (let at = this.order.at; at < end; at += sizeof<usize>()) {
      const link = load<AwaitedLink>(at);
      this.bind(link, inode);
      link.inode.state |= State.Settled;
      link.inode.content = changetype<usize>(inode); // for other names that it stands in for
    }
  }

  private bind(link: AwaitedLink, inode: Inode): void {
    if (link.name.inode === link.inode) link.name.inode = inode;
    if (link.inode.state & State.Wanted) this.skipped.want(inode);
  }

  /** All links on the way wait for what the last of them waits for. */
  private leaveToBelow(last: AwaitedLink): void {
    const end = this.order.at + this.order.length;
    for (let at = this.order.at; at < end; at += sizeof<usize>()) {
      const link = load<AwaitedLink>(at);
      link.inode.state |= State.Deferred;
      link.waitFor(last);
      waitingFor(link.inode).waitFor(last);
    }
  }

  /** Looks in the layer at hand for what links of layers above it wait for. */
  private settleDeferred(): void {
    let before: AwaitedLink | null = null;
    let link = this.deferred;
    while (link) {
      const following = link.next;
      if (this.settleLater(link)) {
        if (before) before.next = following;
        else this.deferred = following;
      } else before = link;
      link = following;
    }
  }

  /** @returns whether it waits no longer */
  private settleLater(link: AwaitedLink): bool {
    this.searched += SEARCH_COST + link.targetLength;
    if (this.searched > MAX_SEARCHED) {
      this.refuse(ErrorCode.OutOfRange, link, "too many hard links lead to layers below, over too many layers");
    }
    const inode = this.seek(link);
    if (!inode) return false;
    if (!(inode.state & State.Awaited)) {
      this.bind(link, inode);
      return true;
    }
    // A link itself, to what only layers below have.
    link.waitFor(waitingFor(inode));
    return false;
  }

  /** Puts the links of the layer at hand that it has no targets for to those of the layers above it. */
  private defer(): void {
    let link = this.first;
    while (link) {
      const following = link.next;
      if (this.isOpen(link)) {
        link.next = this.deferred;
        this.deferred = link;
      }
      link = following;
    }
    this.first = null;
    this.last = null;
  }

  private refuseMissing(link: AwaitedLink): void {
    this.refuse(ErrorCode.NotFound, link, "there is no such file to link to");
  }

  private refuse(code: ErrorCode, link: AwaitedLink, why: string): void {
    this.layerAtFault = link.layer;
    const target = quote(link.target, link.targetLength);
    fail(code, `ext4: "${quote(link.path, link.pathLength)}": hard link to "${target}": ${why}`);
  }
}
