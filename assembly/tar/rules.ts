/** By whose rules an archive is understood where Go's reader stands alone. */
export const enum TarRules {
  /** As Go's archive/tar. */
  Go,
  /** As POSIX, GNU tar and libarchive: global records are defaults, labels are no files, attributes come in all forms. */
  Posix,
}
