/**
 * The core that reads and merges registry hives: what it offers its host. A module of its own, so that who only converts
 * does not load it.
 *
 *     open(size)  root()  findKey(units)  subkeys(key) listed()  values(key) listed()  keyName(key)…  valueData(value)…
 *     merge(baseSize, deltaSize)  mergedAt()
 *
 * Keys and values are addresses, and hold until the next `open` or `merge`. All that is no number goes through one buffer;
 * what is in it, and where it is, holds until the next call.
 */
import { ByteBuffer } from "./bytes/memory";
import { DATA_INLINE, KeyFlag, KeyNode, KeyValue, SECURITY_SIZE, timeOf, ValueFlag } from "./regf/format";
import { findKey as findPath, mergeHives } from "./regf/hive";
import { Name } from "./regf/name";
import { Hive } from "./regf/reader";
import { WordStack } from "./regf/word-stack";
import { HostSource } from "./source";

const hive = new Hive();
const merged = new ByteBuffer();
const passed = new ByteBuffer();
const list = new WordStack();
const name = new Name();

/** Merges the host's file 1, a delta, onto its file 0. @returns bytes; @fails Corrupt, Unsupported, OutOfRange */
export function merge(baseSize: u64, deltaSize: u64): u32 {
  mergeHives(new HostSource(0, baseSize), new HostSource(1, deltaSize), merged);
  return merged.length;
}

/** Where the merged hive stands. */
export function mergedAt(): usize {
  return merged.at;
}

/** Opens the host's file 0, of `size` bytes. @fails Corrupt, Unsupported */
export function open(size: u64): void {
  hive.open(new HostSource(0, size), "hive");
}

/** FILETIME of the hive's last change. */
export function lastWritten(): u64 {
  return hive.lastWritten;
}

export function root(): usize {
  return changetype<usize>(hive.root);
}

/** Room in the buffer for `length` bytes. @returns its address */
export function buffer(length: u32): usize {
  passed.reserve(length);
  return passed.at;
}

/** @param units  of UTF-16 of the path in the buffer, from the root; @returns 0: there is no such key */
export function findKey(units: u32): usize {
  return changetype<usize>(findPath(hive, passed.at, units));
}

/** Puts addresses of subkeys into the buffer. @returns how many */
export function subkeys(key: usize): u32 {
  list.cut(0);
  hive.pushSubkeys(keyAt(key), list);
  return list.count;
}

/** The same of its values. */
export function values(key: usize): u32 {
  list.cut(0);
  for (let i: u32 = 0; i < hive.countValues(keyAt(key)); i++) list.push(changetype<usize>(hive.value(keyAt(key), i)));
  return list.count;
}

/** Where those stand, 4 bytes each. */
export function listed(): usize {
  return list.at(0);
}

/** Puts the name of a key into the buffer. @returns units of UTF-16 */
export function keyName(key: usize): u32 {
  name.ofKey(keyAt(key));
  return putName();
}

/** The same of a value. */
export function valueName(value: usize): u32 {
  name.ofValue(valueAt(value));
  return putName();
}

function putName(): u32 {
  passed.reserve(name.units * 2);
  for (let i: u32 = 0; i < name.units; i++) store<u16>(passed.at + i * 2, <u16>name.unit(i));
  return name.units;
}

/** Puts the class of a key into the buffer. @returns bytes of UTF-16; 0: it has none */
export function keyClass(key: usize): u32 {
  const size = keyAt(key).classSize;
  passed.reserve(size);
  if (size != 0) memory.copy(passed.at, hive.className(keyAt(key)), size);
  return size;
}

/** Puts the security descriptor of a key into the buffer. @returns bytes; 0: it has none */
export function keySecurity(key: usize): u32 {
  const security = hive.security(keyAt(key));
  if (!security) return 0;
  const size = security.descriptorSize;
  passed.reserve(size);
  memory.copy(passed.at, changetype<usize>(security) + SECURITY_SIZE, size);
  return size;
}

/** FILETIME of its last change. */
export function keyTime(key: usize): u64 {
  return timeOf(keyAt(key));
}

/** Bits of KeyFlag. */
export function keyFlags(key: usize): u32 {
  return keyAt(key).flags;
}

/** Virtualisation, Wow64 and debugging. */
export function userFlags(key: usize): u32 {
  return keyAt(key).userFlags;
}

/** A member of Layer, and INHERIT_CLASS. */
export function keyLayer(key: usize): u32 {
  return keyAt(key).layer;
}

/** What a predefined handle has instead of values. */
export function keyHandle(key: usize): u32 {
  return keyAt(key).flags & KeyFlag.PredefinedHandle ? keyAt(key).values : 0;
}

export function valueType(value: usize): u32 {
  return valueAt(value).type;
}

export function isTombstone(value: usize): bool {
  return (valueAt(value).flags & ValueFlag.Tombstone) != 0;
}

/** Puts the data of a value into the buffer. @returns bytes */
export function valueData(value: usize): u32 {
  const size = isTombstone(value) ? 0 : valueAt(value).dataSize & ~DATA_INLINE;
  passed.reserve(size);
  hive.readData(valueAt(value), 0, passed.at, size);
  return size;
}

function keyAt(key: usize): KeyNode {
  return changetype<KeyNode>(key);
}

function valueAt(value: usize): KeyValue {
  return changetype<KeyValue>(value);
}
