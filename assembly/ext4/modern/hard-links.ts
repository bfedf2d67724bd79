/** Hard links whose targets come later in the layer. */
import { ErrorCode } from "../../abi";
import { ByteBuffer } from "../../bytes/memory";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { Inode, Name } from "../../tree/inode";
import { Path } from "../../tree/path";
import { Tree } from "../../tree/tree";
import { Resolver } from "./resolver";
import { State } from "./state";

/** A name that waits, with its own path and that of its target, which follow each other behind the record. */
@unmanaged
class AwaitedLink {
  next: AwaitedLink | null; // 0x00
  name: Name;               // 0x04
  inode: Inode;             // 0x08  stands in until the target is known
  pathLength: u32;          // 0x0c
  targetLength: u32;        // 0x10

  get path(): usize {
    return changetype<usize>(this) + offsetof<AwaitedLink>();
  }

  get target(): usize {
    return this.path + this.pathLength;
  }

  /** Whether no later entry took the name, or a directory above it. */
  get isOpen(): bool {
    if (this.name.inode !== this.inode) return false;
    let directory = this.name.parent;
    let own = directory.ownName;
    while (own) {
      if (own.inode !== directory) return false;
      directory = own.parent;
      own = directory.ownName;
    }
    return true;
  }
}

export class HardLinks {
  private first: AwaitedLink | null = null;
  private last: AwaitedLink | null = null;
  private path: Path = new Path();
  private order: ByteBuffer = new ByteBuffer();

  constructor(private tree: Tree, private resolver: Resolver) {}

  /** `name`, at `path`, is a link to what will be at `target`; `inode` stands in for it. */
  await(name: Name, inode: Inode, path: Path, target: Path): void {
    const link = changetype<AwaitedLink>(this.tree.room(offsetof<AwaitedLink>() + path.length + target.length));
    link.name = name;
    link.inode = inode;
    link.pathLength = path.length;
    link.targetLength = target.length;
    memory.copy(link.path, path.at, path.length);
    memory.copy(link.target, target.at, target.length);
    inode.content = changetype<usize>(link); // so that a link to this one finds the way on
    const last = this.last;
    if (last) last.next = link;
    else this.first = link;
    this.last = link;
  }

  /**
   * Gives all names that wait the files they are for.
   *
   * @fails NotFound            a target never came
   * @fails FailedPrecondition  it is a directory, or links only wait for each other
   */
  settle(): void {
    let link = this.first;
    while (link) {
      if (link.isOpen) this.settleOne(link);
      link = link.next;
    }
  }

  /** Follows links that wait for links to the file at their end, which all of them then get. */
  private settleOne(link: AwaitedLink): void {
    this.order.clear();
    let at = link;
    while (true) {
      if (at.inode.state & State.Counted) refuse(ErrorCode.FailedPrecondition, link, "links that lead in a circle");
      at.inode.state |= State.Counted; // on this way; none of these inodes stays
      this.order.reserve(this.order.length + sizeof<usize>());
      store<AwaitedLink>(this.order.at + this.order.length, at);
      this.order.length += sizeof<usize>();

      this.path.clean(at.target, at.targetLength);
      const name = this.resolver.find(this.path);
      if (!name) {
        refuse(ErrorCode.NotFound, at, "there is no such file to link to");
        return;
      }
      const inode = name.inode;
      if (inode.isDirectory) refuse(ErrorCode.FailedPrecondition, at, "a directory cannot have a hard link");
      if (!(inode.state & State.Awaited)) return this.give(inode);
      at = changetype<AwaitedLink>(inode.content);
    }
  }

  private give(inode: Inode): void {
    const end = this.order.at + this.order.length;
    for (let at = this.order.at; at < end; at += sizeof<usize>()) load<AwaitedLink>(at).name.inode = inode;
  }
}

function refuse(code: ErrorCode, link: AwaitedLink, why: string): void {
  const target = quote(link.target, link.targetLength);
  fail(code, `ext4: "${quote(link.path, link.pathLength)}": hard link to "${target}": ${why}`);
}
