/** Hard links whose targets come later in the layer. */
import { ErrorCode } from "../abi";
import { Arena, ByteBuffer } from "../bytes/memory";
import { fail } from "../host";
import { WindowsFile, WindowsName } from "../tree/windows/file";
import { WindowsTree } from "../tree/windows/tree";
import { NameState } from "./name-state";
import { quoteUnits, WindowsPath } from "./path";
import { findName } from "./lookup";

const SEGMENT_SIZE: usize = 64 * 1024;

/** A name that waits, with its own path and that of its target, which follow each other behind the record. */
@unmanaged
class AwaitedLink {
  next: AwaitedLink | null; // 0x00
  name: WindowsName;        // 0x04
  standIn: WindowsFile;     // 0x08  has the name until the target is known
  pathUnits: u32;           // 0x0c
  targetUnits: u32;         // 0x10
  isPassed: bool;           // 0x14  on the way to a target

  get path(): usize {
    return changetype<usize>(this) + offsetof<AwaitedLink>();
  }

  get target(): usize {
    return this.path + 2 * this.pathUnits;
  }
}

export class HardLinks {
  private first: AwaitedLink | null = null;
  private last: AwaitedLink | null = null;
  private arena: Arena = new Arena(SEGMENT_SIZE);
  private path: WindowsPath = new WindowsPath();
  private order: ByteBuffer = new ByteBuffer();

  constructor(private tree: WindowsTree) {}

  /** `name`, at `path`, is a link to what will be at `target`; `standIn`, a fresh file, has it until then. */
  await(name: WindowsName, standIn: WindowsFile, path: WindowsPath, target: WindowsPath): void {
    const link = changetype<AwaitedLink>(this.arena.take(offsetof<AwaitedLink>() + 2 * (path.units + target.units)));
    link.name = name;
    link.standIn = standIn;
    link.pathUnits = path.units;
    link.targetUnits = target.units;
    memory.copy(link.path, path.at, 2 * path.units);
    memory.copy(link.target, target.at, 2 * target.units);
    standIn.place = changetype<usize>(link); // so that a link to this one finds the way on
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
      // Where a later entry took the name, or a directory above it, nobody has the stand-in.
      if (link.standIn.linkCount > 0) this.settleOne(link);
      link = link.next;
    }
  }

  /** Follows links that wait for links to the file at their end, which all of them then get. */
  private settleOne(link: AwaitedLink): void {
    const order = this.order;
    order.clear();
    let at = link;
    while (true) {
      if (at.isPassed) refuse(ErrorCode.FailedPrecondition, link, "links that lead in a circle");
      at.isPassed = true;
      order.reserve(order.length + sizeof<usize>());
      store<AwaitedLink>(order.at + order.length, at);
      order.length += sizeof<usize>();

      this.path.restore(at.target, at.targetUnits);
      const name = findName(this.tree, this.path);
      if (!name) {
        refuse(ErrorCode.NotFound, at, "there is no such file to link to");
        return;
      }
      if (name.file.isDirectory) refuse(ErrorCode.FailedPrecondition, at, "a directory cannot have a hard link");
      if (!(name.state & NameState.Awaited)) return this.give(name.file);
      at = changetype<AwaitedLink>(<usize>name.file.place);
    }
  }

  private give(file: WindowsFile): void {
    const end = this.order.at + this.order.length;
    for (let at = this.order.at; at < end; at += sizeof<usize>()) {
      const name = load<AwaitedLink>(at).name;
      name.state &= ~(<u16>NameState.Awaited);
      this.tree.assign(name, file);
    }
  }
}

function refuse(code: ErrorCode, link: AwaitedLink, why: string): void {
  const target = quoteUnits(link.target, link.targetUnits);
  fail(code, `layer: "${quoteUnits(link.path, link.pathUnits)}": hard link to "${target}": ${why}`);
}
