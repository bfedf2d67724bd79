/** Escapes within quotes: those of Go's strings, and the quote itself. */

const LETTERS: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, "\\": 92 };

/** An escape, after its backslash. */
const ESCAPE = /^(?:([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\]))/;

/**
 * The text that `literal` stands for. Octal and `\x` escapes are bytes of UTF-8, the others characters.
 *
 * @param literal  with its quotes, the first and last character
 * @returns undefined where an escape is none
 */
export function unquote(literal: string): string | undefined {
  const quote = literal[0]!;
  const pieces: Buffer[] = [];
  let rest = literal.slice(1, -1);
  while (rest !== "") {
    const plain = rest.indexOf("\\");
    pieces.push(Buffer.from(plain < 0 ? rest : rest.slice(0, plain)));
    if (plain < 0) break;
    rest = rest.slice(plain + 1);
    if (rest[0] === quote) {
      pieces.push(Buffer.from(quote));
      rest = rest.slice(1);
      continue;
    }
    const found = ESCAPE.exec(rest);
    const bytes = found && escaped(found);
    if (!bytes) return undefined;
    pieces.push(bytes);
    rest = rest.slice(found[0].length);
  }
  return Buffer.concat(pieces).toString();
}

function escaped([, octal, hex, short, long, letter]: RegExpExecArray): Buffer | undefined {
  if (letter !== undefined) return Buffer.from([LETTERS[letter]!]);
  if (octal !== undefined || hex !== undefined) {
    const byte = octal === undefined ? Number.parseInt(hex!, 16) : Number.parseInt(octal, 8);
    return byte > 255 ? undefined : Buffer.from([byte]);
  }
  const point = Number.parseInt((short ?? long)!, 16);
  const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return isCharacter ? Buffer.from(String.fromCodePoint(point)) : undefined;
}
