/** What Windows says of a file beside its names and its bytes. */

/** Addresses hold for as long as whoever fills it says. A length of 0: there is none. */
export class WindowsMetadata {
  /** As tree/windows/attributes has them. A directory is what has DIRECTORY; what has reparse data has REPARSE_POINT. */
  attributes: u32 = 0;
  // FILETIME: ticks of 100 ns since 1601. 0: not set.
  creationTime: u64 = 0;
  lastWriteTime: u64 = 0;
  changeTime: u64 = 0;
  lastAccessTime: u64 = 0;
  /** A self-relative SECURITY_DESCRIPTOR. */
  securityDescriptor: usize = 0;
  securityDescriptorLength: u32 = 0;
  /** A chain of FILE_FULL_EA_INFORMATION. */
  eas: usize = 0;
  easLength: u32 = 0;
  /** A REPARSE_DATA_BUFFER with its header. */
  reparse: usize = 0;
  reparseLength: u32 = 0;

  /** As of a file of which nothing is known. */
  clear(): void {
    this.attributes = 0;
    this.creationTime = 0;
    this.lastWriteTime = 0;
    this.changeTime = 0;
    this.lastAccessTime = 0;
    this.securityDescriptorLength = 0;
    this.easLength = 0;
    this.reparseLength = 0;
  }
}
