/** What an inode says, as programs see it. */
import { InodeField } from "../../../assembly/abi.ts";

export type FileType = "file" | "directory" | "symlink" | "character" | "block" | "fifo" | "socket";

/** A moment between 1901 and 2446. */
export interface Timestamp {
  /** Since 1970; before that, negative. */
  readonly seconds: number;

  /** Forward from `seconds`. */
  readonly nanoseconds: number;
}

/** Of a file in a CIM, what Windows does not know (mode, owners, links, sectors and the like) is 0: `Image.windows` has the rest. */
export interface Stats {
  /** Hard links to one file have one number. Of a CIM, the file ID. */
  readonly inode: number;
  readonly type: FileType;

  /** Permissions, with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;

  /** Bytes of content; of a symbolic link, of its target; of a directory, of its names. */
  readonly size: number;

  /** What it takes on disk, metadata of its own included, in 512 bytes. */
  readonly sectors: number;

  /** Of a device. */
  readonly device?: { readonly major: number; readonly minor: number };
  readonly atime: Timestamp;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;

  /** Absent where inodes are too small for it. */
  readonly birthTime?: Timestamp;

  /** ext4's flags, such as 0x10 for immutable. */
  readonly flags: number;
  readonly generation: number;

  /** Of a project quota; 0: none. */
  readonly project: number;
}

const TYPES: Record<number, FileType> = {
  1: "fifo",
  2: "character",
  4: "directory",
  6: "block",
  8: "file",
  10: "symlink",
  12: "socket",
};

/** Types as directories have them; what they leave open is undefined. */
export const ENTRY_TYPES: readonly (FileType | undefined)[] = [
  undefined,
  "file",
  "directory",
  "character",
  "block",
  "fifo",
  "socket",
  "symlink",
];

/** Bytes of the record that `decodeStats` reads. */
export const STATS_SIZE = InodeField.Count * 8;

/** @param record  as the core fills it: an InodeField each */
export function decodeStats(inode: number, record: Uint8Array): Stats {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const field = (index: InodeField) => view.getFloat64(index * 8, true);
  const time = (index: InodeField): Timestamp => ({ seconds: field(index), nanoseconds: field(index + 1) });
  const mode = field(InodeField.Mode);
  const type = TYPES[mode >>> 12]!;
  return {
    inode,
    type,
    mode: mode & 0o7777,
    uid: field(InodeField.Uid),
    gid: field(InodeField.Gid),
    links: field(InodeField.Links),
    size: field(InodeField.Size),
    sectors: field(InodeField.Sectors),
    ...((type === "character" || type === "block") && {
      device: { major: field(InodeField.DeviceMajor), minor: field(InodeField.DeviceMinor) },
    }),
    atime: time(InodeField.AccessTime),
    mtime: time(InodeField.ModifyTime),
    ctime: time(InodeField.ChangeTime),
    ...(field(InodeField.HasBirthTime) === 1 && { birthTime: time(InodeField.BirthTime) }),
    flags: field(InodeField.Flags),
    generation: field(InodeField.Generation),
    project: field(InodeField.Project),
  };
}
