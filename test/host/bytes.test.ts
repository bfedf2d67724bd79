/** Bytes and text without Buffer: as Buffer has them. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  compareBytes,
  concatBytes,
  equalBytes,
  firstDifference,
  latin1Of,
  textOf,
  utf8Of,
} from "../../src/host/bytes.ts";
import { times } from "../fixtures/runs.ts";

const bytes = suite("bytes");

/** Few values, so that two arrays are often alike for a while. */
const arrays = fc.uint8Array({ maxLength: 40, max: 2 });
const buffer = (array: Uint8Array) => Buffer.from(array);

bytes("are the text that Buffer makes of them, marks and damage included", () => {
  const damaged = fc.oneof(fc.uint8Array(), fc.string({ unit: "binary" }).map(utf8Of));
  fc.assert(
    fc.property(damaged, (array) => {
      assert.is(textOf(array), buffer(array).toString("utf8"));
      assert.is(latin1Of(array), buffer(array).toString("latin1"));
    }),
    times(500),
  );
  assert.is(textOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
});

bytes("of text are those of Buffer, halves of characters included", () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(text, (text) => assert.equal(buffer(utf8Of(text)), Buffer.from(text))),
    times(500),
  );
});

bytes("come in the order of Buffer.compare, and are equal as it says, wherever they stand in memory", () => {
  fc.assert(
    fc.property(arrays, arrays, fc.nat(9), (one, other, shift) => {
      const a = new Uint8Array([...new Uint8Array(shift), ...one]).subarray(shift);
      const order = Buffer.compare(a, other);
      assert.is(Math.sign(compareBytes(a, other)), order);
      assert.is(equalBytes(a, other), order === 0);
      assert.ok(equalBytes(a, Uint8Array.from(one)));
      const at = firstDifference(a, other);
      assert.equal(a.subarray(0, at), other.subarray(0, at));
      assert.ok(at === Math.min(a.length, other.length) || a[at] !== other[at]);
    }),
    times(1000),
  );
});

bytes("one of which differs are not equal, wherever it is", () => {
  for (let length = 1; length < 40; length++) {
    for (let at = 0; at < length; at++) {
      const changed = new Uint8Array(length);
      changed[at] = 0x80;
      assert.not.ok(equalBytes(changed, new Uint8Array(length)), `byte ${at} of ${length}`);
    }
  }
});

bytes("are put together", () => {
  fc.assert(
    fc.property(fc.array(arrays), (parts) => assert.equal(buffer(concatBytes(parts)), Buffer.concat(parts))),
    times(200),
  );
});

bytes.run();
