/** What the streams have in common that hold DEFLATE: where bytes come from and go to, and that these are summed. */
import { BitReader } from "./bit-reader";
import { Decompressor } from "./decompressor";
import { Inflate } from "./inflate";
import { Window } from "./window";

export abstract class DeflateStream extends Decompressor {
  private window: Window = new Window();
  private inflate: Inflate = new Inflate(this.reader, this.window);
  /** Where those bytes end that are summed. */
  private summed: usize = 0;

  constructor(protected reader: BitReader) {
    super();
  }

  give(from: usize, length: u32): void {
    this.reader.give(from, length);
  }

  next(): u32 {
    const window = this.window;
    window.slide();
    this.summed = window.fresh;
    while (!window.isFull && this.go()) {}
    this.sum();
    return <u32>(window.at - window.fresh);
  }

  get piece(): usize {
    return this.window.fresh;
  }

  finish(): void {
    if (!this.mayEnd) this.reader.failAtEnd();
  }

  /** @returns whether what comes next could be read */
  protected abstract go(): bool;

  /** Whether nothing more need come. */
  protected abstract get mayEnd(): bool;

  /** Adds `length` decompressed bytes to the checksum. */
  protected abstract add(from: usize, length: u32): void;

  /** DEFLATE begins here. */
  protected beginData(): void {
    this.inflate.begin();
  }

  /** @returns whether DEFLATE has ended; then all of it is summed, and the reader stands at a byte */
  protected readData(): bool {
    if (!this.inflate.run()) return false;
    this.sum();
    this.reader.align();
    return true;
  }

  /** Behind the end may stand zeros, and nothing else. */
  protected passPadding(what: string): bool {
    const reader = this.reader;
    if (!reader.has(8)) return false;
    if (reader.take(8) != 0) reader.fail(what, 1);
    return true;
  }

  /** Adds what is new in the window, while it is in the cache. */
  private sum(): void {
    this.add(this.summed, <u32>(this.window.at - this.summed));
    this.summed = this.window.at;
  }
}

export function hex(sum: u32): string {
  return "0x" + sum.toString(16).padStart(8, "0");
}
