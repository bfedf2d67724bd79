/** Names in UTF-8 and UTF-16, as Node's own decoder has them. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Probe, probe } from "./probe.ts";

const SOURCE = `
import { appendUtf16, appendUtf8 } from "./assembly/bytes/utf16";
import { ByteBuffer } from "./assembly/bytes/memory";
const input = memory.data(65536);
const output = new ByteBuffer();
export function at(): usize { return input; }
export function utf16(length: u32): i32 {
  output.clear();
  return appendUtf16(input, length, output) ? output.length : -1;
}
export function utf8(units: u32): i32 {
  output.clear();
  const isSound = appendUtf8(input, units, output);
  return isSound ? output.length : -output.length;
}
export function made(): usize { return output.at; }
`;

const utf16 = suite<{ core: Probe }>("utf16");

utf16.before(async (context) => {
  context.core = await probe(SOURCE);
});

function put(core: Probe, bytes: Uint8Array): void {
  new Uint8Array(core.memory.buffer, Number(core.at!()), bytes.length).set(bytes);
}

const taken = (core: Probe, length: number): Buffer =>
  Buffer.from(new Uint8Array(core.memory.buffer, Number(core.made!()), length).slice());

/** Undefined: the core says that it is no UTF-8. */
function toUtf16(core: Probe, bytes: Uint8Array): string | undefined {
  put(core, bytes);
  const length = Number(core.utf16!(bytes.length));
  return length < 0 ? undefined : taken(core, length).toString("utf16le");
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

utf16("is made of UTF-8, and back", ({ core }) => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
      assert.is(toUtf16(core, Buffer.from(text)), text);
      const units = Buffer.from(text, "utf16le");
      put(core, units);
      assert.equal(taken(core, Number(core.utf8!(units.length / 2))), Buffer.from(text));
    }),
  );
});

utf16("is made of every sequence of bytes that is UTF-8, and of no other", ({ core }) => {
  const edge = fc.constantFrom(
    0x00,
    0x7f,
    0x80,
    0xbf,
    0xc0,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
    0xff,
    0x9f,
    0xa0,
    0x8f,
    0x90,
  );
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 6 }), (bytes) => {
      assert.is(toUtf16(core, Uint8Array.from(bytes)), decode(Uint8Array.from(bytes)));
    }),
    { numRuns: 20_000 },
  );
});

utf16("knows every character", ({ core }) => {
  for (let code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 257) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const text = String.fromCodePoint(code);
    assert.is(toUtf16(core, Buffer.from(text)), text);
  }
});

utf16("keeps a surrogate that is alone, and says so", ({ core }) => {
  for (const [text, bytes] of [
    ["\ud800", [0xed, 0xa0, 0x80]],
    ["\udfffa", [0xed, 0xbf, 0xbf, 0x61]],
    ["\ud800\ud83d\ude00", [0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0x80]],
  ] as const) {
    put(core, Buffer.from(text, "utf16le"));
    const length = -Number(core.utf8!(text.length));
    assert.equal([...taken(core, length)], bytes);
    assert.is(toUtf16(core, Uint8Array.from(bytes)), undefined);
  }
});

utf16.run();
