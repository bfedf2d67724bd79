/** What is done with whole hives. All fail as `Hive.open` does where one is not sound, not clean, or not known. */
import { ByteBuffer, MAX_PIECE } from "../bytes/memory";
import { Source } from "../source";
import { BASE_BLOCK_SIGNATURE, DATA_INLINE, KeyNode } from "./format";
import { Merge } from "./merge";
import { Name } from "./name";
import { Hive } from "./reader";
import { WordStack } from "./word-stack";
import { HiveWriter } from "./writer";

const BACKSLASH: u16 = 0x5c;

// Made once: they take the same memory for each hive.
const lower = new Hive();
const upper = new Hive();
const stack = new WordStack();
const name = new Name();
const signature = memory.data(4, 4);

/**
 * Writes what Windows shows of a hive with a delta over it, as one hive without layers. A delta that says nothing of layers
 * is merged as well: its keys and values are added, and replace those of the same name.
 *
 * @param to        is emptied first
 * @param baseName  and deltaName: what they are called in messages
 * @fails Corrupt, Unsupported  of either; OutOfRange  the result is too large
 */
export function mergeHives(
  base: Source, delta: Source, to: ByteBuffer, baseName: string = "base", deltaName: string = "delta",
): void {
  lower.open(base, baseName);
  upper.open(delta, deltaName);
  // Nearly always all of it: so the result is not moved, and nothing is left behind in memory.
  to.reserve(min<u32>(lower.size + upper.size, <u32>MAX_PIECE));
  new Merge(lower, upper, new HiveWriter(to)).run();
}

/** Whether it begins as hives do. What does not is a file like others; what does is sound, or refused where it is read. */
export function isHive(file: Source): bool {
  if (file.size < sizeof<u32>()) return false;
  file.read(0, signature, sizeof<u32>());
  return load<u32>(signature) == BASE_BLOCK_SIGNATURE;
}

/**
 * Puts the data of a value into `to`, as it stands there: text is UTF-16LE, mostly with a zero behind it.
 *
 * @param path   of a key, from the root, with a backslash between names; "": the root itself
 * @param value  its name; "": the default value
 * @returns whether there are such a key and such a value
 */
export function findValue(hive: Source, path: string, value: string, to: ByteBuffer): bool {
  lower.open(hive, "hive");
  to.clear();
  const key = findKey(lower, changetype<usize>(path), path.length);
  if (!key) return false;
  name.setText(value);
  const found = lower.findValue(key, name);
  if (!found) return false;
  const size = found.dataSize & ~DATA_INLINE;
  to.reserve(size);
  lower.readData(found, 0, to.at, size);
  to.length = size;
  return true;
}

/** The same for text: its first one, UTF-16LE, without the zero behind it. */
export function findString(hive: Source, path: string, value: string, to: ByteBuffer): bool {
  if (!findValue(hive, path, value, to)) return false;
  let length: u32 = 0;
  while (length + 2 <= to.length && load<u16>(to.at + length) != 0) length += 2;
  to.length = length;
  return true;
}

/** @param path  `units` of UTF-16, as `findValue` has it */
export function findKey(hive: Hive, path: usize, units: u32): KeyNode | null {
  let key: KeyNode | null = hive.root;
  for (let at: u32 = 0; at < units && key; at++) {
    const start = at;
    while (at < units && load<u16>(path + at * 2) != BACKSLASH) at++;
    name.set(path + start * 2, at - start, true);
    key = hive.findSubkey(key, name, stack);
  }
  return key;
}
