/** Which names lead to one file, in two trees: whether they still do, and what a layer must say so that they do again. */
import { IdTable } from "../tree/id-table";

/** Of files that have several names in one of the trees; others need not be asked for. */
export class LinkComparison {
  private upperOf: IdTable = new IdTable();
  private lowerOf: IdTable = new IdTable();
  private changed: IdTable = new IdTable();

  /**
   * Looks at files that have one name in two trees.
   *
   * @returns whether, as far as was seen, the names of the one are those of the other
   */
  isSame(lower: u64, upper: u64): bool {
    const knownUpper = this.upperOf.get(lower);
    const knownLower = this.lowerOf.get(upper);
    if (knownUpper == 0 && knownLower == 0) {
      this.upperOf.set(lower, upper);
      this.lowerOf.set(upper, lower);
      return true;
    }
    return knownUpper == upper && knownLower == lower;
  }

  /** Whether two files were the same under other names already. */
  isKnown(lower: u64, upper: u64): bool {
    return this.upperOf.get(lower) == upper && this.lowerOf.get(upper) == lower;
  }

  /** A name of the upper file is in the layer. Then all must be: a link cannot lead out of it. */
  markChanged(upper: u64): void {
    this.changed.set(upper, 1);
  }

  isChanged(upper: u64): bool {
    return this.changed.get(upper) != 0;
  }
}
