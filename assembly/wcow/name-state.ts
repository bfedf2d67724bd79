/** What the layer at hand has to do with a name in the tree: bits of `WindowsName.state`. */
export const enum NameState {
  /** Nothing: it comes from a layer below. */
  Inherited = 0,
  /** An entry gave it. */
  Added = 1,
  /** A directory that no entry described, made for what is in it. */
  Implied = 2,
  /** A directory from a layer below, in which this one has something. */
  Entered = 4,
  /** A hard link whose target is still to come. */
  Awaited = 8,
  /** A directory in which nothing of the layers below is left. */
  Opaque = 16,
}
