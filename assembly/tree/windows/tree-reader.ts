/**
 * A tree of files of Windows as an image holds it: what layers are made from, and looked into. As `TreeReader` is for
 * those of Linux.
 *
 *     tree.open(tree.root);
 *     tree.startNames();
 *     while (tree.nextName()) … tree.name, tree.nameUnits, tree.child …
 *
 * One file is open at a time; names, streams and content are its own. All is kept in the reader itself and told anew by the
 * next call.
 */
import { WindowsMetadata } from "./metadata";

export abstract class WindowsTreeReader {
  /** Of the open file; the same for all of its names. 0: none is open. */
  id: u32 = 0;
  /** Its addresses hold until another file is opened. */
  readonly metadata: WindowsMetadata = new WindowsMetadata();
  isDirectory: bool = false;
  /** Bytes of the content, which is the stream without a name. */
  size: u64 = 0;

  /** What `nextName` told: a name in the open directory, in units of UTF-16, and the file that has it. */
  name: usize = 0;
  nameUnits: u32 = 0;
  child: u32 = 0;

  /** What `nextStream` told: the name of an alternate stream, without colons and type, in units of UTF-16. */
  streamName: usize = 0;
  streamUnits: u32 = 0;
  streamSize: u64 = 0;

  /** The directory that all others are in. */
  abstract get root(): u32;

  /** Upper case of each unit of UTF-16: 65,536 u16 at this address, by which names in a directory are told apart. */
  abstract get upcase(): usize;

  /** A walk over the tree begins, in which no directory is asked twice for its names: more than that may be refused. */
  beginWalk(): void {}

  /** @fails Corrupt  there is no such file, or it is damaged */
  abstract open(id: u32): void;

  /** Of a directory. @fails Corrupt */
  abstract startNames(): void;

  /** @returns whether there is another name; they come in ascending order of their upper case, unit by unit */
  abstract nextName(): bool;

  abstract startStreams(): void;

  /** @returns whether there is another alternate stream, in the same order as names */
  abstract nextStream(): bool;

  /**
   * Puts bytes of the content into memory at `to`.
   *
   * @returns bytes put there: `length`, or fewer where it ends
   * @fails Corrupt, Unsupported
   */
  abstract read(at: u64, to: usize, length: u32): u32;

  /** The same for the alternate stream at hand. */
  abstract readStream(at: u64, to: usize, length: u32): u32;

  /** Whether the content is that of the file which is open in `other`, for it is the same piece of the same file of the host. */
  sharesContent(other: WindowsTreeReader): bool {
    return false;
  }

  /** The same for the alternate streams at hand. */
  sharesStream(other: WindowsTreeReader): bool {
    return false;
  }
}
