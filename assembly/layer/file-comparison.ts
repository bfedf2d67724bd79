/** What counts as a change of a file. */
import { equalBytes } from "../bytes/equal";
import { Time } from "../tree/entry";
import { REGULAR, SYMBOLIC_LINK } from "../tree/mode";
import { TreeReader } from "../tree/tree-reader";
import { XattrList } from "../tree/xattr-list";
import { ContentComparison } from "./content-comparison";
import { LinkTarget } from "./link-target";

/**
 * Compares the files that are open in two trees: type, permissions, owner, device number, mtime, attributes, then target
 * or content. Not atime, which a look changes, nor ctime, which no copy can keep; and link counts by the names alone.
 *
 *     if (comparison.start(lower, upper)) while (comparison.step()) …
 *     comparison.isEqual
 */
export class FileComparison {
  isEqual: bool = false;
  private lowerXattrs: XattrList = new XattrList();
  private upperXattrs: XattrList = new XattrList();
  private lowerTarget: LinkTarget = new LinkTarget();
  private upperTarget: LinkTarget = new LinkTarget();
  private content: ContentComparison = new ContentComparison();

  /** @returns whether content is still to be compared; if not, `isEqual` says how it is */
  start(lower: TreeReader, upper: TreeReader): bool {
    this.isEqual = haveSameMetadata(lower, upper) && this.haveSameXattrs(lower, upper);
    if (!this.isEqual) return false;
    if (upper.type == SYMBOLIC_LINK) this.isEqual = this.haveSameTarget(lower, upper);
    if (upper.type != REGULAR || upper.size == 0) return false;
    this.content.start(lower, upper);
    return true;
  }

  /** @returns whether there is more to compare */
  step(): bool {
    const goesOn = this.content.step();
    this.isEqual = this.content.isEqual;
    return goesOn;
  }

  private haveSameXattrs(lower: TreeReader, upper: TreeReader): bool {
    this.lowerXattrs.take(lower);
    this.upperXattrs.take(upper);
    return this.lowerXattrs.equals(this.upperXattrs);
  }

  /** What is none is no other's equal: to archive it fails, and says so. */
  private haveSameTarget(lower: TreeReader, upper: TreeReader): bool {
    const one = this.lowerTarget;
    const other = this.upperTarget;
    if (!one.take(lower) || !other.take(upper) || one.length != other.length) return false;
    return equalBytes(one.at, other.at, one.length);
  }
}

function haveSameMetadata(lower: TreeReader, upper: TreeReader): bool {
  if (lower.mode != upper.mode || lower.uid != upper.uid || lower.gid != upper.gid) return false;
  if (lower.deviceMajor != upper.deviceMajor || lower.deviceMinor != upper.deviceMinor) return false;
  if (!isSameMoment(lower.mtime, upper.mtime)) return false;
  const hasSize = upper.type == REGULAR || upper.type == SYMBOLIC_LINK;
  return !hasSize || lower.size == upper.size;
}

function isSameMoment(a: Time, b: Time): bool {
  return a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
}
