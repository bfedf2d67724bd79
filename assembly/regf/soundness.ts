/**
 * Whether all that hangs on a hive's root is as the format has it. Who reads a hive afterwards need not look again: every
 * offset leads to a cell of the right kind, every count and length fits, no cell is used twice, and every way from the root
 * ends.
 */
import { Cells } from "./cells";
import {
  BIG_DATA_SIZE, BigData, DATA_INLINE, FIRST_MINOR_VERSION, INHERIT_CLASS, KEY_NODE_SIZE, KEY_VALUE_SIZE, KeyFlag,
  KeyNode, KeyValue, Layer, LAYER_MASK, LIST_HEADER_SIZE, MAX_DATA_SIZE, MAX_DEPTH, MAX_INLINE_SIZE,
  MAX_KEY_NAME_LENGTH, NOWHERE, Security, SECURITY_SIZE, SEGMENT_SIZE, Signature, ValueFlag,
} from "./format";
import { Name } from "./name";
import { corrupt, unsupported } from "./refuse";

const BACKSLASH: u32 = 0x5c;

export class Soundness {
  private minorVersion: u32 = 0;
  private name: Name = new Name();

  constructor(private cells: Cells) {}

  /** @fails Corrupt; Unsupported  bits of layered keys that nobody knows */
  check(root: u32, minorVersion: u32): void {
    this.minorVersion = minorVersion;
    this.checkKey(root, 0, 1);
  }

  private checkKey(cell: u32, parent: u32, depth: u32): void {
    if (depth > MAX_DEPTH) corrupt(`key at ${cell}: it is ${depth} keys deep, past the limit of ${MAX_DEPTH}`);
    const key = changetype<KeyNode>(this.cells.claim(cell, KEY_NODE_SIZE, "subkey", parent));
    if (key.signature != Signature.KeyNode) corrupt(`key at ${cell}: it does not begin with nk`);
    this.checkKeyName(cell, key, depth);
    if ((key.layer & ~(LAYER_MASK | INHERIT_CLASS)) != 0) {
      unsupported(`key at ${cell}: layer bits ${key.layer} are unknown`);
    }
    this.checkSecurity(cell, key);
    if (key.classSize != 0) this.cells.claim(key.className, key.classSize, "class", cell);
    if (!(key.flags & KeyFlag.PredefinedHandle)) this.checkValues(cell, key);
    if (key.subkeys != 0) this.checkSubkeys(cell, key, depth);
  }

  private checkKeyName(cell: u32, key: KeyNode, depth: u32): void {
    const name = this.name;
    if (key.nameSize > this.cells.room(cell) - KEY_NODE_SIZE) {
      corrupt(`key at ${cell}: its name of ${key.nameSize} bytes does not fit its cell`);
    }
    name.ofKey(key);
    const isHalf = name.isWide && key.nameSize % 2 != 0;
    if (isHalf || name.units > MAX_KEY_NAME_LENGTH || (name.units == 0 && depth > 1)) {
      corrupt(`key at ${cell}: a name of ${key.nameSize} bytes`);
    }
    for (let i: u32 = 0; i < name.units; i++) {
      if (name.unit(i) == BACKSLASH && depth > 1) corrupt(`key at ${cell}: its name has a backslash`);
    }
  }

  private checkSecurity(cell: u32, key: KeyNode): void {
    const none = key.security == NOWHERE;
    if (none && (key.layer & LAYER_MASK) == Layer.Tombstone) return;
    const security = changetype<Security>(this.cells.share(key.security, SECURITY_SIZE, "security", cell));
    if (security.signature != Signature.Security) corrupt(`security at ${key.security}: it does not begin with sk`);
    if (security.descriptorSize > this.cells.room(key.security) - SECURITY_SIZE) {
      corrupt(`security at ${key.security}: a descriptor of ${security.descriptorSize} bytes does not fit its cell`);
    }
  }

  private checkValues(cell: u32, key: KeyNode): void {
    const count = key.values;
    if (count == 0) return;
    const list = this.cells.claim(key.valueList, bytesOf(count, sizeof<u32>()), "value list", cell);
    for (let i: u32 = 0; i < count; i++) this.checkValue(load<u32>(list + i * sizeof<u32>()), cell);
  }

  private checkValue(cell: u32, key: u32): void {
    const value = changetype<KeyValue>(this.cells.claim(cell, KEY_VALUE_SIZE, "value", key));
    if (value.signature != Signature.KeyValue) corrupt(`value at ${cell}: it does not begin with vk`);
    if (value.nameSize > this.cells.room(cell) - KEY_VALUE_SIZE) {
      corrupt(`value at ${cell}: its name of ${value.nameSize} bytes does not fit its cell`);
    }
    const isHalf = !(value.flags & ValueFlag.CompressedName) && value.nameSize % 2 != 0;
    if (isHalf) corrupt(`value at ${cell}: a name of ${value.nameSize} bytes`);
    const size = value.dataSize & ~DATA_INLINE;
    if (value.dataSize & DATA_INLINE) {
      if (size > MAX_INLINE_SIZE) corrupt(`value at ${cell}: ${size} bytes of data in a field of ${MAX_INLINE_SIZE}`);
    } else if (size != 0) this.checkData(value.data, size, cell);
  }

  /** Some writers put all data into one cell, whatever the version. */
  private checkData(cell: u32, size: u32, value: u32): void {
    if (size > MAX_DATA_SIZE) corrupt(`value at ${value}: ${size} bytes of data, past the limit of ${MAX_DATA_SIZE}`);
    const mayBeBig = size > SEGMENT_SIZE && this.minorVersion > FIRST_MINOR_VERSION;
    const at = this.cells.claim(cell, mayBeBig ? BIG_DATA_SIZE : size, "data", value);
    if (!mayBeBig || this.cells.room(cell) >= size) return;
    const data = changetype<BigData>(at);
    const segments = (size + SEGMENT_SIZE - 1) / SEGMENT_SIZE;
    if (data.signature != Signature.BigData || data.segments != segments) {
      corrupt(`data at ${cell}: ${size} bytes stand neither in it nor in ${segments} segments`);
    }
    const list = this.cells.claim(data.list, segments * sizeof<u32>(), "segment list", cell);
    for (let i: u32 = 0; i < segments; i++) {
      const length = min(SEGMENT_SIZE, size - i * SEGMENT_SIZE);
      this.cells.claim(load<u32>(list + i * sizeof<u32>()), length, "segment", cell);
    }
  }

  private checkSubkeys(cell: u32, key: KeyNode, depth: u32): void {
    const at = this.cells.claim(key.subkeyList, LIST_HEADER_SIZE, "subkey list", cell);
    const count = load<u16>(at, 2);
    let subkeys: u32 = 0;
    if (load<u16>(at) != Signature.IndexRoot) subkeys = this.checkLeaf(key.subkeyList, cell, depth);
    else {
      this.checkRoom(key.subkeyList, count, sizeof<u32>());
      for (let i: u32 = 0; i < count; i++) {
        const leaf = load<u32>(at + LIST_HEADER_SIZE + i * sizeof<u32>());
        this.cells.claim(leaf, LIST_HEADER_SIZE, "subkey list", cell);
        subkeys += this.checkLeaf(leaf, cell, depth);
      }
    }
    if (subkeys != key.subkeys) corrupt(`key at ${cell}: ${key.subkeys} subkeys, and its lists have ${subkeys}`);
  }

  /** @returns subkeys in it */
  private checkLeaf(leaf: u32, key: u32, depth: u32): u32 {
    const at = this.cells.at(leaf);
    const stride = strideOf(load<u16>(at));
    if (stride == 0) corrupt(`subkey list at ${leaf}: it begins with none of lf, lh, li`);
    const count = load<u16>(at, 2);
    this.checkRoom(leaf, count, stride);
    for (let i: u32 = 0; i < count; i++) this.checkKey(load<u32>(at + LIST_HEADER_SIZE + i * stride), key, depth + 1);
    return count;
  }

  private checkRoom(list: u32, count: u32, stride: u32): void {
    const room = this.cells.room(list) - LIST_HEADER_SIZE;
    if (room < count * stride) corrupt(`subkey list at ${list}: ${count} entries in ${room} bytes`);
  }
}

/** Bytes of an entry in a leaf that begins with `signature`. 0: it is none. */
export function strideOf(signature: u16): u32 {
  if (signature == Signature.IndexLeaf) return 4;
  return signature == Signature.FastLeaf || signature == Signature.HashLeaf ? 8 : 0;
}

/** All of them, or more than any cell has. */
function bytesOf(count: u32, each: u32): u32 {
  return <u32>min<u64>(<u64>count * each, u32.MAX_VALUE);
}
