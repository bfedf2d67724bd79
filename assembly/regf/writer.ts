/** Writes a hive: the same bytes for the same keys, each key before its subkeys. */
import { ByteBuffer } from "../bytes/memory";
import { Bins } from "./bins";
import {
  BASE_BLOCK_SIGNATURE, BASE_BLOCK_SIZE, BaseBlock, BIG_DATA_SIZE, BigData, BIN_HEADER_SIZE, BinHeader, CELL_HEADER_SIZE,
  CHECKSUM_AT, computeChecksum, DATA_INLINE, DIRECT_MEMORY, FILE_NAME_SIZE, KEY_NODE_SIZE, KEY_VALUE_SIZE, KeyFlag, KeyNode,
  KeyValue, LIST_HEADER_SIZE, MAJOR_VERSION, MAX_INLINE_SIZE, MINOR_VERSION, NOWHERE, PAGE_SIZE, PRIMARY_FILE, SEGMENT_SIZE,
  SEGMENT_SPARE, Signature, ValueFlag,
} from "./format";
import { Name } from "./name";
import { Hive } from "./reader";
import { Securities } from "./securities";
import { WordStack } from "./word-stack";

/** Keys in a list; of more, the lists have a list. A leaf of as many fits a bin of one page. */
const LEAF_ENTRIES: u32 = 500;
const LEAF_ENTRY_SIZE: u32 = 8;

/**
 *     const root = writer.addKey(NOWHERE, …);
 *     writer.setClass(root, …);
 *     writer.addValue(root, …); … writer.endValues(root);
 *     const subkey = writer.addKey(root, …); …
 *     writer.setSubkeys(root, …);
 *     writer.finish(root, …);
 */
export class HiveWriter {
  private bins: Bins;
  private securities: Securities;
  /** Cells that wait for the list that they will be in. */
  private listed: WordStack = new WordStack();
  private name: Name = new Name();

  /** @param to  is emptied, and has the hive at the end */
  constructor(private to: ByteBuffer) {
    const bins = new Bins(to);
    this.bins = bins;
    this.securities = new Securities(bins);
  }

  /** @param security  a descriptor that stays where it is; @returns its cell, for `addKey` of one key */
  useSecurity(security: usize, size: u32): u32 {
    return this.securities.use(security, size);
  }

  /** @param flags  of KeyFlag, but for the name's; @returns its cell */
  addKey(parent: u32, name: Name, flags: u32, userFlags: u16, time: u64, security: u32): u32 {
    const nameSize = name.isWide ? name.units * 2 : name.units;
    const cell = this.bins.take(KEY_NODE_SIZE + nameSize);
    const key = this.key(cell);
    key.signature = <u16>Signature.KeyNode;
    key.flags = <u16>(name.isWide ? flags & ~KeyFlag.CompressedName : flags | KeyFlag.CompressedName);
    key.timeLow = <u32>time;
    key.timeHigh = <u32>(time >> 32);
    key.parent = parent;
    key.subkeyList = NOWHERE;
    key.volatileList = NOWHERE;
    key.valueList = NOWHERE;
    key.security = security;
    key.className = NOWHERE;
    key.userFlags = userFlags;
    key.nameSize = <u16>nameSize;
    memory.copy(changetype<usize>(key) + KEY_NODE_SIZE, name.at, nameSize);
    return cell;
  }

  /** @param length  bytes of UTF-16, not 0 */
  setClass(key: u32, from: usize, length: u16): void {
    const cell = this.bins.take(length);
    memory.copy(this.bins.at(cell), from, length);
    this.key(key).className = cell;
    this.key(key).classSize = length;
  }

  /** Instead of values. */
  setHandle(key: u32, handle: u32): void {
    this.key(key).values = handle;
  }

  /** A copy of a value, which must be no tombstone. */
  addValue(key: u32, hive: Hive, value: KeyValue): void {
    const size = value.dataSize & ~DATA_INLINE;
    const data = size > MAX_INLINE_SIZE ? this.addData(hive, value, size) : 0;
    const cell = this.bins.take(KEY_VALUE_SIZE + value.nameSize);
    const copy = changetype<KeyValue>(this.bins.at(cell));
    memory.copy(changetype<usize>(copy), changetype<usize>(value), KEY_VALUE_SIZE + value.nameSize);
    copy.flags = <u16>(value.flags & ValueFlag.CompressedName);
    copy.spare = 0;
    copy.data = data;
    if (size <= MAX_INLINE_SIZE) {
      copy.dataSize = size | DATA_INLINE;
      hive.readData(value, 0, changetype<usize>(copy) + offsetof<KeyValue>("data"), size);
    }
    this.listed.push(cell);
    const node = this.key(key);
    this.name.ofValue(value);
    node.largestValueName = max(node.largestValueName, this.name.units * 2);
    node.largestValueData = max(node.largestValueData, size);
  }

  /** @returns the cell for the value's `data` */
  private addData(hive: Hive, value: KeyValue, size: u32): u32 {
    if (size <= SEGMENT_SIZE) return this.addPiece(hive, value, 0, size, 0);
    const start = this.listed.count;
    for (let at: u32 = 0; at < size; at += SEGMENT_SIZE) {
      this.listed.push(this.addPiece(hive, value, at, min(SEGMENT_SIZE, size - at), SEGMENT_SPARE));
    }
    const segments = this.listed.count - start;
    const list = this.addList(start);
    const cell = this.bins.take(BIG_DATA_SIZE);
    const data = changetype<BigData>(this.bins.at(cell));
    data.signature = <u16>Signature.BigData;
    data.segments = <u16>segments;
    data.list = list;
    return cell;
  }

  private addPiece(hive: Hive, value: KeyValue, at: u32, length: u32, spare: u32): u32 {
    const cell = this.bins.take(length + spare);
    hive.readData(value, at, this.bins.at(cell), length);
    return cell;
  }

  /** Puts the words from `start` on into a cell, and drops them. */
  private addList(start: u32): u32 {
    const count = this.listed.count - start;
    const cell = this.bins.take(count * sizeof<u32>());
    memory.copy(this.bins.at(cell), this.listed.at(start), count * sizeof<u32>());
    this.listed.cut(start);
    return cell;
  }

  /** All values of the key were added. */
  endValues(key: u32): void {
    const count = this.listed.count;
    if (count == 0) return;
    const list = this.addList(0);
    this.key(key).values = count;
    this.key(key).valueList = list;
  }

  /**
   * Gives a key the `count` subkeys whose cells stand on a stack from `start` on, in the order of their names' upper case.
   * They and all below them are written.
   */
  setSubkeys(key: u32, stack: WordStack, start: u32, count: u32): void {
    if (count == 0) return;
    for (let i: u32 = 0; i < count; i++) this.noteSubkey(key, <u32>stack.get(start + i));
    const list = count <= LEAF_ENTRIES ? this.addLeaf(stack, start, count) : this.addIndexRoot(stack, start, count);
    this.key(key).subkeys = count;
    this.key(key).subkeyList = list;
  }

  private noteSubkey(key: u32, cell: u32): void {
    const node = this.key(key);
    const subkey = this.key(cell);
    this.name.ofKey(subkey);
    node.largestSubkeyName = max(node.largestSubkeyName, <u16>(this.name.units * 2));
    node.largestClass = max(node.largestClass, <u32>subkey.classSize);
  }

  private addIndexRoot(stack: WordStack, start: u32, count: u32): u32 {
    const leaves = (count + LEAF_ENTRIES - 1) / LEAF_ENTRIES;
    for (let i: u32 = 0; i < leaves; i++) {
      const first = i * LEAF_ENTRIES;
      this.listed.push(this.addLeaf(stack, start + first, min(LEAF_ENTRIES, count - first)));
    }
    const cell = this.bins.take(LIST_HEADER_SIZE + leaves * sizeof<u32>());
    const at = this.bins.at(cell);
    store<u16>(at, Signature.IndexRoot);
    store<u16>(at, <u16>leaves, 2);
    memory.copy(at + LIST_HEADER_SIZE, this.listed.at(0), leaves * sizeof<u32>());
    this.listed.cut(0);
    return cell;
  }

  private addLeaf(stack: WordStack, start: u32, count: u32): u32 {
    const cell = this.bins.take(LIST_HEADER_SIZE + count * LEAF_ENTRY_SIZE);
    const at = this.bins.at(cell);
    store<u16>(at, Signature.HashLeaf);
    store<u16>(at, <u16>count, 2);
    for (let i: u32 = 0; i < count; i++) {
      const entry = at + LIST_HEADER_SIZE + i * LEAF_ENTRY_SIZE;
      const subkey = <u32>stack.get(start + i);
      this.name.ofKey(this.key(subkey));
      store<u32>(entry, subkey);
      store<u32>(entry, this.name.hash(), 4);
    }
    return cell;
  }

  /**
   * All keys were added.
   *
   * @param time      FILETIME of the last change
   * @param fileName  FILE_NAME_SIZE bytes for the header
   */
  finish(root: u32, time: u64, fileName: usize): void {
    this.bins.finish();
    const at = this.to.at;
    const header = changetype<BaseBlock>(at);
    header.signature = BASE_BLOCK_SIGNATURE;
    header.primarySequence = 1;
    header.secondarySequence = 1;
    header.lastWrittenLow = <u32>time;
    header.lastWrittenHigh = <u32>(time >> 32);
    header.majorVersion = MAJOR_VERSION;
    header.minorVersion = MINOR_VERSION;
    header.fileType = PRIMARY_FILE;
    header.fileFormat = DIRECT_MEMORY;
    header.rootCell = root;
    header.binsSize = this.bins.size;
    header.clusteringFactor = 1;
    memory.copy(at + offsetof<BaseBlock>("fileName"), fileName, FILE_NAME_SIZE);
    const bin = changetype<BinHeader>(at + BASE_BLOCK_SIZE);
    bin.timeLow = <u32>time;
    bin.timeHigh = <u32>(time >> 32);
    store<u32>(at, computeChecksum(at), CHECKSUM_AT); // last: it covers all above
  }

  private key(cell: u32): KeyNode {
    return changetype<KeyNode>(this.bins.at(cell));
  }
}

if (BIN_HEADER_SIZE + CELL_HEADER_SIZE + LIST_HEADER_SIZE + LEAF_ENTRIES * LEAF_ENTRY_SIZE > PAGE_SIZE) {
  ERROR("regf: a leaf must fit a page");
}
