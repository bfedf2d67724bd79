/** Extended attributes of Windows, one after another. Source: Microsoft, [MS-FSCC], §2.4.15 "FileFullEaInformation". */

/** The name follows, a NUL, and the value; each entry begins at a multiple of four. */
@unmanaged
export class EaEntry {
  nextOffset: u32;  // 0x00  bytes from this entry to the next; 0: it is the last
  flags: u8;        // 0x04
  nameLength: u8;   // 0x05
  valueLength: u16; // 0x06
}                   // 0x08

if (offsetof<EaEntry>("valueLength") != 0x06) ERROR("EaEntry: valueLength must stand at 0x06");

/**
 *     chain.start(at, length);
 *     while (chain.next()) … chain.name, chain.value …
 *     if (chain.isBroken) …
 */
export class EaChain {
  /** Whether it ended at an entry that reaches past its room. */
  isBroken: bool = false;
  flags: u8 = 0;
  name: usize = 0;
  nameLength: u32 = 0;
  value: usize = 0;
  valueLength: u32 = 0;
  private at: usize = 0;
  private end: usize = 0;

  start(at: usize, length: u32): void {
    this.at = at;
    this.end = at + length;
    this.isBroken = false;
  }

  next(): bool {
    const at = this.at;
    const room = <u32>(this.end - at);
    if (room == 0) return false;
    if (room < offsetof<EaEntry>()) return this.breakOff();
    const entry = changetype<EaEntry>(at);
    this.flags = entry.flags;
    this.name = at + offsetof<EaEntry>();
    this.nameLength = entry.nameLength;
    this.value = this.name + this.nameLength + 1;
    this.valueLength = entry.valueLength;
    const length = <u32>offsetof<EaEntry>() + this.nameLength + 1 + this.valueLength;
    const next = entry.nextOffset;
    if (length > room || this.nameLength == 0 || load<u8>(this.value - 1) != 0) return this.breakOff();
    if (next != 0 && (next < length || next >= room || next % 4 != 0)) return this.breakOff();
    this.at = next != 0 ? at + next : this.end;
    return true;
  }

  private breakOff(): bool {
    this.isBroken = true;
    return false;
  }
}
