/** Whose every block of an image is, gathered once: asked for any of them, it answers in no time. */
import type { RandomAccess } from "../random-access.ts";
import { nextTurn } from "../turn.ts";
import type { BlockPlace, StructureName } from "./explanation.ts";
import { ImageView } from "./image-view.ts";
import { PathIndex } from "./path-index.ts";
import { firstOffset, isOfFile, ownersOf, type Placed, toBlockPlace } from "./places.ts";

/** Runs between two turns of the event loop. */
const RUNS_A_TURN = 10_000;

/** Runs, as columns: there may be millions. */
interface Runs {
  /** Where each begins, in order. Bytes of the disk. */
  readonly starts: Float64Array;
  readonly structures: readonly StructureName[];
  readonly owners: Uint32Array;
  readonly firsts: Float64Array;
}

export class BlockOwners {
  private constructor(
    private readonly view: ImageView,
    private readonly runs: Runs,
    private readonly paths: PathIndex,
  ) {}

  /**
   * Reads all inodes and all directories. Of a damaged image it knows what can be read.
   *
   * @param file  stays open
   * @throws the reason of `signal`
   */
  static async gather(file: RandomAccess, signal?: AbortSignal): Promise<BlockOwners> {
    const view = await ImageView.open(file);
    const runs = await gatherRuns(view, signal);
    return new BlockOwners(view, runs, await PathIndex.gather(view.image, signal));
  }

  /** What could not be read. */
  get damage(): readonly string[] {
    return this.view.damage;
  }

  /** @param block  of the disk, in blocks of the filesystem */
  placeOf(block: number): BlockPlace {
    const at = block * this.view.blockSize;
    const place = this.#runAt(at);
    const paths = new Map<number, Uint8Array>();
    const path = isOfFile(place) ? this.paths.pathOf(place.owner) : undefined;
    if (path) paths.set(place.owner, path);
    return toBlockPlace(place, this.view.inspection, paths);
  }

  #runAt(at: number): Placed {
    const { starts, structures, owners, firsts } = this.runs;
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= at) low = middle;
      else high = middle;
    }
    const run = { at: starts[low]!, structure: structures[low]!, owner: owners[low]! };
    const first = firsts[low]! + firstOffset(run, at, this.view.blockSize);
    return { ...run, at, length: this.view.blockSize, first };
  }
}

async function gatherRuns(view: ImageView, signal: AbortSignal | undefined): Promise<Runs> {
  const starts: number[] = [];
  const structures: StructureName[] = [];
  const owners: number[] = [];
  const firsts: number[] = [];
  for (const { at, length, structure, owner, first } of ownersOf(view, view.diskSize)) {
    if (length === 0) continue;
    starts.push(at);
    structures.push(structure);
    owners.push(owner);
    firsts.push(first);
    if (structure === "none") break;
    if (starts.length % RUNS_A_TURN !== 0) continue;
    await nextTurn();
    signal?.throwIfAborted();
  }
  return {
    starts: Float64Array.from(starts),
    structures,
    owners: Uint32Array.from(owners),
    firsts: Float64Array.from(firsts),
  };
}
