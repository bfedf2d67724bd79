/** A hive that is read: its keys and values, once all of it was found to be sound. */
import { allocate } from "../bytes/memory";
import { Source } from "../source";
import { Cells } from "./cells";
import {
  BASE_BLOCK_SIGNATURE, BASE_BLOCK_SIZE, BaseBlock, BigData, CHECKSUM_AT, computeChecksum, DATA_INLINE, DIRECT_MEMORY,
  FILE_NAME_SIZE, FIRST_MINOR_VERSION, KeyFlag, KeyNode, KeyValue, LAST_MINOR_VERSION, LIST_HEADER_SIZE, MAJOR_VERSION,
  MAX_BINS_SIZE, NOWHERE, PRIMARY_FILE, Security, SEGMENT_SIZE, Signature,
} from "./format";
import { Name } from "./name";
import { corrupt, lookAt, unsupported } from "./refuse";
import { Soundness, strideOf } from "./soundness";
import { WordStack } from "./word-stack";

/** Bytes of the base block that have a meaning. */
const USED_SIZE: u32 = 512;

const baseBlock = memory.data(512, 8);

/**
 *     hive.open(source);
 *     for (let i: u32 = 0; i < hive.countValues(hive.root); i++) … hive.value(hive.root, i) …
 *
 * All of the hive is kept in memory: keys and values stay where they are until another is opened, which takes the same
 * memory again.
 */
export class Hive {
  private cells: Cells;
  private soundness: Soundness;
  private other: Name = new Name();
  private rootCell: u32 = 0;
  private bigData: bool = false;
  /** Bytes of header and bins; a file may have others behind them. */
  size: u32 = 0;
  /** FILETIME of the last change. */
  lastWritten: u64 = 0;
  /** Address of FILE_NAME_SIZE bytes: the end of the path that it had on its machine, in UTF-16. */
  readonly fileName: usize = allocate(FILE_NAME_SIZE);

  constructor() {
    const cells = new Cells();
    this.cells = cells;
    this.soundness = new Soundness(cells);
  }

  /**
   * @param what         it is, for messages
   * @fails Corrupt      it breaks the format
   * @fails Unsupported  it is no hive, dirty, a log, of another version, or uses what nobody knows
   */
  open(file: Source, what: string): void {
    lookAt(what);
    const header = readBaseBlock(file);
    this.rootCell = header.rootCell;
    this.bigData = header.minorVersion > FIRST_MINOR_VERSION;
    this.lastWritten = ((<u64>header.lastWrittenHigh) << 32) | header.lastWrittenLow;
    memory.copy(this.fileName, changetype<usize>(header) + offsetof<BaseBlock>("fileName"), FILE_NAME_SIZE);
    this.cells.read(file, header.binsSize);
    this.size = BASE_BLOCK_SIZE + header.binsSize;
    this.soundness.check(this.rootCell, header.minorVersion);
  }

  get root(): KeyNode {
    return this.key(this.rootCell);
  }

  /** The key in a cell that is known to hold one. */
  key(cell: u32): KeyNode {
    return changetype<KeyNode>(this.cells.at(cell));
  }

  /** Puts the subkeys on a stack, in the order of their list. */
  pushSubkeys(key: KeyNode, stack: WordStack): void {
    if (key.subkeys == 0) return;
    const list = this.cells.at(key.subkeyList);
    if (load<u16>(list) != Signature.IndexRoot) return this.pushLeaf(list, stack);
    const count = load<u16>(list, 2);
    for (let i: u32 = 0; i < count; i++) {
      this.pushLeaf(this.cells.at(load<u32>(list + LIST_HEADER_SIZE + i * sizeof<u32>())), stack);
    }
  }

  private pushLeaf(leaf: usize, stack: WordStack): void {
    const stride = strideOf(load<u16>(leaf));
    const count = load<u16>(leaf, 2);
    const entries = leaf + LIST_HEADER_SIZE;
    for (let i: u32 = 0; i < count; i++) stack.push(this.cells.at(load<u32>(entries + i * stride)));
  }

  /** @param stack  is left as it was */
  findSubkey(key: KeyNode, name: Name, stack: WordStack): KeyNode | null {
    const start = stack.count;
    let found: KeyNode | null = null;
    this.pushSubkeys(key, stack);
    for (let i = start; i < stack.count && !found; i++) {
      const subkey = changetype<KeyNode>(stack.get(i));
      this.other.ofKey(subkey);
      if (this.other.compare(name) == 0) found = subkey;
    }
    stack.cut(start);
    return found;
  }

  countValues(key: KeyNode): u32 {
    return key.flags & KeyFlag.PredefinedHandle ? 0 : key.values;
  }

  value(key: KeyNode, index: u32): KeyValue {
    return changetype<KeyValue>(this.cells.at(load<u32>(this.cells.at(key.valueList) + index * sizeof<u32>())));
  }

  findValue(key: KeyNode, name: Name): KeyValue | null {
    for (let i: u32 = 0; i < this.countValues(key); i++) {
      const value = this.value(key, i);
      this.other.ofValue(value);
      if (this.other.compare(name) == 0) return value;
    }
    return null;
  }

  /** Address of its `classSize` bytes of UTF-16, if those are more than 0. */
  className(key: KeyNode): usize {
    return this.cells.at(key.className);
  }

  /** Null only of a tombstone. */
  security(key: KeyNode): Security | null {
    return key.security == NOWHERE ? null : changetype<Security>(this.cells.at(key.security));
  }

  /** Puts `length` bytes of a value's data, from byte `at` on, into memory at `to`. They are there. */
  readData(value: KeyValue, at: u32, to: usize, length: u32): void {
    const field = changetype<usize>(value) + offsetof<KeyValue>("data");
    if (value.dataSize & DATA_INLINE) memory.copy(to, field + at, length);
    else if (length == 0) return; // then there may be no cell
    else if (!this.isBig(value)) memory.copy(to, this.cells.at(value.data) + at, length);
    else this.readSegments(changetype<BigData>(this.cells.at(value.data)), at, to, length);
  }

  private isBig(value: KeyValue): bool {
    return this.bigData && value.dataSize > SEGMENT_SIZE && this.cells.room(value.data) < value.dataSize;
  }

  private readSegments(data: BigData, at: u32, to: usize, length: u32): void {
    const list = this.cells.at(data.list);
    for (let done: u32 = 0; done < length; ) {
      const offset = (at + done) % SEGMENT_SIZE;
      const segment = load<u32>(list + ((at + done) / SEGMENT_SIZE) * sizeof<u32>());
      const some = min(SEGMENT_SIZE - offset, length - done);
      memory.copy(to + done, this.cells.at(segment) + offset, some);
      done += some;
    }
  }
}

function readBaseBlock(file: Source): BaseBlock {
  const size = file.size;
  const header = changetype<BaseBlock>(baseBlock);
  memory.fill(baseBlock, 0, USED_SIZE);
  file.read(0, baseBlock, <u32>min<u64>(size, USED_SIZE));
  if (header.signature != BASE_BLOCK_SIGNATURE) unsupported("it does not begin with regf, and is no registry hive");
  if (size < BASE_BLOCK_SIZE) corrupt(`a file of ${size} bytes, and its header alone has ${BASE_BLOCK_SIZE}`);
  const stored = load<u32>(baseBlock, CHECKSUM_AT);
  const computed = computeChecksum(baseBlock);
  if (stored != computed) corrupt(`header: checksum ${stored}, computed ${computed}`);
  if (header.fileType != PRIMARY_FILE) unsupported(`a file of type ${header.fileType}, which is a log and no hive`);
  checkVersion(header);
  if (header.primarySequence != header.secondarySequence) {
    const numbers = `sequence numbers ${header.primarySequence} and ${header.secondarySequence}`;
    unsupported(`it is dirty (${numbers}): its logs have changes that it has not`);
  }
  if (header.binsSize > min<u64>(size - BASE_BLOCK_SIZE, MAX_BINS_SIZE)) {
    corrupt(`bins of ${header.binsSize} bytes behind a header, in a file of ${size}`);
  }
  return header;
}

function checkVersion(header: BaseBlock): void {
  const major = header.majorVersion;
  const minor = header.minorVersion;
  if (major != MAJOR_VERSION || minor < FIRST_MINOR_VERSION || minor > LAST_MINOR_VERSION) {
    const known = `${MAJOR_VERSION}.${FIRST_MINOR_VERSION} to ${MAJOR_VERSION}.${LAST_MINOR_VERSION}`;
    unsupported(`version ${major}.${minor}; those read are ${known}`);
  }
  if (header.fileFormat != DIRECT_MEMORY) unsupported(`format ${header.fileFormat}; the one read is ${DIRECT_MEMORY}`);
}
