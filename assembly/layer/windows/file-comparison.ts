/** What counts as a change of a file of Windows: all that a layer says of it. */
import { equalBytes } from "../../bytes/equal";
import { NORMAL } from "../../tree/windows/attributes";
import { WindowsMetadata } from "../../tree/windows/metadata";
import { isDefaultDescriptor } from "../../tree/windows/security-descriptor";
import { WindowsTreeReader } from "../../tree/windows/tree-reader";

const PIECE: u32 = 256 * 1024;
const lowerPiece = memory.data(256 * 1024, 16);
const upperPiece = memory.data(256 * 1024, 16);

/**
 * Compares the files that are open in two trees: attributes, all four times, descriptor, extended attributes, where a link
 * leads, then the bytes of the content and of each alternate stream. What names they have is not looked at.
 *
 *     if (comparison.start(lower, upper)) while (comparison.step()) …
 *     comparison.isEqual
 */
export class WindowsFileComparison {
  isEqual: bool = false;
  private lower: WindowsTreeReader;
  private upper: WindowsTreeReader;
  /** Of the content, or of the stream at hand. */
  private at: u64 = 0;
  private size: u64 = 0;
  private isStream: bool = false;

  constructor() {
    this.lower = changetype<WindowsTreeReader>(0);
    this.upper = changetype<WindowsTreeReader>(0);
  }

  /** @returns whether bytes are still to be compared; if not, `isEqual` says how it is */
  start(lower: WindowsTreeReader, upper: WindowsTreeReader): bool {
    this.lower = lower;
    this.upper = upper;
    this.isEqual = haveSameMetadata(lower.metadata, upper.metadata) && lower.isDirectory == upper.isDirectory;
    const hasContent = !upper.isDirectory;
    if (hasContent && lower.size != upper.size) this.isEqual = false;
    if (!this.isEqual) return false;
    this.at = 0;
    this.size = hasContent && upper.size > 0 && !upper.sharesContent(lower) ? upper.size : 0;
    this.isStream = false;
    return this.size > 0 || this.nextStream();
  }

  /** Compares the next piece. @returns whether there is more to compare; @fails Corrupt, Unsupported */
  step(): bool {
    if (this.at < this.size) this.comparePiece();
    if (!this.isEqual) return false;
    return this.at < this.size || this.nextStream();
  }

  private comparePiece(): void {
    const at = this.at;
    const length = <u32>min<u64>(PIECE, this.size - at);
    const lower = this.lower;
    const upper = this.upper;
    const one = this.isStream ? lower.readStream(at, lowerPiece, length) : lower.read(at, lowerPiece, length);
    const other = this.isStream ? upper.readStream(at, upperPiece, length) : upper.read(at, upperPiece, length);
    this.isEqual = one == length && other == length && equalBytes(lowerPiece, upperPiece, length);
    this.at = at + length;
  }

  /** @returns whether there is one in both, alike as far as its name and size go */
  private nextStream(): bool {
    const lower = this.lower;
    const upper = this.upper;
    if (!this.isStream) {
      lower.startStreams();
      upper.startStreams();
      this.isStream = true;
    }
    const hasLower = lower.nextStream();
    const hasUpper = upper.nextStream();
    if (!hasLower && !hasUpper) return false;
    this.isEqual = hasLower && hasUpper && haveSameStreamName(lower, upper) && lower.streamSize == upper.streamSize;
    this.at = 0;
    this.size = this.isEqual && !upper.sharesStream(lower) ? upper.streamSize : 0;
    return this.isEqual;
  }
}

function haveSameStreamName(lower: WindowsTreeReader, upper: WindowsTreeReader): bool {
  if (lower.streamUnits != upper.streamUnits) return false;
  return equalBytes(lower.streamName, upper.streamName, 2 * upper.streamUnits);
}

function haveSameMetadata(lower: WindowsMetadata, upper: WindowsMetadata): bool {
  if ((lower.attributes | NORMAL) != (upper.attributes | NORMAL)) return false;
  if (lower.creationTime != upper.creationTime || lower.lastWriteTime != upper.lastWriteTime) return false;
  if (lower.changeTime != upper.changeTime || lower.lastAccessTime != upper.lastAccessTime) return false;
  if (!areSame(lower.eas, lower.easLength, upper.eas, upper.easLength)) return false;
  if (!areSame(lower.reparse, lower.reparseLength, upper.reparse, upper.reparseLength)) return false;
  return haveSameDescriptor(lower, upper);
}

/** None is no other than the one that a file has where a layer says nothing. */
function haveSameDescriptor(lower: WindowsMetadata, upper: WindowsMetadata): bool {
  const one = lower.securityDescriptor;
  const other = upper.securityDescriptor;
  const oneLength = lower.securityDescriptorLength;
  const otherLength = upper.securityDescriptorLength;
  if (isDefaultDescriptor(one, oneLength) && isDefaultDescriptor(other, otherLength)) return true;
  return areSame(one, oneLength, other, otherLength);
}

function areSame(a: usize, aLength: u32, b: usize, bLength: u32): bool {
  return aLength == bLength && equalBytes(a, b, aLength);
}
