/** What an archive says of a file in key and value, beyond the fields that all entries have. */
import { Literal } from "../bytes/literal";
import { ByteBuffer } from "../bytes/memory";

/** A record, where it stands in memory. */
@unmanaged
export class Record {
  key: usize;       // 0x00
  keyLength: u32;   // 0x04
  value: usize;     // 0x08
  valueLength: u32; // 0x0c

  hasKey(key: Literal): bool {
    return key.equals(this.key, this.keyLength);
  }
}

/** Records of one entry, in the order of the archive. */
export class Records {
  count: u32 = 0;
  private list: ByteBuffer = new ByteBuffer();

  clear(): void {
    this.count = 0;
    this.list.clear();
  }

  at(index: u32): Record {
    return changetype<Record>(this.list.at + index * offsetof<Record>());
  }

  /** The last record of that key: it replaces those before. Null when there is none. */
  find(key: Literal): Record | null {
    for (let i = this.count; i > 0; i--) {
      const record = this.at(i - 1);
      if (record.hasKey(key)) return record;
    }
    return null;
  }

  /** As `find`, but an empty value says that the entry's own field counts: null too. */
  findValue(key: Literal): Record | null {
    const record = this.find(key);
    return record && record.valueLength > 0 ? record : null;
  }

  /** A record to be filled in, behind those that are there. */
  add(): Record {
    this.list.reserve(this.list.length + offsetof<Record>());
    this.list.length += offsetof<Record>();
    return this.at(this.count++);
  }
}
