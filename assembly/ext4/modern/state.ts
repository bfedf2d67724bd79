/** What the records of the tree remember beside what is written. */

/** Bits of `Inode.state`. */
export const enum State {
  /** `content` is the address of a list of runs. */
  Fragmented = 1,
  /** `content` is the address of 60 bytes: the root of extents that have nodes. */
  Rooted = 2,
  /** A hard link whose target has not come yet. */
  Awaited = 4,
  /** A directory that hides what the layers below have in it. */
  Opaque = 8,
  /** Made by a whiteout. */
  Whiteout = 0x10,
  /** Met in the walk over the finished tree. */
  Counted = 0x20,
  /** Its inode number is final. */
  Numbered = 0x40,
  /** Its target wants a block, and has none yet. */
  TargetAwaits = 0x80,
  /** Its names do not fit one block. */
  Indexed = 0x100,
  /** A directory that no entry described. */
  Implied = 0x200,
  /** A file whose content was passed over, as a layer above hides its name. */
  Skipped = 0x400,
  /** Of one of those: its content is wanted after all. Of what stands in for a link's target: the link is not hidden. */
  Wanted = 0x800,
  /** Of what stands in for a link's target: the layers below are asked for it. */
  Deferred = 0x1000,
  /** Of what stood in for a link's target: its content is the target's address. */
  Settled = 0x2000,
}

/** Bits of `Name.state`. */
export const enum NameState {
  /** A whiteout said that the layers below have it no longer. */
  WhitedOut = 1,
  /** Of a layer of additions, and no layer below has been seen to have it. */
  Addition = 2,
}
