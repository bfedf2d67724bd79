/** The text of a security descriptor, read letter by letter. Its words are the same in upper and lower case. */
import { ErrorCode } from "../abi";
import { quote } from "../bytes/quote";
import { fail } from "../host";
import { WindowsPath } from "./path";

export class SddlText {
  private from: usize = 0;
  private end: usize = 0;
  private at: usize = 0;
  /** Of the file, for messages. */
  private path: WindowsPath | null = null;

  /** @param path  of the file that has it, for messages */
  start(from: usize, length: u32, path: WindowsPath): void {
    this.from = from;
    this.at = from;
    this.end = from + length;
    this.path = path;
  }

  get isAtEnd(): bool {
    return this.at == this.end;
  }

  /** The next letter, in upper case; 0: there is none. */
  get next(): u32 {
    return this.letter(0);
  }

  /** The letter that comes `distance` after the next. */
  letter(distance: u32): u32 {
    if (this.end - this.at <= distance) return 0;
    const letter: u32 = load<u8>(this.at + distance);
    return letter - 0x61 < 26 ? letter - 0x20 : letter;
  }

  pass(count: u32): void {
    this.at += count;
  }

  /** Passes over `text` if it comes next. */
  takes(text: string): bool {
    for (let i = 0; i < text.length; i++) if (this.letter(i) != <u32>text.charCodeAt(i)) return false;
    this.at += text.length;
    return true;
  }

  /** @fails Corrupt  something else comes */
  expect(text: string): void {
    if (!this.takes(text)) this.refuse(`'${text}' is missing`);
  }

  /**
   * Reads digits: decimal, or hexadecimal behind `0x`.
   *
   * @fails Corrupt  there are none, or they say more than `limit`
   */
  takeNumber(limit: u64): u64 {
    const isHex = this.takes("0X");
    const radix: u64 = isHex ? 16 : 10;
    let value: u64 = 0;
    let count = 0;
    for (let digit = digitOf(this.next); <u64>digit < radix; digit = digitOf(this.next)) {
      if (value > (limit - digit) / radix) this.refuse(`a number past ${limit}`);
      value = value * radix + digit;
      this.at++;
      count++;
    }
    if (count == 0) this.refuse("a number is missing");
    return value;
  }

  /** Reads two digits, hexadecimal. @fails Corrupt */
  takeByte(): u8 {
    const high = digitOf(this.letter(0));
    const low = digitOf(this.letter(1));
    if (high > 15 || low > 15) this.refuse("a GUID is not complete");
    this.at += 2;
    return <u8>((high << 4) | low);
  }

  /**
   * Reads a word of one or two letters.
   *
   * @param table  words, with a space behind those of one letter, and what each means: `digits` hexadecimal digits
   * @returns what it means, or -1: it is none of them, and not passed over
   */
  takeWord(table: string, digits: u32): i64 {
    const width = digits + 2;
    for (let i: u32 = 0; i < <u32>table.length; i += width) {
      if (!this.isWord(table, i)) continue;
      this.at += table.charCodeAt(i + 1) == 0x20 ? 1 : 2;
      let value: i64 = 0;
      for (let digit: u32 = 2; digit < width; digit++) value = (value << 4) | digitOf(table.charCodeAt(i + digit));
      return value;
    }
    return -1;
  }

  private isWord(table: string, index: u32): bool {
    const second: u32 = table.charCodeAt(index + 1);
    return this.letter(0) == <u32>table.charCodeAt(index) && (second == 0x20 || this.letter(1) == second);
  }

  refuse(why: string): void {
    this.refuseAs(ErrorCode.Corrupt, why);
  }

  refuseAs(code: ErrorCode, why: string): void {
    const path = (this.path as WindowsPath).quoted;
    const text = quote(this.from, <u32>min<usize>(this.end - this.from, 80));
    fail(code, `layer: "${path}": security descriptor "${text}": at ${this.at - this.from}: ${why}`);
  }
}

/** @returns above 15 for what is none */
function digitOf(letter: u32): u32 {
  if (letter - 0x30 < 10) return letter - 0x30;
  return letter - 0x41 < 6 ? letter - 0x41 + 10 : 99;
}
