/** What Windows knows of a file, as records of an archive. */
import { ErrorCode } from "../../abi";
import { encodeBase64, PADDING } from "../../bytes/base64";
import { compareBytes, Literal } from "../../bytes/literal";
import { ByteBuffer } from "../../bytes/memory";
import { mergeSort, Order } from "../../bytes/merge-sort";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { appendNumber, appendTime } from "../../tar/record-list";
import { Time } from "../../tree/entry";
import { Record, Records } from "../../tree/record";
import { NORMAL } from "../../tree/windows/attributes";
import { EaChain } from "../../tree/windows/ea-chain";
import { setFileTime } from "../../tree/windows/file-time";
import { WindowsMetadata } from "../../tree/windows/metadata";
import {
  CREATION_TIME, EA_PREFIX, FILE_ATTRIBUTES, MOUNT_POINT, RAW_SECURITY_DESCRIPTOR,
} from "../../tree/windows/records";
import { isDefaultDescriptor } from "../../tree/windows/security-descriptor";

const ONE = new Literal("1");
const EQUALS: u8 = 0x3d;
const SPACE: u8 = 0x20;
const DELETE: u8 = 0x7f;

/** One attribute. */
@unmanaged
class Ea {
  name: usize;      // 0x00
  nameLength: u32;  // 0x04
  value: usize;     // 0x08
  valueLength: u32; // 0x0c
}                   // 0x10

class ByEaName extends Order {
  compare(a: usize, b: usize): i32 {
    const one = changetype<Ea>(a);
    const other = changetype<Ea>(b);
    return compareBytes(one.name, one.nameLength, other.name, other.nameLength);
  }
}

/** Fills in records, sorted by their keys. Their addresses hold until the next file's. */
export class MetadataRecords {
  private text: ByteBuffer = new ByteBuffer();
  private chain: EaChain = new EaChain();
  private eas: ByteBuffer = new ByteBuffer();
  private order: ByteBuffer = new ByteBuffer();
  private byName: ByEaName = new ByEaName();
  private time: Time = changetype<Time>(heap.alloc(offsetof<Time>()));

  /** @param records  of the entry that they are for */
  constructor(private records: Records) {}

  /**
   * @param isMountPoint  what a symbolic link in an archive is on Windows
   * @param path          for messages
   * @fails Corrupt       a chain of attributes that is none
   * @fails Unsupported   an attribute that a layer cannot say
   */
  fill(metadata: WindowsMetadata, isMountPoint: bool, path: ByteBuffer): void {
    this.records.clear();
    this.text.clear();
    this.addCreationTime(metadata.creationTime);
    this.addAttributes(metadata.attributes);
    if (isMountPoint) {
      this.beginRecord(MOUNT_POINT);
      this.text.append(ONE.at, ONE.length);
      this.endRecord();
    }
    const descriptor = metadata.securityDescriptor;
    if (!isDefaultDescriptor(descriptor, metadata.securityDescriptorLength)) {
      this.beginRecord(RAW_SECURITY_DESCRIPTOR);
      this.appendBase64(descriptor, metadata.securityDescriptorLength);
      this.endRecord();
    }
    if (metadata.easLength > 0) this.addEas(metadata.eas, metadata.easLength, path);
    this.settle();
  }

  private addCreationTime(ticks: u64): void {
    setFileTime(this.time, ticks);
    this.beginRecord(CREATION_TIME);
    appendTime(this.text, this.time);
    this.endRecord();
  }

  /** Where there is none, Windows says so by one that says nothing else. */
  private addAttributes(attributes: u32): void {
    this.beginRecord(FILE_ATTRIBUTES);
    appendNumber(this.text, attributes != 0 ? attributes : NORMAL);
    this.endRecord();
  }

  private addEas(at: usize, length: u32, path: ByteBuffer): void {
    this.takeEas(at, length, path);
    const order = this.order;
    const count = order.length / sizeof<usize>();
    order.reserve(order.length + order.length / 2 + sizeof<usize>()); // what the sort sets aside stands behind
    mergeSort(order.at, order.at + order.length, count, this.byName);
    for (let i: u32 = 0; i < count; i++) {
      const at = load<usize>(order.at + i * sizeof<usize>());
      const isTwin = i > 0 && this.byName.compare(load<usize>(order.at + (i - 1) * sizeof<usize>()), at) == 0;
      const ea = changetype<Ea>(at);
      if (isTwin) refuse(ErrorCode.Corrupt, path, ea, "stands there twice");
      this.beginRecord(EA_PREFIX);
      this.text.append(ea.name, ea.nameLength);
      this.endKey();
      this.appendBase64(ea.value, ea.valueLength);
      this.endRecord();
    }
  }

  /** Takes the attributes, and a list of their addresses. */
  private takeEas(at: usize, length: u32, path: ByteBuffer): void {
    const chain = this.chain;
    const eas = this.eas;
    eas.clear();
    chain.start(at, length);
    while (chain.next()) {
      eas.reserve(eas.length + offsetof<Ea>());
      const ea = changetype<Ea>(eas.at + eas.length);
      eas.length += offsetof<Ea>();
      ea.name = chain.name;
      ea.nameLength = chain.nameLength;
      ea.value = chain.value;
      ea.valueLength = chain.valueLength;
      if (!isKey(ea.name, ea.nameLength)) refuse(ErrorCode.Unsupported, path, ea, "has a name that a layer cannot hold");
      if (chain.flags != 0) refuse(ErrorCode.Unsupported, path, ea, `has flags ${chain.flags}, which a layer cannot say`);
    }
    if (chain.isBroken) {
      fail(ErrorCode.Corrupt, `tar: ${quote(path.at, path.length)}: extended attributes of ${length} bytes are no chain`);
    }
    this.order.clear();
    for (let i: u32 = 0; i < eas.length; i += offsetof<Ea>()) {
      this.order.reserve(this.order.length + sizeof<usize>());
      store<usize>(this.order.at + this.order.length, eas.at + i);
      this.order.length += sizeof<usize>();
    }
  }

  /** With padding, as Go writes it. */
  private appendBase64(at: usize, length: u32): void {
    encodeBase64(at, length, this.text);
    for (let rest = length % 3; rest > 0 && rest < 3; rest++) this.text.appendByte(PADDING);
  }

  /** The text moves while it grows: until all is there, records hold offsets into it. */
  private beginRecord(key: Literal): void {
    this.records.add().key = this.text.length;
    this.text.append(key.at, key.length);
    this.endKey();
  }

  /** All that was appended is the key, and what comes is the value. */
  private endKey(): void {
    const record = this.last;
    record.keyLength = this.text.length - <u32>record.key;
    record.value = this.text.length;
  }

  private endRecord(): void {
    const record = this.last;
    record.valueLength = this.text.length - <u32>record.value;
  }

  private settle(): void {
    for (let i: u32 = 0; i < this.records.count; i++) {
      const record = this.records.at(i);
      record.key += this.text.at;
      record.value += this.text.at;
    }
  }

  private get last(): Record {
    return this.records.at(this.records.count - 1);
  }
}

/** Windows allows no other bytes in these names; an equals sign would end the key. */
function isKey(name: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(name + i);
    if (byte < SPACE || byte >= DELETE || byte == EQUALS) return false;
  }
  return true;
}

function refuse(code: ErrorCode, path: ByteBuffer, ea: Ea, what: string): void {
  const name = quote(ea.name, ea.nameLength);
  fail(code, `tar: ${quote(path.at, path.length)}: extended attribute "${name}" ${what}`);
}
