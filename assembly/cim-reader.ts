/**
 * The core that reads CIMs: what it offers its host. A module of its own; where the host asks the same as of `reader.ts`,
 * the exports are the same.
 *
 *     openHeader(file, size)
 *     regionCount()  nameOf(index)  addRegion(index, file, size)…
 *     open()
 *     root()  fact(what)  regionSet(index)  counts()
 *     lookUp(directory, length)  readInode(number)  list(directory, position) nextPosition()  read(file, at, length)
 *     startXattrs(number) nextXattr()…  readWindows(number)
 *     startStreams(number) nextStream()…  openStream(number, length) readStream(at, length)…
 *
 *     openHeader, addRegion…; openCheck()  checkObjectIds(index, file, size)…  stepCheck()…
 *     findingCount()  finding(index)
 *
 * One instance reads one image. All that is no number goes through one buffer: names in, all else out; what is in it
 * holds until the next call. Names are UTF-8; a surrogate that stands alone is three bytes of its own (WTF-8). After a failure
 * the instance is as good as before, but for what was started.
 */
import { CimFact, ErrorCode } from "./abi";
import { CimChecker } from "./cim/checker";
import { Opening } from "./cim/opening";
import { BUFFER_SIZE, CimAccess } from "./cim-access";
import { CimCheck } from "./cim-check";
import { cimFactOf } from "./cim-facts";
import { fail } from "./host";
import { HostSource } from "./source";

let opening: Opening | null = null;
let access: CimAccess | null = null;
let check: CimCheck | null = null;

/**
 * Opens `<name>.cim`: one of the host's files, of `size` bytes.
 *
 * @fails Unsupported  it is of a version that is not known; Corrupt
 */
export function openHeader(file: u32, size: u64): void {
  opening = new Opening(new HostSource(file, size));
}

/** Regions that the image needs, those of its parents first. */
export function regionCount(): u32 {
  return headed().regionCount;
}

/** Puts the name of a region, `<guid>_<n>`, into memory, with a zero behind it. @returns its address */
export function nameOf(region: u32): usize {
  return headed().nameOf(region);
}

/** Hands in a region: one of the host's files, of `size` bytes. Each once, before `open`. @fails Corrupt, Unsupported */
export function addRegion(index: u32, file: u32, size: u64): void {
  headed().addRegion(index, new HostSource(file, size));
}

/** @fails Corrupt, Unsupported */
export function open(): void {
  access = new CimAccess(headed().reader());
}

/** Address of the buffer. */
export function buffer(): usize {
  return opened().buffer;
}

/** The directory that all others are in. */
export function root(): u32 {
  return opened().reader.root;
}

/** @fails InvalidArgument  no such fact */
export function fact(what: CimFact): f64 {
  return <f64>cimFactOf(opened().reader, what);
}

/** Puts the GUID of a region set into the buffer, as text: those of parents first. @returns its bytes */
export function regionSet(index: u32): u32 {
  return opened().putSet(index);
}

/** Regions of a set. */
export function regionsOf(set: u32): u32 {
  const header = headed().header;
  if (set >= header.setCount) fail(ErrorCode.InvalidArgument, `reader: no region set ${set}`);
  return header.set(set).count;
}

/** Looks at all files, and puts a CimCount each into the buffer. @fails Corrupt */
export function counts(): void {
  opened().putCounts();
}

/** Looks for the name of `length` bytes in the buffer, whatever its case. @returns its file; 0: not there; @fails Corrupt */
export function lookUp(directory: u32, length: u32): u32 {
  return opened().lookUp(directory, length);
}

/** Puts the numbers of a file into the buffer, as `InodeField` has them: 0 what a CIM has not. @fails Corrupt */
export function readInode(number: u32): void {
  opened().putInode(number);
}

/** Puts what Windows knows of a file into the buffer, as `WindowsField` has it. @returns bytes; @fails Corrupt */
export function readWindows(number: u32): u32 {
  return opened().putWindows(number);
}

/**
 * Puts names of a directory into the buffer, each with its file (u32), its length (u16) and its type (u8) before it.
 *
 * @param position  0, or what `nextPosition` said
 * @returns bytes; @fails Corrupt
 */
export function list(directory: u32, position: u64): u32 {
  return opened().list(directory, position);
}

/** Where the list that was asked for last goes on; 0: it was at its end. */
export function nextPosition(): u64 {
  return opened().nextPosition;
}

/** The directory above another; of the root, itself. @fails Unsupported  the image does not say */
export function parentOf(directory: u32): u32 {
  return opened().parentOf(directory);
}

/** Puts content of a file, or the target of a link, into the buffer. @returns bytes; 0: there are no more */
export function read(number: u32, at: u64, length: u32): u32 {
  return opened().read(number, at, length);
}

/** Extended attributes. @fails Corrupt */
export function startXattrs(number: u32): void {
  opened().startXattrs(number);
}

/** @returns whether there is another attribute of that file; it holds until the next call; @fails Corrupt */
export function nextXattr(): bool {
  return opened().nextXattr();
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

/** Alternate streams. @fails Corrupt */
export function startStreams(number: u32): void {
  opened().streams.start(number);
}

/** Puts the name of that file's next stream into the buffer. @returns its bytes; 0: there is none; @fails Corrupt */
export function nextStream(): u32 {
  return opened().streams.next();
}

/** Opens the stream of a file that has the name of `length` bytes in the buffer. @returns whether there is one */
export function openStream(number: u32, length: u32): bool {
  return opened().streams.open(number, length);
}

/** Bytes of the stream that `nextStream` or `openStream` opened. */
export function streamSize(): f64 {
  return <f64>opened().streams.size;
}

/** Puts bytes of that stream into the buffer. @returns how many; 0: there are no more */
export function readStream(at: u64, length: u32): u32 {
  return opened().streams.read(at, min(length, BUFFER_SIZE));
}

function headed(): Opening {
  if (!opening) fail(ErrorCode.InvalidArgument, "reader: no image is open");
  return opening as Opening;
}

function opened(): CimAccess {
  if (!access) fail(ErrorCode.InvalidArgument, "reader: no image is open");
  return access as CimAccess;
}

/** Opens the image to be checked: instead of `open`. */
export function openCheck(): void {
  const image = headed();
  check = new CimCheck(new CimChecker(image.header, image.regions));
}

/** Looks at the object IDs of a region: one of the host's files, of `size` bytes. Before `stepCheck`. */
export function checkObjectIds(region: u32, file: u32, size: u64): void {
  checked().checker.checkObjectIds(region, new HostSource(file, size));
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

function checked(): CimCheck {
  if (!check) fail(ErrorCode.InvalidArgument, "reader: no check is open");
  return check as CimCheck;
}
