/**
 * Layers in one image, laid over one another as overlayfs shows them. They are fed from the highest down: so of each file
 * it is known, when it comes, whether it is hidden, and the content of one that is takes no room.
 *
 *     begin(number)  entry… end()  [of wantsAgain: entry… end()]  begin…  finish()
 *
 * Sources: OCI image specification, "Image Layer Filesystem Changeset"; Linux, overlayfs.rst.
 */
import { ErrorCode } from "../../abi";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { Sink } from "../../sink";
import { Entry } from "../../tree/entry";
import { Inode } from "../../tree/inode";
import { DIRECTORY, REGULAR } from "../../tree/mode";
import { asSeenFromBelow } from "./counterpart";
import { LOST_FOUND, LOST_FOUND_MODE, ModernLayer } from "./layer";
import { markAdditions, Merger, stripWhiteouts } from "./merger";
import { Settings } from "./settings";
import { State } from "./state";

export class LayerStack extends ModernLayer {
  /** Whether the layer at hand is to be fed again: hard links are seen to files that were passed over. */
  wantsAgain: bool = false;
  /** Entries of all layers. */
  entries: u64 = 0;
  private merger: Merger = new Merger();
  private isAddition: bool = false;

  /** @param settings  with `isStacked` and `overlay` */
  constructor(sink: Sink, settings: Settings) {
    super(sink, settings);
    this.tree.root.state = State.Implied;
    this.links.leadBelow = true;
  }

  /**
   * The next layer below those that came.
   *
   * @param number      what messages call it; not 0
   * @param isAddition  whether it must have no file where the layers below have a directory, nor the reverse
   */
  begin(number: u32, isAddition: bool): void {
    this.isAddition = isAddition;
    const root = this.makeInode(DIRECTORY | 0o755);
    root.state = State.Implied;
    root.content = asSeenFromBelow(this.tree.root);
    this.root = root;
    this.resolver.begin(root);
    this.links.layer = number;
    this.filler.skipped.clear();
  }

  /** After a failure: number of the layer whose fault it is; 0: of that at hand. */
  get layerAtFault(): u32 {
    return this.links.layerAtFault;
  }

  entry(entry: Entry): bool {
    this.filler.skipped.entry++;
    if (this.wantsAgain) return this.takeSkipped(entry);
    this.entries++;
    return super.entry(entry);
  }

  /** The layer is whole. @fails as HardLinks.settle */
  end(): void {
    const skipped = this.filler.skipped;
    if (this.wantsAgain) {
      this.wantsAgain = false;
      if (skipped.wanted > 0) refuseChanged(`${skipped.wanted} of its files are missing now`);
      return;
    }
    this.links.settle();
    if (this.isAddition) markAdditions(this.root);
    this.merger.merge(this.tree, this.root);
    this.wantsAgain = skipped.wanted > 0;
    skipped.rewind();
  }

  /** There are no more layers. @fails NotFound  of hard links; as ModernWriter.finish */
  finish(): void {
    this.links.finish();
    this.settleLostFound();
    stripWhiteouts(this.tree.root);
    this.writer.finish();
  }

  /** @returns whether the content of `entry` is one that is wanted after all */
  private takeSkipped(entry: Entry): bool {
    const inode = this.filler.skipped.take();
    if (!inode) return false;
    if (entry.fileType != REGULAR || entry.size != inode.size) {
      refuseChanged(`"${quote(entry.name, entry.nameLength)}" is not the file that it was`);
    }
    this.filler.beginContent(inode);
    return true;
  }

  /** As in one layer, it is there, and a directory. */
  private settleLostFound(): void {
    const root = this.tree.root;
    const name = this.tree.find(root, LOST_FOUND.at, LOST_FOUND.length);
    if (!name || (name.inode.state & State.Whiteout) != 0) return this.makeLostFound(root, name);
    const inode = name.inode;
    this.path.clean(LOST_FOUND.at, LOST_FOUND.length);
    if (!inode.isDirectory) this.refuseLostFound();
    if (inode.state & State.Implied) inode.mode = LOST_FOUND_MODE;
    this.writer.lostFound = inode;
  }
}

function refuseChanged(how: string): void {
  fail(ErrorCode.FailedPrecondition, `ext4: the layer changed between two readings: ${how}`);
}
