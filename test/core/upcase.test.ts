import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { probe } from "./probe.ts";

const upcase = suite("core: upper case");

const { upcaseTable, memory } = await probe('export { upcaseTable } from "./assembly/bytes/upcase";');

/** The table, 131,072 bytes. */
function table(): Buffer {
  return Buffer.from(memory.buffer, Number(upcaseTable!()), 131_072);
}

/** What Windows makes of a unit. */
const upper = (text: string): string => String.fromCharCode(table().readUInt16LE(text.charCodeAt(0) * 2));

upcase("is the table of Windows, bit for bit", () => {
  const digest = createHash("sha256").update(table()).digest("hex");
  assert.is(digest, "41c26bc7a12bdaeb26025c93118697c7e3ef81ee048b00fe5cce2a472e0e0742");
});

upcase("stays as it is when it is asked for again", () => {
  const first = Buffer.from(table());
  assert.ok(first.equals(table()));
});

const CASES: [why: string, from: string, to: string][] = [
  ["ASCII", "a", "A"],
  ["already upper", "Z", "Z"],
  ["Latin-1", "é", "É"],
  ["out of Latin-1", "ÿ", "Ÿ"],
  ["Greek", "ω", "Ω"],
  ["Cyrillic", "я", "Я"],
  ["Georgian of 2005", "ⴀ", "Ⴀ"],
  ["sharp s stays: two letters in upper case", "ß", "ß"],
  ["dotless i stays: its capital is that of i", "ı", "ı"],
  ["micro sign stays: its capital is that of mu", "µ", "µ"],
  ["final sigma stays", "ς", "ς"],
];

for (const [why, from, to] of CASES) upcase(`${from} becomes ${to}: ${why}`, () => assert.is(upper(from), to));

upcase.run();
