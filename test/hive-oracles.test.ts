/** Registry hives that we write, as others read them, and hives that others write, as we read them. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildHive, type Key, key, putChecksum, readHive, upper, type Value } from "./fixtures/hive.ts";
import { mergeData } from "./fixtures/hive-merge.ts";
import { goldenHive } from "./fixtures/hives.ts";
import { mergeBytes } from "./fixtures/merge-hives.ts";
import { noise } from "./fixtures/random.ts";
import { randomDelta, randomHive } from "./fixtures/random-hive.ts";
import { listReg, type Reg, type RegValue } from "./fixtures/reg.ts";
import { times } from "./fixtures/runs.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { chntpw } from "./oracles/chntpw.ts";
import { hivex } from "./oracles/hivex.ts";
import { libregf } from "./oracles/libregf.ts";
import { present } from "./oracles/oracle.ts";

/** chntpw knows a root by its flags. */
const EMPTY = buildHive(key("ROOT", { flags: 0x08 }));

/** All keys by path, whose root is "". */
function* paths(root: Key, path = ""): Generator<[path: string, key: Key]> {
  yield [path, root];
  for (const subkey of root.subkeys) yield* paths(subkey, path === "" ? subkey.name : `${path}\\${subkey.name}`);
}

/** As text of regedit's form would be read. */
function asReg(root: Key): Reg {
  const valuesOf = ({ values }: Key): Map<string, RegValue> =>
    new Map(values.map(({ name, type, data }) => [name, { type, data: Buffer.from(data) }]));
  return new Map([...paths(root)].map(([path, key]) => [path, valuesOf(key)]));
}

/** Without what names of text lines cannot have, and what hivex prints in other words: halves of a pair, zeros, odd types. */
function plain(root: Key): Key {
  const isPlain = ({ name }: { name: string }): boolean => !/[\0\\\ud800-\udfff]/.test(name);
  return {
    ...root,
    name: isPlain(root) ? root.name : "ROOT", // of a root alone, for others are left out
    values: root.values.filter((value) => isPlain(value) && value.type < 12),
    subkeys: root.subkeys.filter(isPlain).map(plain),
  };
}

/** Merges what is left of two hives; all readers are asked of the same. */
async function merged(base: Key, delta: Key): Promise<[path: string, root: Key]> {
  const bytes = await mergeBytes(buildHive(plain(base)), buildHive(plain(delta)));
  return [scratchFile("merged.hive", bytes), mergeData(plain(base), plain(delta))];
}

const someHives: [what: string, bytes: () => Promise<Buffer>][] = [
  ["the golden hives, merged", () => mergeBytes(goldenHive("base"), goldenHive("delta"))],
  ["a store of boot configuration, written again", () => mergeBytes(goldenHive("bcd"), EMPTY)],
];

const byHivex = suite("hives we write, read by hivex");

if (present(hivex, byHivex)) {
  for (const [what, bytes] of someHives) {
    byHivex(`${what}: the same keys and values`, async () => {
      const hive = await bytes();
      const path = scratchFile("merged.hive", hive);
      assert.is(hivex.complaints(path), "");
      assert.equal(listReg(hivex.read(path)), listReg(asReg(readHive(hive))));
    });
  }

  byHivex("any hives, merged: the same keys and values", async () => {
    await fc.assert(
      fc.asyncProperty(randomHive, randomDelta, async (base, delta) => {
        const [path, root] = await merged(base, delta);
        assert.is(hivex.complaints(path), "");
        assert.equal(listReg(hivex.read(path)), listReg(asReg(root)));
      }),
      times(25),
    );
  });
}

byHivex.run();

const byLibregf = suite("hives we write, read by libregf");

if (present(libregf, byLibregf)) {
  for (const [what, bytes] of someHives) {
    byLibregf(`${what}: the same keys, classes and values`, async () => {
      const hive = await bytes();
      assert.equal(libregf.read(scratchFile("merged.hive", hive)), asTold(readHive(hive)));
    });
  }

  byLibregf("any hives, merged: the same keys, classes and values", async () => {
    await fc.assert(
      fc.asyncProperty(randomHive, randomDelta, async (base, delta) => {
        const [path, root] = await merged(base, delta);
        assert.equal(libregf.read(path), asTold(root));
      }),
      times(25),
    );
  });
}

byLibregf.run();

/** As libregf tells of it: for text it has sizes of its own. */
function asTold(root: Key) {
  const sizeOf = ({ type, data }: Value) => (type === 1 || type === 2 ? undefined : data.length);
  return new Map(
    [...paths(root)].map(([path, { className, values }]) => [
      path === "" ? root.name : `${root.name}\\${path}`,
      { className, values: new Map(values.map((value) => [value.name, sizeOf(value)])) },
    ]),
  );
}

const byChntpw = suite("hives we write, read by chntpw");

if (present(chntpw, byChntpw)) {
  byChntpw("a store of boot configuration, written again: the same keys and values", async () => {
    const hive = await mergeBytes(goldenHive("bcd"), EMPTY);
    assert.equal(listReg(chntpw.read(scratchFile("bcd.hive", hive))), listReg(asReg(readHive(hive))));
  });

  byChntpw("1,200 subkeys in three leaves", async () => {
    const names = Array.from({ length: 1200 }, (_, index) => `k${1000 + index}`);
    const root = key("ROOT", { flags: 0x08, subkeys: names.map((name) => key(name)) });
    const hive = await mergeBytes(buildHive(root), EMPTY);
    assert.equal([...chntpw.read(scratchFile("many.hive", hive)).keys()], ["", ...names]);
  });
}

byChntpw.run();

const fromHivex = suite("hives that hivex writes");

if (present(hivex, fromHivex)) {
  const start = await mergeBytes(goldenHive("bcd"), EMPTY);

  fromHivex("over one of ours: its changes are there, and nothing else changed", () => {
    const path = scratchFile("changed.hive", start);
    hivex.write(path, [
      "cd \\",
      "add K\u0141ucz",
      "cd K\u0141ucz",
      "setval 2",
      "foo",
      "dword:0x2a",
      "@",
      "string:text",
    ]);
    const { subkeys, ...before } = readHive(start);
    const { subkeys: now, ...after } = readHive(path);
    const [added] = now.filter(({ name }) => name === "K\u0141ucz");
    assert.equal(
      now.filter((each) => each !== added),
      subkeys,
    );
    assert.equal({ ...after, time: 0n }, { ...before, time: 0n });
    assert.equal(
      added!.values.map(({ name, type, data }) => [name, type, Buffer.from(data).toString("latin1")]),
      [
        ["foo", 4, "*\0\0\0"],
        ["", 1, Buffer.from("text\0", "utf16le").toString("latin1")],
      ],
    );
  });

  fromHivex("with a key less, and large data in one cell", () => {
    const path = scratchFile("changed.hive", start);
    const data = Buffer.from(noise(20_000));
    hivex.write(path, ["cd \\Description", "del"]);
    hivex.merge(path, regOf("\\Objects", { name: "big", type: 3, data }));
    const root = readHive(path);
    assert.equal(
      root.subkeys.map(({ name }) => name),
      ["Objects"],
    );
    assert.equal(Buffer.from(root.subkeys[0]!.values[0]!.data), data);
  });

  fromHivex("are merged as any other, as base and as delta", async () => {
    const path = scratchFile("changed.hive", start);
    const value: Value = { name: "v", type: 3, data: Uint8Array.of(1, 2, 3) };
    hivex.merge(path, regOf("\\objects\\new", value));
    const changed = readFileSync(path);
    for (const [base, delta] of [
      [start, changed],
      [changed, start],
    ] as const) {
      const root = readHive(await mergeBytes(base, delta));
      assert.equal(root, mergeData(readHive(base), readHive(delta)));
      const objects = root.subkeys.find(({ name }) => upper(name) === "OBJECTS")!;
      assert.equal(objects.subkeys.find(({ name }) => name === "new")!.values, [value]);
    }
  });
}

fromHivex.run();

/** Text of regedit's form that gives a key a value. */
function regOf(path: string, { name, type, data }: Value): string {
  const bytes = Buffer.from(data)
    .toString("hex")
    .replace(/..(?!$)/g, "$&,");
  return scratchFile(
    "x.reg",
    Buffer.from(`Windows Registry Editor Version 5.00\n\n[${path}]\n"${name}"=hex(${type}):${bytes}\n`),
  );
}

const sayNo = suite("oracles of hives say no");

/** The store of boot configuration with a letter of a structure changed. */
function broken(signature: string, nth: number): string {
  const hive = goldenHive("bcd");
  let at = 4096;
  for (let left = nth; left >= 0; left--) at = hive.indexOf(signature, at + 4, "latin1");
  hive.write("zz", at, "latin1");
  putChecksum(hive);
  return scratchFile("broken.hive", hive);
}

if (present(hivex, sayNo)) {
  for (const signature of ["nk", "vk", "lh"]) {
    sayNo(`hivex refuses what is no ${signature}`, () => {
      assert.is.not(hivex.complaints(broken(signature, 1)), "");
      assert.throws(() => hivex.read(broken(signature, 1)));
    });
  }

  sayNo("hivex tells another value from the one that is there", async () => {
    const values = (data: number): Key => key("ROOT", { values: [{ name: "v", type: 3, data: Uint8Array.of(data) }] });
    const [path] = await merged(values(1), key("ROOT"));
    assert.not.equal(listReg(hivex.read(path)), listReg(asReg(values(2))));
  });

  sayNo("hivex cannot read deleted values of a layered hive, which is why deltas are left to others", () => {
    assert.is.not(hivex.complaints(scratchFile("delta.hive", goldenHive("delta"))), "");
  });
}

if (present(libregf, sayNo)) {
  for (const signature of ["nk", "lh", "sk"]) {
    sayNo(`libregf refuses what is no ${signature}`, () => {
      assert.throws(() => libregf.read(broken(signature, 0)));
    });
  }
}

if (present(chntpw, sayNo)) {
  sayNo("chntpw refuses what is no nk", () => {
    assert.throws(() => chntpw.read(broken("nk", 2)));
  });
}

sayNo.run();
