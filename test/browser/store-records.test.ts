/** What the store of images knows them by, and in which order they go. */
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { canonical, imageIdOf } from "../../src/host/browser/store/image-id.ts";
import {
  byLastUse,
  contentsOf,
  type ImageRecord,
  type InputRecord,
  imageKey,
  inputKey,
  seal,
  useKey,
} from "../../src/host/browser/store/records.ts";
import { planOf } from "../../src/host/options.ts";
import { VERSION } from "../../src/host/version.ts";
import { inRepository } from "../fixtures/repository.ts";

const ids = suite("browser: ids of images");

const DIFF_ID = `sha256:${"5".repeat(64)}`;

const idOf = (options: Parameters<typeof planOf>[0], inputs = [DIFF_ID]) =>
  imageIdOf({ kind: "layer", inputs, options: planOf(options) });

ids("are the same whatever order options are in, and whether defaults are spelled out", async () => {
  const id = await idOf({});
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.is(await idOf({ verity: false, profile: "modern", limits: {} }), id);
  assert.is(await idOf({ vhd: true, verity: true }), await idOf({ verity: true, container: "vhd" }));
});

ids("differ in every option, input and kind", async () => {
  const different = await Promise.all([
    idOf({}),
    idOf({ verity: true }),
    idOf({ filesystem: { label: "a" } }),
    idOf({ filesystem: { label: "b" } }),
    idOf({ filesystem: { uuid: "01234567-89ab-cdef-0123-456789abcdef" } }),
    idOf({ limits: { entries: 5 } }),
    idOf({ profile: "hcsshim" }),
    idOf({}, [`sha256:${"6".repeat(64)}`]),
    idOf({}, [DIFF_ID, DIFF_ID]),
    imageIdOf({ kind: "rootfs", inputs: [DIFF_ID], options: planOf({}) }),
  ]);
  assert.is(new Set(different).size, different.length);
});

ids("are of a text that says all there is to say", () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(json, (value) => assert.equal(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)))),
  );
  fc.assert(
    fc.property(json, json, (a, b) =>
      assert.is(canonical([a]) === canonical([b]), JSON.stringify(canonical([a])) === JSON.stringify(canonical([b]))),
    ),
  );
  assert.is(canonical({ b: 1n, a: undefined, c: Number.POSITIVE_INFINITY }), '{"b":"#1","c":"#Infinity"}');
});

ids("have the package's version in them", () => {
  assert.is(VERSION, JSON.parse(readFileSync(inRepository("package.json"), "utf8")).version);
});

ids.run();

const records = suite("browser: records of the store");

const image = (id: string, change: Partial<ImageRecord> = {}): ImageRecord => ({
  id,
  kind: "layer",
  inputs: [DIFF_ID],
  options: {},
  title: "",
  file: `file of ${id}`,
  size: 10,
  modified: 5,
  made: 100,
  result: { size: 10, entries: 1, whiteouts: 0, diffSize: 5, input: { size: 5 }, compression: "none" },
  ...change,
});

const input = (fingerprint: string, diffId = DIFF_ID): InputRecord => ({
  fingerprint,
  size: 7,
  digest: diffId,
  diffId,
  diffSize: 7,
  compression: "none",
});

records("are read back as they were written", async () => {
  const { images, inputs, waste } = await contentsOf([
    [imageKey("a"), await seal(imageKey("a"), image("a"))],
    [inputKey("f"), await seal(inputKey("f"), input("f"))],
    [useKey("a"), 200],
  ]);
  assert.equal(images.get("a"), image("a"));
  assert.equal(inputs.get("f"), input("f"));
  assert.equal(waste, []);
});

records("that are damaged, or stand under another key, are as if not there", async () => {
  const sealed = await seal(imageKey("a"), image("a"));
  const entries: [unknown, unknown][] = [
    [imageKey("a"), { ...sealed, text: sealed.text.replace('"size":10', '"size":11') }],
    [imageKey("b"), sealed],
    [inputKey("a"), sealed],
    [imageKey("c"), { ...sealed, digest: 5 }],
    [imageKey("d"), null],
    [imageKey("e"), "text"],
    [imageKey("f"), { text: "{", digest: sealed.digest }],
    ["image", sealed],
    [5, sealed],
    [["image a"], sealed],
    [useKey("a"), "yesterday"],
    [useKey("b"), Number.NaN],
    ["used", 5],
    ["anything else", 5],
  ];
  const { images, inputs, uses, waste } = await contentsOf(entries);
  assert.is(images.size + inputs.size + uses.size, 0);
  assert.is(waste.length, entries.length);
});

records("that nothing needs any more are waste", async () => {
  const other = `sha256:${"6".repeat(64)}`;
  const { waste } = await contentsOf([
    [imageKey("a"), await seal(imageKey("a"), image("a"))],
    [inputKey("f"), await seal(inputKey("f"), input("f"))],
    [inputKey("g"), await seal(inputKey("g"), input("g", other))],
    [useKey("b"), 200],
  ]);
  assert.equal(waste, [inputKey("g"), useKey("b")]);
});

records("go in the order of their last use", async () => {
  const contents = {
    images: new Map(["a", "b", "c", "d"].map((id, at) => [id, image(id, { made: 100 + at })])),
    inputs: new Map(),
    uses: new Map([
      ["a", 300],
      ["b", 50],
    ]),
    waste: [],
  };
  assert.equal(
    byLastUse(contents).map(({ id }) => id),
    ["b", "c", "d", "a"],
  );
});

records.run();
