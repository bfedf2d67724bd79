/** Which parts of a file an archive holds. */
import { ErrorCode } from "../abi";
import { ByteBuffer } from "../bytes/memory";
import { fail } from "../host";
import { Region } from "../tar/writer";
import { TreeReader } from "../tree/tree-reader";

/**
 * A hole shorter than this is written as zeros; a file with a longer one is sparse. Such an entry takes 1 to 2 KiB more,
 * a program that knows sparse files to unpack it, and a seek for each hole; below this size little is gained for that.
 */
const MIN_HOLE: u64 = 64 * 1024;
/** Where there are too many holes for a map, the shorter ones are filled, up to this: enough for any file of 512 GiB. */
const LARGEST_MIN_HOLE: u64 = 16 * 1024 * 1024;
/** A map of so many numbers, of up to 14 digits and their newlines, keeps below the 1 MiB that readers take. */
const MAX_REGIONS: u32 = 32_768;

export class Regions {
  private list: ByteBuffer = new ByteBuffer();

  /** `count` Regions. */
  get at(): usize {
    return this.list.at;
  }

  get count(): u32 {
    return this.list.length / offsetof<Region>();
  }

  region(index: u32): Region {
    return changetype<Region>(this.list.at + index * offsetof<Region>());
  }

  /**
   * Takes the regions of the regular file that is open in `tree`, in place of what was here.
   *
   * @returns whether the file is sparse; if not, it is one region, or none
   * @fails OutOfRange  it has more holes than a map can hold
   */
  take(tree: TreeReader): bool {
    let minHole = MIN_HOLE;
    this.list.clear();
    tree.startRegions();
    while (tree.nextRegion()) {
      this.add(tree.regionAt, tree.regionLength, minHole);
      while (this.count > MAX_REGIONS) {
        minHole *= 2;
        if (minHole > LARGEST_MIN_HOLE) {
          fail(ErrorCode.OutOfRange, `tar: file ${tree.id}: more than ${MAX_REGIONS} holes of ${LARGEST_MIN_HOLE} bytes`);
        }
        this.merge(minHole);
      }
    }
    return this.closeEnd(tree.size, minHole);
  }

  /** @returns whether a hole is left */
  private closeEnd(size: u64, minHole: u64): bool {
    const end = this.end;
    if (end < size && size - end >= minHole) return true;
    if (end < size) this.add(end, size - end, minHole);
    return this.count > 1 || (this.count == 1 && this.region(0).at > 0);
  }

  /** Where the last region ends. */
  private get end(): u64 {
    const count = this.count;
    return count > 0 ? this.region(count - 1).at + this.region(count - 1).length : 0;
  }

  /** Adds a region behind all others; to the last of them, if the hole between is short. */
  private add(at: u64, length: u64, minHole: u64): void {
    const count = this.count;
    const end = this.end;
    if (at - end < minHole) {
      if (count > 0) {
        this.region(count - 1).length += at + length - end;
        return;
      }
      length += at;
      at = 0;
    }
    const list = this.list;
    list.reserve(list.length + offsetof<Region>());
    list.length += offsetof<Region>();
    const region = this.region(count);
    region.at = at;
    region.length = length;
  }

  /** Fills all holes that are shorter than `minHole`. */
  private merge(minHole: u64): void {
    const count = this.count;
    this.list.clear();
    for (let i: u32 = 0; i < count; i++) {
      const region = this.region(i); // at or behind the one that is written
      this.add(region.at, region.length, minHole);
    }
  }
}
