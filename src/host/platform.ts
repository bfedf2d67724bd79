/** What an operating system can do that Node has no call for. The host is handed one; it never asks which. */

import type { CimWriter, WindowsLayers } from "./windows.ts";

/**
 * Copies bytes from one open file to another without their passing through this process.
 *
 * @returns bytes copied; fewer than asked where the source ends or the system stops; 0 if it cannot copy between these two
 */
export type CopyRange = (source: number, sourceAt: number, target: number, targetAt: number, length: number) => number;

/**
 * Where an open file, from byte `at` on, has bytes that may be other than zeros.
 *
 * @returns undefined where there are none; `at` itself where the system cannot tell
 */
export type DataAfter = (file: number, at: number) => number | undefined;

/** What to mount, and how: containerd's form, so that what it sends and what we send it need no translation. */
export interface Mount {
  /** A filesystem, such as "overlay" or "ext4", or "bind", "fuse3.fuse-overlayfs", "windows-layer", "CimFS", "lcow-layer". */
  readonly type: string;

  /** A directory, an image, or a word that the type ignores. */
  readonly source: string;

  /** Where under the directory that all is mounted on; "" for that directory itself. */
  readonly target: string;

  /** As in fstab: flags ("ro", "rbind", "loop") and data ("lowerdir=…"), one each. */
  readonly options: readonly string[];
}

/** Mounts what can be mounted here. */
export interface Mounter {
  /**
   * Mounts `mount` on the directory `target`. What it takes besides (a loop device, a process) goes with the mount.
   *
   * @throws ImageError  InvalidArgument, Unsupported: an option or type that is not to be had; NotFound, PermissionDenied;
   *                     Unavailable: a program or a part of the system is missing. Nothing is mounted then.
   */
  mount(mount: Mount, target: string): Promise<void>;

  /**
   * Takes off what was mounted on `target` last.
   *
   * @param lazily  take it from the tree now, and let go of it when its last file is closed
   * @returns       false where nothing is mounted
   * @throws ImageError  FailedPrecondition: in use; Unsupported: not lazily on this system
   */
  unmount(target: string, lazily?: boolean): Promise<boolean>;
}

/** What Node's own calls leave out. Paths, names and values are bytes. Symbolic links are not followed. */
export interface FileCalls {
  /** @returns undefined where the filesystem keeps none */
  listXattrs(path: string | Buffer): Buffer[] | undefined;

  /** @returns undefined where the file has none of that name */
  getXattr(path: string | Buffer, name: string | Buffer): Buffer | undefined;
  setXattr(path: string | Buffer, name: string | Buffer, value: Uint8Array): void;

  /**
   * A path to `name` in the open directory `directory`, whatever has become of the path by which it was opened: who renames
   * directories meanwhile cannot lead us astray. Good while it is open.
   */
  pathIn(directory: number, name: Buffer): Buffer;

  /** Of any type: `mode` has it, and who may do what, from which the process's umask takes. */
  makeNode(path: string | Buffer, mode: number, major: number, minor: number): void;
}

/**
 * Takes a lock of the system's on an open file, for as long as it is open: also in another container, the system gives it up
 * with the process. One may have it alone, or any number share it.
 *
 * @returns false if another has it
 */
export type LockFile = (file: number, shared: boolean) => boolean;

/**
 * Sends one datagram to a socket of this machine.
 *
 * @param address  a path, or behind a zero byte a name that is no file's: unix(7)
 * @throws ImageError  what the system says
 */
export type SendDatagram = (address: string, bytes: Uint8Array) => void;

/** Where servers keep what is theirs and are called, unless they are told. */
export interface ServicePlaces {
  /** The directory of the server of that name. */
  root(name: string): string;

  /** Of its socket: a path, or a pipe of Windows. */
  address(name: string): string;

  readonly containerdAddress: string;

  /** The file. */
  readonly containerdConfig: string;
}

/** VHD and VHDX files as disks of this machine. */
export interface VirtualDisks {
  /**
   * Read-only, and without a drive letter. It stays when this process ends.
   *
   * @returns the disk, such as "\\\\.\\PhysicalDrive2"
   * @throws ImageError  FailedPrecondition: it is attached already; Corrupt, Unsupported: not a disk that Windows knows
   */
  attach(path: string): Promise<string>;

  /** What any process attached. */
  detach(path: string): Promise<void>;
}

/** Something that this machine can do, or cannot. */
export interface Ability {
  /** One word, such as "overlay". */
  readonly name: string;
  readonly isThere: boolean;

  /** What was found, such as a version. */
  readonly found: string;

  /** What to do where it is not there, and what it would be good for. */
  readonly advice?: string;
}

export interface Platform {
  /** Bytes of a layer from which on `copyRange` saves more than it costs to load. Default: any. */
  readonly worthCopying?: number;

  /** @returns undefined where this machine lacks what it takes */
  copyRange(): Promise<CopyRange | undefined>;

  /** Asked for only where a file has holes. @returns undefined where this machine lacks what it takes */
  dataAfter?(): Promise<DataAfter | undefined>;

  /** @returns undefined where this machine lacks what it takes */
  mounter?(): Promise<Mounter | undefined>;

  /** What overlay mounts need here besides their directories. Default: nothing. */
  overlayOptions?(): Promise<readonly string[]>;

  /** @returns undefined where this machine lacks what it takes */
  fileCalls?(): Promise<FileCalls | undefined>;

  /** @returns undefined where this machine lacks what it takes */
  lockFile?(): Promise<LockFile | undefined>;

  /** @returns undefined where this machine lacks what it takes */
  sendDatagram?(): Promise<SendDatagram | undefined>;

  /** Default: those of Unix. */
  servicePlaces?(): ServicePlaces;

  /** Makes a directory that is not there, and those above it, for who runs this and administrators. Default: modes say so. */
  makePrivateDirectory?(path: string): Promise<void>;

  /** @returns undefined anywhere but on Windows */
  windowsLayers?(): Promise<WindowsLayers | undefined>;

  /** @returns undefined where this machine lacks what it takes */
  virtualDisks?(): Promise<VirtualDisks | undefined>;

  /** @returns undefined anywhere but on Windows, and where that has no writer of CIMs */
  cimWriter?(): Promise<CimWriter | undefined>;

  /**
   * What the system can do of what we ask of systems. Looks, and changes nothing.
   *
   * @param root  the directory that layers are to be kept in, if one is meant
   */
  abilities?(root?: string): Promise<readonly Ability[]>;
}
