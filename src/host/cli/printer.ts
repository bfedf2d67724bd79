/** Lines with names in them: to a terminal as harmless text, to anything else as the bytes that they are. */
import { printable } from "../image/name.ts";
import type { Output } from "./output.ts";

/** Bytes gathered before they are written. */
const ENOUGH = 64 * 1024;

/** Text of which each character is one byte. */
export type ByteText = string;

export class Printer {
  readonly #isTerminal: boolean;
  #gathered: ByteText[] = [];
  #length = 0;

  constructor(private readonly output: Output) {
    this.#isTerminal = output.isTerminal;
  }

  /** A name, a path or a target as it is to be printed. */
  name(bytes: Uint8Array): ByteText {
    return this.#isTerminal ? toBytes(printable(bytes)) : Buffer.from(bytes).toString("latin1");
  }

  line(text: ByteText): void {
    this.#gathered.push(text, "\n");
    this.#length += text.length + 1;
    if (this.#length > ENOUGH) this.flush();
  }

  /** Writes what is gathered. To be called once at the end, and before anything else writes. */
  flush(): void {
    this.output.write(Buffer.from(this.#gathered.join(""), "latin1"));
    this.#gathered = [];
    this.#length = 0;
  }
}

/** Text of ours, with characters past ASCII. */
export function toBytes(text: string): ByteText {
  return Buffer.from(text).toString("latin1");
}
