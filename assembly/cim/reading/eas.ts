/** Extended attributes. Source: Microsoft, [MS-FSCC], §2.4.15 "FileFullEaInformation". */

const NAME_LENGTH_AT: u32 = 5;
const VALUE_LENGTH_AT: u32 = 6;
const NAME_AT: u32 = 8;
const ALIGNMENT: u32 = 4;

/** Goes over a chain of them. */
export class ExtendedAttributes {
  name: usize = 0;
  nameLength: u32 = 0;
  value: usize = 0;
  valueLength: u32 = 0;
  /** Whether the chain came to its end as it must. */
  isSound: bool = true;
  private at: usize = 0;
  private left: u32 = 0;

  start(at: usize, length: u32): void {
    this.at = at;
    this.left = length;
    this.isSound = true;
  }

  /** @returns whether there is another */
  next(): bool {
    const left = this.left;
    if (left == 0) return false;
    this.left = 0;
    const at = this.at;
    if (left < NAME_AT) return this.stop();
    const step = load<u32>(at);
    const nameLength: u32 = load<u8>(at, NAME_LENGTH_AT);
    const valueLength: u32 = load<u16>(at, VALUE_LENGTH_AT);
    const size = NAME_AT + nameLength + 1 + valueLength;
    if (nameLength == 0 || size > left || load<u8>(at + NAME_AT + nameLength) != 0) return this.stop();
    if (step != 0 && (step < size || step >= left || step % ALIGNMENT != 0)) return this.stop();
    this.name = at + NAME_AT;
    this.nameLength = nameLength;
    this.value = at + NAME_AT + nameLength + 1;
    this.valueLength = valueLength;
    this.at = at + step;
    this.left = step != 0 ? left - step : 0;
    return true;
  }

  private stop(): bool {
    this.isSound = false;
    return false;
  }
}
