/**
 * The core that reads disks, and holds them against a hash tree: what it offers its host. A module of its own, so that who
 * only converts layers does not load it.
 *
 *     open(file, size)…  container(file)  dataAfter(file, at) read(file, at, length)…
 *     findTree(file)  openTree(…) | openBareTree(…)  rootHash()  setRoot() verifySome()…
 */
import { Container, ErrorCode } from "./abi";
import { containerOf, openDisk } from "./container";
import { fail } from "./host";
import { HostSource, Source } from "./source";
import { findSuperblock, HashTree, openTree as readTree } from "./verity/reader";

/** An image, and a file of hashes. */
const MAX_FILES: u32 = 2;
const BUFFER_SIZE: u32 = 512 * 1024;
const bufferAt = memory.data(512 * 1024, 16);

const files = new StaticArray<Source | null>(MAX_FILES);
const disks = new StaticArray<Source | null>(MAX_FILES);
let tree: HashTree | null = null;

/** Address of a buffer of 512 KiB. */
export function buffer(): usize {
  return bufferAt;
}

/** Opens one of the host's files, of `size` bytes. @returns bytes of the disk in it. @fails as the readers of containers */
export function open(file: u32, size: u64): u64 {
  const source = new HostSource(file, size);
  files[file] = source;
  const disk = openDisk(source);
  disks[file] = disk;
  return disk.size;
}

export function container(file: u32): Container {
  return containerOf(files[file] as Source, diskIn(file));
}

/** Byte of the disk where, from `at` on, something begins that may be other than zeros; its size where nothing does. */
export function dataAfter(file: u32, at: u64): u64 {
  return diskIn(file).dataAfter(at);
}

/** Puts `length` bytes of the disk, from `at` on, into the buffer. */
export function read(file: u32, at: u64, length: u32): void {
  if (length > BUFFER_SIZE) fail(ErrorCode.InvalidArgument, `core: ${length} bytes in a buffer of ${BUFFER_SIZE}`);
  diskIn(file).read(at, bufferAt, length);
}

/** @returns byte of the superblock of the tree that the disk ends with; all ones: with none */
export function findTree(file: u32): u64 {
  return findSuperblock(diskIn(file));
}

/** The tree over disk `data` whose superblock stands at byte `at` of disk `hashes`. @fails Corrupt, Unsupported */
export function openTree(data: u32, hashes: u32, at: u64): void {
  tree = readTree(diskIn(data), diskIn(hashes), at);
}

/** One without a superblock; its salt stands in the buffer. @fails Corrupt */
export function openBareTree(data: u32, hashes: u32, at: u64, dataBlocks: u64, saltSize: u32): void {
  tree = new HashTree(diskIn(data), diskIn(hashes), dataBlocks, at, bufferAt, saltSize);
}

export function dataBlocks(): u64 {
  return opened().dataBlocks;
}

export function salt(): usize {
  return opened().salt;
}

export function saltSize(): u32 {
  return opened().saltSize;
}

/** Address of 16 bytes. */
export function uuid(): usize {
  return opened().uuid;
}

/** Puts the root hash that the tree itself has, 32 bytes, into the buffer. */
export function rootHash(): void {
  opened().readRoot(bufferAt);
}

/** Takes the root hash to verify against from the buffer. */
export function setRoot(): void {
  opened().setRoot(bufferAt);
}

/** Verifies half a megabyte more. @returns false: there is no more, or a block is bad */
export function verifySome(): bool {
  return opened().verifySome();
}

/** Data blocks that were verified. */
export function verified(): u64 {
  return opened().checked;
}

/** The data block that is not what its digest says; all ones: none was found. */
export function badData(): u64 {
  return opened().badData;
}

/** The same of the tree's own blocks, the root's being 0. */
export function badHash(): u64 {
  return opened().badHash;
}

function diskIn(file: u32): Source {
  const disk = disks[file];
  if (!disk) fail(ErrorCode.InvalidArgument, `core: no disk ${file} is open`);
  return disk as Source;
}

function opened(): HashTree {
  if (!tree) fail(ErrorCode.InvalidArgument, "core: no hash tree is open");
  return tree as HashTree;
}
