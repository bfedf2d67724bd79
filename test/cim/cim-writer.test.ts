/** CIMs by the system's own writer: here a fake, so that what it is told is proved on any system. */
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeWtf8, encodeWtf8 } from "../../src/host/cim/wtf8.ts";
import { type ConvertCimOptions, convertCim, ErrorCode } from "../../src/index.ts";
import { filesIn } from "../fixtures/cim.ts";
import { FakeCimWriter } from "../fixtures/fake-cim-writer.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { directory, file } from "../fixtures/windows-base.ts";
import { windowsTar } from "../fixtures/windows-tar.ts";
import { cimWriterSuite } from "../suites/cim-writer.ts";

await cimWriterSuite("a fake", () => new FakeCimWriter());

const large = windowsTar([directory("Files"), file("Files/large", noise(3_000_000))]);

const test = suite("convertCim: by the system's writer");

test("is refused where there is none, before anything is read or made", async () => {
  const folder = scratchPath("new");
  const unread = {
    [Symbol.asyncIterator](): never {
      throw new Error("was read");
    },
  };
  const convert = (more: Partial<ConvertCimOptions>) =>
    convertCim(unread, folder, { name: "a", writer: "cimfs", ...more });
  assert.match((await rejects(convert({}), ErrorCode.Unavailable)).message, "cimfs.dll");
  const platform = { copyRange: async () => undefined, cimWriter: async () => undefined };
  await rejects(convert({ platform }), ErrorCode.Unavailable);
  const { platform: able } = new FakeCimWriter();
  assert.match(
    (await rejects(convert({ platform: able, version: "1.0" }), ErrorCode.InvalidArgument)).message,
    "version",
  );
  const guid = "01234567-89ab-cdef-0123-456789abcdef";
  assert.match((await rejects(convert({ platform: able, guid }), ErrorCode.InvalidArgument)).message, "guid");
  await rejects(convert({ writer: "windows" as "cimfs" }), ErrorCode.InvalidArgument);
  await rejects(convertCim(large, join(folder, "deep"), { name: "a" }), ErrorCode.NotFound);
});

test("hands contents over in pieces, and the signal ends it between two", async () => {
  const writer = new FakeCimWriter();
  const controller = new AbortController();
  const reason = new Error("enough");
  writer.onCall = (call) => {
    if (call.startsWith("write") && writer.calls().at(-1)!.startsWith("write")) controller.abort(reason);
  };
  const folder = scratchFolder();
  const { signal } = controller;
  const converted = convertCim(large, folder, { name: "a", writer: "cimfs", platform: writer.platform, signal });
  assert.is(await converted.catch((error) => error), reason);
  assert.is(writer.calls().filter((call) => call.startsWith("write")).length, 2);
  assert.is(writer.longestPiece, 512 * 1024);
  assert.is(writer.open, 0);
  assert.equal(filesIn(folder), []);
});

test("names come back from WTF-8, surrogates that stand alone too", () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
  const halves = fc.constantFrom("\ud800", "\udbff", "\udc00", "\udfff", "\ufffd", "\u{10ffff}", "a");
  const name = fc.array(fc.oneof(unit, halves), { maxLength: 9 }).map((units) => units.join(""));
  fc.assert(
    fc.property(name, (text) => assert.is(decodeWtf8(encodeWtf8(text)), text)),
    { seed: 20_261_124 },
  );
});

test("is refused what is no CIM", async () => {
  const writer = new FakeCimWriter();
  writer.nameOf = () => "another.cim";
  const folder = scratchFolder();
  const converted = convertCim(large, folder, { name: "a", writer: "cimfs", platform: writer.platform });
  assert.match((await rejects(converted, ErrorCode.FailedPrecondition)).message, "another.cim");
  assert.equal(filesIn(folder), []);
});

test.run();
