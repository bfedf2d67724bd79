/** Cuts filters into tokens. A value is one only after an operator; elsewhere the same letters would be a field. */
import { ErrorCode, ImageError } from "../errors.ts";

export interface Token {
  readonly kind: "field" | "value" | "quoted" | "operator" | "separator" | "end";
  readonly text: string;

  /** Where it begins. Code points. */
  readonly at: number;
}

const SPACE = /\p{White_Space}/u;
const GRAPHIC = /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]/u;
const FIELD = /[A-Za-z0-9_]/;
const OPERATOR = /[=!~]/;
const QUOTE = /["/|]/;

export class Scanner {
  readonly #runes: readonly string[];
  #at = 0;

  constructor(input: string) {
    this.#runes = [...input];
  }

  get at(): number {
    return this.#at;
  }

  /** The next character, as it is, blank or not; undefined at the end. */
  peek(): string | undefined {
    return this.#runes[this.#at];
  }

  /** @throws ImageError  InvalidArgument */
  next(wanted: "field" | "value" = "field"): Token {
    this.#take((rune) => SPACE.test(rune));
    const at = this.#at;
    const rune = this.peek();
    if (rune === undefined) return { kind: "end", text: "", at };
    if (QUOTE.test(rune)) return { kind: "quoted", text: this.#quoted(rune), at };
    if (rune === "," || rune === ".") return { kind: "separator", text: this.#runes[this.#at++]!, at };
    if (OPERATOR.test(rune)) return { kind: "operator", text: this.#take((each) => OPERATOR.test(each)), at };
    if (wanted === "value" && isValueRune(rune)) return { kind: "value", text: this.#take(isValueRune), at };
    if (FIELD.test(rune)) return { kind: "field", text: this.#take((each) => FIELD.test(each)), at };
    throw this.error(at, `unexpected character ${JSON.stringify(rune)}`);
  }

  /** An error that shows where it is, as containerd shows it. */
  error(at: number, what: string): ImageError {
    const before = this.#runes.slice(Math.max(0, at - SHOWN), at).join("");
    const after = this.#runes.slice(at + 1, at + 1 + SHOWN).join("");
    const rune = this.#runes[at];
    const where = rune === undefined ? `[${before}]` : `[${before} >|${rune}|< ${after}]`;
    return new ImageError(ErrorCode.InvalidArgument, `filters: parse error: ${where}: ${what}`);
  }

  /** With its quotes and escapes. */
  #quoted(quote: string): string {
    const start = this.#at++;
    for (;;) {
      const rune = this.#runes[this.#at++];
      if (rune === quote) return this.#runes.slice(start, this.#at).join("");
      if (rune === "\\") this.#at++;
      if (rune === undefined || rune === "\n") throw this.error(start, "quoted literal not terminated");
    }
  }

  #take(wanted: (rune: string) => boolean): string {
    const start = this.#at;
    while (this.#at < this.#runes.length && wanted(this.#runes[this.#at]!)) this.#at++;
    return this.#runes.slice(start, this.#at).join("");
  }
}

/** How much of a filter an error shows on either side. Code points. */
const SHOWN = 80;

function isValueRune(rune: string): boolean {
  return rune !== "," && GRAPHIC.test(rune) && !SPACE.test(rune);
}
