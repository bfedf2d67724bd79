/** What Windows knows of a file beside its names and its bytes, and what a CIM says of itself. */

/** Times are FILETIMEs: ticks of 100 ns since 1601; 0: not set. */
export interface WindowsStats {
  /** FILE_ATTRIBUTE_*, such as 0x20 for ARCHIVE. */
  readonly attributes: number;
  readonly creationTime: bigint;
  readonly lastWriteTime: bigint;
  readonly changeTime: bigint;
  readonly lastAccessTime: bigint;

  /** Number of the directory that the file is said to be in, or of one of them; 0: the image does not say. */
  readonly parent: number;

  /** A self-relative SECURITY_DESCRIPTOR; empty: none. */
  readonly securityDescriptor: Uint8Array;

  /** As Windows has it on a file, a chain of FILE_FULL_EA_INFORMATION; empty: none. `xattrs` tells them one by one. */
  readonly extendedAttributes: Uint8Array;

  /** 0: it is no reparse point. */
  readonly reparseTag: number;

  /** A REPARSE_DATA_BUFFER with its header; empty: none. */
  readonly reparse: Uint8Array;
}

/** An alternate stream. */
export interface NamedStream {
  /** Without colons and type. Surrogates that stand alone became U+FFFD. */
  readonly name: string;

  /** As it is, in WTF-8. */
  readonly nameBytes: Uint8Array;

  /** Bytes. */
  readonly size: number;
}

/** Regions that were made together. */
export interface RegionSet {
  readonly guid: string;

  /** Files `region_<guid>_0` and on. */
  readonly regions: number;

  /** Bytes of them. */
  readonly size: number;
}

/** Sizes are bytes. */
export interface CimInspection {
  /** Of the format, such as `2.0`. */
  readonly version: string;

  /** Of the header and all regions, those of parents among them. */
  readonly size: number;
  readonly regionSet: RegionSet;

  /** Whose regions it refers to, oldest first. */
  readonly parents: readonly RegionSet[];
  readonly fileTables: number;
  readonly files: number;
  readonly directories: number;
  readonly reparsePoints: number;
  readonly alternateStreams: number;

  /** What is stored, by what it is; what files share is counted once. */
  readonly bytes: CimBytes;
}

export interface CimBytes {
  readonly content: number;
  readonly streams: number;
  readonly directories: number;
  readonly securityDescriptors: number;
  readonly extendedAttributes: number;
  readonly reparse: number;
  readonly streamTables: number;
  readonly peImages: number;
  readonly fileTables: number;
  readonly upcase: number;
}
