/** What only Windows can do with layers: its part of `Platform`. */

/** What only Windows can do with a layer. */
export interface WindowsLayers {
  /** Such as "NTFS", of the volume that `path` is on. */
  filesystemName(path: string): Promise<string>;

  /** Lets the group of virtual machines open `path`: an image that a machine boots from. */
  grantVirtualMachineGroupAccess(path: string): Promise<void>;

  /** Lets go of a layer that something still holds, so that its directory can be renamed. No error where it is not active. */
  deactivateLayer(directory: string): Promise<void>;

  /** Removes the directory of a layer with all that Windows keeps of it. */
  destroyLayer(directory: string): Promise<void>;

  /**
   * Makes the NTFS disk that each container's scratch begins as, at `path`: a differencing one over `blank-base.vhdx` beside it,
   * which is made too unless it is there.
   */
  makeScratchTemplate(path: string): Promise<void>;

  /** Makes `directory`, with a scratch disk for what is written over `parents`, the nearest first. */
  createScratch(directory: string, parents: readonly string[]): Promise<void>;

  /** Makes the scratch disk of a layer's directory larger, and the filesystem in it. Bytes. */
  expandScratch(directory: string, size: number): Promise<void>;

  /**
   * Makes the layer `directory` of what `exportLayer` left in the directory `from`.
   *
   * @throws ImageError  PermissionDenied: for administrators
   */
  importLayer(directory: string, from: string, parents: readonly string[]): Promise<void>;

  /**
   * Writes what the layer `directory` has over `parents`, the nearest first, into the directory `to`: files, what was deleted,
   * changes of the registry.
   *
   * @throws ImageError  PermissionDenied: for administrators
   */
  exportLayer(directory: string, to: string, parents: readonly string[]): Promise<void>;

  /** Whether this Windows can mount CIMs that refer to others. @throws ImageError  Unavailable, and why, where it cannot */
  assertCimFs(): Promise<void>;
}

/** What goes into a CIM of one file. Blobs as Windows has them on a file; empty: none. */
export interface CimFileMetadata {
  /** FILE_ATTRIBUTE_*: 0x10 makes a directory. */
  readonly attributes: number;

  /** Bytes of its content. */
  readonly size: number;

  /** FILETIMEs, as are the three below: ticks of 100 ns since 1601; 0: not set. */
  readonly creationTime: bigint;
  readonly lastWriteTime: bigint;
  readonly changeTime: bigint;
  readonly lastAccessTime: bigint;

  /** A self-relative SECURITY_DESCRIPTOR: every file has one. */
  readonly securityDescriptor: Uint8Array;

  /** A REPARSE_DATA_BUFFER with its header. */
  readonly reparse: Uint8Array;

  /** A chain of FILE_FULL_EA_INFORMATION. */
  readonly extendedAttributes: Uint8Array;
}

/**
 * A CIM while the system writes it. Paths are from its root, their names parted by `\`. One call at a time.
 *
 * Each throws an ImageError; after one nothing is left to do but to close it.
 */
export interface CimImage {
  /**
   * A file or directory, whose own directory was added before. What a fork has there gives way, but for a directory, which
   * keeps its names.
   *
   * @param content  `size` bytes of it
   */
  addFile(path: string, file: CimFileMetadata, content: Iterable<Uint8Array>): Promise<void>;

  /** An alternate stream of a file that was added. @param name  without colons and type */
  addStream(path: string, name: string, size: number, content: Iterable<Uint8Array>): Promise<void>;

  /** Another name for the file that has the name `to`. */
  addLink(path: string, to: string): Promise<void>;

  /** Takes a name away, and all that is below it. */
  delete(path: string): Promise<void>;

  /** All is there. */
  commit(): Promise<void>;

  /** Always the last call: what was not committed is gone. */
  close(): void;
}

/** The system's own writer of CIMs. */
export interface CimWriter {
  /**
   * Begins the CIM `name` in `directory`, where nobody else writes.
   *
   * @param parent  the CIM in that directory that it is a fork of: all that is in it is there from the start; default: none
   */
  create(directory: string, name: string, parent?: string): Promise<CimImage>;
}
