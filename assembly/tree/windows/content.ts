/** The bytes of files while an image of a Windows layer is made: they go out as they come, and can be read back. */

/** Where the bytes of one stream stand. The tree keeps these numbers and does not ask what they mean. */
@unmanaged
export class Content {
  place: u64;   // 0x00  as the image's format counts
  length: u64;  // 0x08  bytes
  kind: u32;    // 0x10  as the image's format has it; 0: the bytes stand there one after another
}               // 0x14

/**
 *     contents.begin(length);
 *     contents.append(…); contents.zeros(…); …   // `length` bytes in all
 *     contents.end(content);
 *
 * One stream at a time.
 */
export abstract class ContentStore {
  /** @fails OutOfRange  the format has no room for as much */
  abstract begin(length: u64): void;
  abstract append(from: usize, length: u32): void;
  abstract zeros(length: u64): void;

  /** Tells where it all stands: possibly where equal bytes stood already. */
  abstract end(content: Content): void;

  /** Puts `length` bytes of a stream, from byte `at` on, into memory at `to`. @fails Corrupt  they are not all there */
  abstract read(content: Content, at: u64, to: usize, length: u32): void;
}
