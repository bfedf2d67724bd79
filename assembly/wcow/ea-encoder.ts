/**
 * Extended attributes of an entry as the chain that Windows takes them in. Records have no order, so names give it: equal
 * layers make equal images.
 *
 * Sources: Microsoft, [MS-FSCC], §2.4.15 "FileFullEaInformation"; go-winio, package backuptar (`MSWINDOWS.xattr.NAME`).
 */
import { ErrorCode } from "../abi";
import { decodeBase64 } from "../bytes/base64";
import { compareBytes } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";
import { mergeSort, Order } from "../bytes/merge-sort";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { Record, Records } from "../tree/record";
import { EaEntry } from "../tree/windows/ea-chain";
import { EA_PREFIX } from "../tree/windows/records";
import { WindowsPath } from "./path";

const MAX_NAME_LENGTH: u32 = 254;
/** Of a chain. */
const MAX_LENGTH: u32 = 65_535;

class ByKey extends Order {
  compare(a: usize, b: usize): i32 {
    const one = changetype<Record>(a);
    const other = changetype<Record>(b);
    return compareBytes(one.key, one.keyLength, other.key, other.keyLength);
  }
}

export class EaEncoder {
  private order: ByteBuffer = new ByteBuffer();
  private chain: ByteBuffer = new ByteBuffer();
  private byKey: ByKey = new ByKey();

  get at(): usize {
    return this.chain.at;
  }

  /** 0: there are none. */
  get length(): u32 {
    return this.chain.length;
  }

  /**
   * Takes the place of what was here.
   *
   * @param path  of the file, for messages
   * @fails Corrupt     a name or value that is none
   * @fails OutOfRange  more than a file can have
   */
  take(records: Records, path: WindowsPath): void {
    this.chain.clear();
    const count = this.collect(records);
    if (count == 0) return;
    const list = this.order.at;
    mergeSort(list, list + count * sizeof<usize>(), count, this.byKey);
    let last: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      const record = load<usize>(list + i * sizeof<usize>());
      const next = i + 1 < count ? load<usize>(list + (i + 1) * sizeof<usize>()) : 0;
      if (next != 0 && this.byKey.compare(record, next) == 0) continue; // of two with one name the later counts
      last = this.chain.length;
      this.append(changetype<Record>(record), path);
    }
    changetype<EaEntry>(this.chain.at + last).nextOffset = 0;
  }

  /** @returns how many there are */
  private collect(records: Records): u32 {
    const order = this.order;
    order.clear();
    let count: u32 = 0;
    for (let i: u32 = 0; i < records.count; i++) {
      const record = records.at(i);
      if (!EA_PREFIX.startsOf(record.key, record.keyLength)) continue;
      count++;
      order.reserve((count + count / 2 + 1) * sizeof<usize>()); // with room to sort
      store<Record>(order.at + order.length, record);
      order.length += sizeof<usize>();
    }
    return count;
  }

  private append(record: Record, path: WindowsPath): void {
    const chain = this.chain;
    const name = record.key + EA_PREFIX.length;
    const nameLength = record.keyLength - EA_PREFIX.length;
    if (nameLength == 0 || nameLength > MAX_NAME_LENGTH) {
      refuse(ErrorCode.Corrupt, path, record, `a name of ${nameLength} bytes, of 1 to ${MAX_NAME_LENGTH}`);
    }
    if (!isPrintable(name, nameLength)) refuse(ErrorCode.Corrupt, path, record, "a name that is not printable ASCII");

    const from = chain.length;
    chain.reserve(from + offsetof<EaEntry>() + nameLength + 1);
    chain.length += offsetof<EaEntry>();
    chain.append(name, nameLength);
    chain.appendByte(0);
    const value = chain.length;
    if (!decodeBase64(record.value, record.valueLength, chain)) {
      refuse(ErrorCode.Corrupt, path, record, "a value that is no base64");
    }
    const valueLength = chain.length - value;
    while (chain.length % 4 != 0) chain.appendByte(0);
    if (chain.length > MAX_LENGTH) {
      refuse(ErrorCode.OutOfRange, path, record, `all together past ${MAX_LENGTH} bytes, the limit for a file`);
    }
    const header = changetype<EaEntry>(chain.at + from);
    header.nextOffset = chain.length - from;
    header.flags = 0;
    header.nameLength = <u8>nameLength;
    header.valueLength = <u16>valueLength;
  }
}

function isPrintable(from: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (<u8>(load<u8>(from + i) - 0x20) >= 0x5f) return false;
  return true;
}

function refuse(code: ErrorCode, path: WindowsPath, record: Record, why: string): void {
  fail(code, `layer: "${path.quoted}": extended attribute ${quote(record.key, record.keyLength)}: ${why}`);
}
