/** Which names lead to one file, in two trees: whether they still do, and what a layer must say so that they do again. */
import { IdTable } from "../tree/id-table";
import { TreeReader } from "../tree/tree-reader";

export class LinkComparison {
  private upperOf: IdTable = new IdTable();
  private lowerOf: IdTable = new IdTable();
  private changed: IdTable = new IdTable();

  /**
   * Looks at files that have one name in two trees. Files without other names pass at no cost.
   *
   * @returns whether, as far as was seen, the names of the one are those of the other
   */
  isSame(lower: TreeReader, upper: TreeReader): bool {
    if (lower.linkCount < 2 && upper.linkCount < 2) return true;
    const knownUpper = this.upperOf.get(lower.id);
    const knownLower = this.lowerOf.get(upper.id);
    if (knownUpper == 0 && knownLower == 0) {
      this.upperOf.set(lower.id, upper.id);
      this.lowerOf.set(upper.id, lower.id);
      return true;
    }
    return knownUpper == upper.id && knownLower == lower.id;
  }

  /** Whether two files were the same under other names already. */
  isKnown(lower: TreeReader, upper: TreeReader): bool {
    if (lower.linkCount < 2 || upper.linkCount < 2) return false;
    return this.upperOf.get(lower.id) == upper.id && this.lowerOf.get(upper.id) == lower.id;
  }

  /** A name of the upper file is in the layer. Then all must be: a link cannot lead out of it. */
  markChanged(upper: TreeReader): void {
    if (upper.linkCount > 1) this.changed.set(upper.id, 1);
  }

  isChanged(upper: TreeReader): bool {
    return upper.linkCount > 1 && this.changed.get(upper.id) != 0;
  }
}
