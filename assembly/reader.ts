/**
 * The core that reads images: what it offers its host. A module of its own, so that who only converts does not load it.
 *
 *     open(file, size, verify)
 *     fact(what)  text(what)  container(index)
 *     lookUp(directory, length)  readInode(number)  list(directory, position) nextPosition()  read(file, at, length)
 *     startXattrs(number) nextXattr()…  startExtents(number) nextExtent()…  startUsage() nextUsage()…
 *     startOwners() gatherOwners()… nextOwned()…  account(what, number)  listBlock(directory, block)
 *
 *     openCheck(file, size, now)  stepCheck()…  findingCount()  finding(index)
 *
 * One instance reads one image. All that is no number goes through one buffer: names in, all else out; what is in it
 * holds until the next call. After a failure the instance is as good as before, but for what was started.
 */
import { ErrorCode, Fact, Structure, Text } from "./abi";
import { Access } from "./access";
import { factOf } from "./facts";
import { fail } from "./host";
import { Check } from "./check";
import { Image, openChecker } from "./image";

let access: Access | null = null;

/**
 * Opens one of the host's files, of `size` bytes.
 *
 * @param verify  whether checksums of metadata must be right, where the filesystem has them
 * @fails Unsupported  it is no image that is read here; Corrupt  it is a damaged one
 */
export function open(file: u32, size: u64, verify: bool): void {
  access = new Access(new Image(file, size, verify));
}

/** Address of the buffer. */
export function buffer(): usize {
  return opened().buffer;
}

/** @fails InvalidArgument  no such fact */
export function fact(what: Fact): f64 {
  return <f64>factOf(opened().image, what);
}

/** Puts a text into the buffer. @returns its bytes; @fails InvalidArgument  no such text */
export function text(what: Text): u32 {
  return opened().putText(what);
}

/** A member of Container: what the image is wrapped in, from the outermost in; 0 behind the last. */
export function container(index: u32): u32 {
  const containers = opened().image.containers;
  return index < <u32>containers.length ? containers[index] : 0;
}

/** Looks for the name of `length` bytes in the buffer. @returns its inode; 0: not there; @fails Corrupt, Unsupported */
export function lookUp(directory: u32, length: u32): u32 {
  return opened().lookUp(directory, length);
}

/** Puts the numbers of an inode into the buffer, as `InodeField` has them. @fails Corrupt */
export function readInode(number: u32): void {
  opened().putInode(number);
}

/**
 * Puts names of a directory into the buffer, each with its inode (u32), its length (u16) and its type (u8) before it.
 *
 * @param position  0, or what `nextPosition` said
 * @returns bytes; @fails Corrupt, Unsupported
 */
export function list(directory: u32, position: u64): u32 {
  return opened().list(directory, position);
}

/** Where the list that was asked for last goes on; 0: it was at its end. */
export function nextPosition(): u64 {
  return opened().nextPosition;
}

/** The directory above another; of the root, itself. @fails Corrupt */
export function parentOf(directory: u32): u32 {
  return opened().parentOf(directory);
}

/** Puts content of a file, or the target of a symbolic link, into the buffer. @returns bytes; 0: there are no more */
export function read(number: u32, at: u64, length: u32): u32 {
  return opened().read(number, at, length);
}

/** @fails Corrupt */
export function startXattrs(number: u32): void {
  opened().startXattrs(number);
}

/** @returns whether there is another attribute of that inode; it holds until the next call */
export function nextXattr(): bool {
  return opened().xattr.next();
}

export function xattrName(): usize {
  return opened().xattr.name;
}

export function xattrNameLength(): u32 {
  return opened().xattr.nameLength;
}

export function xattrValue(): usize {
  return opened().xattr.value;
}

export function xattrValueLength(): u32 {
  return opened().xattr.valueLength;
}

/** @fails Corrupt */
export function startExtents(number: u32): void {
  opened().startExtents(number);
}

/** Puts the next run of that file's blocks into the buffer, four f64. @returns whether there is one; @fails Corrupt */
export function nextExtent(): bool {
  return opened().putExtent();
}

/** Finds out what each block is used for. @fails Corrupt */
export function startUsage(): void {
  opened().startUsage();
}

/** Puts the next run of blocks that have one use into the buffer, three f64. @returns whether there is one */
export function nextUsage(): bool {
  return opened().putUsage();
}

/** Begins to find out whose each block is: `gatherOwners` until there is no more, then `nextOwned`. */
export function startOwners(): void {
  opened().startOwners();
}

/** After a failure it may be called again, and goes on behind what is damaged. @returns false: that was all; @fails Corrupt */
export function gatherOwners(): bool {
  return opened().gatherOwners();
}

/**
 * Puts the next run of blocks that have one use and one owner into the buffer, five f64: the first, how many, BlockUse, the
 * inode or group that they belong to, and what the first of them holds: of a file, its block; of a bitmap, the first block
 * or inode that it is of. @returns whether there is one
 */
export function nextOwned(): bool {
  return opened().putOwned();
}

/**
 * Puts what a structure says into the buffer, field by field: a name, a zero, a letter for the kind of value, the value, a
 * zero.
 *
 * @param number  of an inode, of a group
 * @returns bytes; @fails Corrupt
 */
export function account(what: Structure, number: u32): u32 {
  return opened().putAccount(what, number);
}

/** As `list`, the entries of one block of a directory. @fails Corrupt, Unsupported */
export function listBlock(directory: u32, block: u64): u32 {
  return opened().listBlock(directory, block);
}

function opened(): Access {
  if (!access) fail(ErrorCode.InvalidArgument, "reader: no image is open");
  return access as Access;
}

let check: Check | null = null;

/**
 * Opens one of the host's files to be checked; `open` is not needed for that.
 *
 * @param now  seconds since 1970; 0: not known
 * @fails Unsupported  it is no image that can be checked; Corrupt  it is so damaged that nothing can be found in it
 */
export function openCheck(file: u32, size: u64, now: u64): void {
  check = new Check(openChecker(file, size, now));
}

/** Does a piece of the check. @returns how much is done, of 1000; that: there is no more */
export function stepCheck(): u32 {
  return checked().step();
}

/** How many things are wrong. */
export function findingCount(): u32 {
  return checked().findings.count;
}

/** How many of them do no harm. */
export function warningCount(): u32 {
  return checked().findings.warnings;
}

/** How many of them are kept, to be asked for. */
export function keptFindings(): u32 {
  return checked().findings.kept;
}

/** After the check: one of the findings, from 0, as `FindingField` has it. @returns address of the record */
export function finding(index: u32): usize {
  return checked().putFinding(index);
}

function checked(): Check {
  if (!check) fail(ErrorCode.InvalidArgument, "reader: no check is open");
  return check as Check;
}
