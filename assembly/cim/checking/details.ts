/** What exactly is wrong, where the name of the problem alone does not say. The sentences are in the same order. */

export const enum HeaderDetail {
  Length,
  Reserved,
  Minor,
}

export const enum LabelDetail {
  Index,
  Type,
}

export const enum FilesystemDetail {
  Object,
  Root,
  RootType,
}

export const enum UpcaseDetail {
  Place,
  Surrogate,
}

export const enum TableDetail {
  /** The directory of the tables. */
  Directory,
  Count,
  EntrySize,
  Place,
  Alignment,
  /** Of all tables together. */
  Bytes,
}

export const enum FlagsDetail {
  Flags,
  Reserved,
}

/** Of names, in directories and of streams. */
export const enum LinkDetail {
  Place,
  Numbers,
  Alignment,
  Sparse,
  /** Of streams alone: a length stands before the table. */
  BehindLength,
}

export const enum SizeDetail {
  Length,
  None,
}

export const enum OrderDetail {
  Order,
  Twice,
}

export const enum StreamDetail {
  Content,
  /** What is no stream of its own can only be data. */
  Alternate,
}

export const enum PlaceDetail {
  Page,
  Eight,
  Metadata,
}

export const enum PeDetail {
  Place,
  Length,
  Mappings,
  Order,
  Range,
}

export const enum BlobDetail {
  Place,
  Content,
  /** Of reparse data: the tag in the record. */
  Tag,
}

export const enum AlignmentDetail {
  Descriptor,
  ExtendedAttributes,
  Reparse,
  PeImage,
  FileTables,
  Filesystem,
  Upcase,
}

export const enum ObjectIdDetail {
  Size,
  Magic,
  Type,
  Table,
  Offset,
  Version,
}
