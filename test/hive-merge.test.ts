/** A delta of a registry hive over its base: what Windows would show of both, as one hive. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, isError, openHive } from "../src/index.ts";
import { buildHive, byName, type Key, key, putChecksum, readHive, type Value } from "./fixtures/hive.ts";
import { auditHive } from "./fixtures/hive-audit.ts";
import { mergeData } from "./fixtures/hive-merge.ts";
import { goldenHive } from "./fixtures/hives.ts";
import { mergeBytes } from "./fixtures/merge-hives.ts";
import { noise } from "./fixtures/random.ts";
import { randomDelta, randomHive, randomShape } from "./fixtures/random-hive.ts";
import { rejects } from "./fixtures/rejects.ts";
import { times } from "./fixtures/runs.ts";

const text = (name: string, data: string): Value => ({
  name,
  type: 1,
  data: Uint8Array.from(Buffer.from(`${data}\0`, "utf16le")),
});
const deleted = (name: string): Value => ({ name, type: 0, data: new Uint8Array(), isTombstone: true });
const mergeKeys = async (base: Key, delta: Key): Promise<Key> =>
  readHive(await mergeBytes(buildHive(base), buildHive(delta)));

/** A file of `size` bytes that begins with `start`; zeros follow. */
const withZeros = (start: Buffer, size: number) => ({
  size,
  read(at: number, into: Uint8Array) {
    into.fill(0).set(start.subarray(at, at + into.length));
  },
});

const large = suite("hive merge: large files");

large("may have anything behind their hives", async () => {
  const [base, delta] = [goldenHive("base"), goldenHive("delta")];
  const merged = await mergeBytes(withZeros(base, 5 * 2 ** 30), withZeros(delta, 5 * 2 ** 30));
  assert.ok(merged.equals(await mergeBytes(base, delta)));
});

large("of more bins than the core can hold are refused", async () => {
  const base = Buffer.from(goldenHive("base"));
  for (const size of [2 ** 30, 0x7fff_f000]) {
    base.writeUInt32LE(size, 0x28);
    putChecksum(base);
    assert.throws(
      () => openHive(withZeros(base, 2 ** 32)),
      (error: Error) => isError(error, ErrorCode.OutOfRange),
    );
    await rejects(mergeBytes(withZeros(base, 2 ** 32), goldenHive("delta")), ErrorCode.OutOfRange);
  }
});

large.run();

const golden = suite("hive merge: golden");

golden("of the prototype itself is as ours are audited", () => {
  for (const name of ["base", "bcd", "merged"] as const) auditHive(goldenHive(name));
});

golden(
  "of the prototype's hives gives its bytes, but for spare ones behind a last segment, and the header's name",
  async () => {
    const merged = await mergeBytes(goldenHive("base"), goldenHive("delta"));
    const expected = goldenHive("merged");
    const [bin, offsetOfValue] = [0x82000, 0x8f958];
    assert.is(merged.readUInt32LE(offsetOfValue), expected.readUInt32LE(offsetOfValue) + 8);
    for (const hive of [merged, expected]) {
      hive.fill(0, 0x30, 0x70).fill(0, 508, 512);
      hive.fill(0, bin, bin + 0x1000).fill(0, offsetOfValue, offsetOfValue + 4);
    }
    assert.ok(merged.equals(expected));
  },
);

golden("keeps the file name of the base", async () => {
  const name = (hive: Buffer): string => hive.toString("utf16le", 0x30, 0x70);
  const base = goldenHive("base");
  assert.is(name(await mergeBytes(base, goldenHive("delta"))), name(base));
});

golden("reads as the rules have it, from the hives as they are read", async () => {
  const [base, delta] = [goldenHive("base"), goldenHive("delta")];
  assert.equal(readHive(await mergeBytes(base, delta)), mergeData(readHive(base), readHive(delta)));
});

golden("over what it was merged onto changes nothing more", async () => {
  const delta = goldenHive("delta");
  const once = await mergeBytes(goldenHive("base"), delta);
  assert.ok(once.equals(await mergeBytes(once, delta)));
});

golden.run();

const rules = suite("hive merge: rules");

const BASE = key("ROOT", {
  values: [text("a", "1"), text("b", "2"), text("c", "3")],
  subkeys: [
    key("Sub", { className: "Lower", values: [text("x", "1")], subkeys: [key("Inner", { values: [text("i", "1")] })] }),
    key("Other"),
  ],
});
const LATER = { time: BASE.time + 1n };

rules(
  "values of the delta stand in the places of those below, new ones behind them, deleted ones nowhere",
  async () => {
    const delta = key("ROOT", { values: [text("new", "9"), text("C", "8"), deleted("B"), deleted("none")] });
    const { values } = await mergeKeys(BASE, delta);
    assert.equal(values, [text("a", "1"), text("C", "8"), text("new", "9")]);
  },
);

rules("a deleted key is gone with all below it, whatever its case", async () => {
  const delta = key("ROOT", { subkeys: [key("SUB", { layer: "tombstone", subkeys: [key("Inner")] })] });
  assert.equal(
    (await mergeKeys(BASE, delta)).subkeys.map(({ name }) => name),
    ["Other"],
  );
});

rules("a deleted key that is nowhere below leaves nothing", async () => {
  const delta = key("ROOT", { subkeys: [key("None", { layer: "tombstone" })] });
  assert.equal(await mergeKeys(BASE, delta), await mergeKeys(BASE, key("ROOT")));
});

rules("a key that supersedes the one below keeps its subkeys and nothing else of it", async () => {
  const above = key("sub", { layer: "supersede-local", values: [text("y", "1")], ...LATER });
  const [, sub] = (await mergeKeys(BASE, key("ROOT", { subkeys: [above] }))).subkeys;
  assert.equal(sub, { ...above, name: "Sub", layer: "merge", subkeys: BASE.subkeys[0]!.subkeys });
});

rules("a key that supersedes the tree below stands there alone", async () => {
  const inner = key("New", { layer: "supersede-tree" });
  const above = key("sub", { layer: "supersede-tree", subkeys: [inner], ...LATER });
  const [, sub] = (await mergeKeys(BASE, key("ROOT", { subkeys: [above] }))).subkeys;
  assert.equal(sub, { ...above, name: "Sub", layer: "merge", subkeys: [{ ...inner, layer: "merge" }] });
});

for (const [inheritsClass, className] of [
  [true, "Lower"],
  [false, "Upper"],
] as const) {
  rules(
    `the class is ${inheritsClass ? "that below where it is inherited" : "the delta's own otherwise"}`,
    async () => {
      const delta = key("ROOT", { subkeys: [key("Sub", { className: "Upper", inheritsClass })] });
      assert.is((await mergeKeys(BASE, delta)).subkeys[1]!.className, className);
    },
  );
}

rules("the time is the later of both, and the descriptor and the flags the delta's", async () => {
  const security = Uint8Array.from(noise(24));
  const above = key("Sub", { time: 1n, security, flags: 0x08, userFlags: 0x20 });
  const sub = (await mergeKeys(BASE, key("ROOT", { subkeys: [above] }))).subkeys[1]!;
  assert.equal([sub.time, sub.security, sub.flags, sub.userFlags], [BASE.time, security, 0x08, 0x20]);
});

rules("a hive that is no delta adds its keys and values", async () => {
  const other = key("OTHER", { values: [text("a", "2")], subkeys: [key("Third")] });
  const merged = await mergeKeys(BASE, other);
  assert.is(merged.name, "ROOT");
  assert.is(merged.values[0]!.data[0], 0x32);
  assert.equal(
    merged.subkeys.map(({ name }) => name),
    ["Other", "Sub", "Third"],
  );
});

rules("a base that is a delta itself has deleted nothing that is there", async () => {
  const base = key("ROOT", { values: [deleted("a")], subkeys: [key("Gone", { layer: "tombstone" })] });
  assert.equal(await mergeKeys(base, key("ROOT")), key("ROOT"));
  const back = key("ROOT", { values: [text("a", "1")], subkeys: [key("Gone")] });
  assert.equal(await mergeKeys(base, back), back);
});

rules("subkeys that another writer put in another order are put in order first", async () => {
  const some = (...names: string[]): Buffer => {
    return buildHive(key("ROOT", { subkeys: names.map((name) => key(name)) }), { sorted: false });
  };
  const { subkeys } = readHive(await mergeBytes(some("c", "a", "B"), some("b", "A", "d")));
  assert.equal(
    subkeys.map(({ name }) => name),
    ["a", "B", "c", "d"],
  );
});

rules("a predefined handle stays one", async () => {
  const hive = buildHive(key("ROOT", { subkeys: [key("009", { flags: 0x40 })] }));
  const at = hive.indexOf("nk");
  hive.writeUInt32LE(0x80000060, at + 36);
  for (const [base, delta] of [
    [hive, buildHive(key("ROOT"))],
    [buildHive(key("ROOT")), hive],
  ] as const) {
    const merged = await mergeBytes(base, delta);
    assert.is(merged.readUInt32LE(merged.indexOf("009") - 76 + 36), 0x80000060);
    assert.equal(readHive(merged).subkeys, readHive(hive).subkeys);
  }
});

rules("a root that is deleted is refused: nothing would be left", async () => {
  const error = await rejects(mergeKeys(BASE, key("ROOT", { layer: "tombstone" })), ErrorCode.Unsupported);
  assert.match(error.message, /root itself is deleted/);
});

rules("names that are there twice are refused", async () => {
  const twins = key("ROOT", { subkeys: [key("a\u0141"), key("A\u0142")] });
  const error = await rejects(mergeKeys(twins, key("ROOT")), ErrorCode.Corrupt);
  assert.match(error.message, "two subkeys of one key have the name A\u0142");
  const values = key("ROOT", { values: [text("v", "1"), text("V", "2")] });
  assert.match((await rejects(mergeKeys(BASE, values), ErrorCode.Corrupt)).message, /two have one name/);
});

rules("of a hive that is not sound says which, and what", async () => {
  const good = buildHive(BASE);
  const bad = Buffer.from(good).fill(1, 100, 101);
  assert.match((await rejects(mergeBytes(bad, good), ErrorCode.Corrupt)).message, /^regf: base: header: checksum/);
  assert.match((await rejects(mergeBytes(good, bad), ErrorCode.Corrupt)).message, /^regf: delta: header: checksum/);
});

rules.run();

const many = suite("hive merge: sizes");

many("5,000 subkeys and a value of 1 MiB go through, from every kind of list", async () => {
  const names = Array.from({ length: 5000 }, (_, index) => `k${String((index * 7919) % 5000).padStart(4, "0")}`);
  const big: Value = { name: "big", type: 3, data: Uint8Array.from(noise(2 ** 20)) };
  const base = key("ROOT", { values: [big], subkeys: names.map((name) => key(name)) });
  const delta = key("ROOT", { subkeys: [key("k0001", { layer: "tombstone" }), key("k5000", { values: [big] })] });
  const expected = mergeData(base, delta);
  for (const list of ["lh", "lf", "li"] as const) {
    const merged = await mergeBytes(buildHive(base, { list, leaf: 300 }), buildHive(delta));
    assert.equal(readHive(merged), expected);
    auditHive(merged);
  }
});

many("a way of 512 keys goes through, and one of 513 is refused", async () => {
  const chain = (length: number): Key =>
    Array.from({ length: length - 1 }).reduce<Key>((below) => key("k", { subkeys: [below] }), key("k"));
  const deep = chain(512);
  assert.equal(await mergeKeys(deep, deep), deep);
  assert.match((await rejects(mergeKeys(chain(513), deep), ErrorCode.Corrupt)).message, /513 keys deep/);
});

many("a key of 100,000 values of each, in opposite orders, takes no time", async () => {
  const values = Array.from({ length: 100_000 }, (_, index) => text(`v${index}`, ""));
  const [base, delta] = [
    key("ROOT", { values }),
    key("ROOT", { values: values.map(({ name }) => text(name, "1")).reverse() }),
  ];
  const bytes = [buildHive(base), buildHive(delta)] as const;
  const start = performance.now();
  const merged = await mergeBytes(...bytes);
  assert.ok(performance.now() - start < 5000);
  assert.is(readHive(merged).values.length, 100_000);
});

many.run();

/** With subkeys in the order that a hive has them. */
const sorted = (root: Key): Key => ({ ...root, subkeys: root.subkeys.map(sorted).sort(byName) });

const property = suite("hive merge: any hives");

property("read as they were meant, whatever their lists, versions and gaps", () => {
  fc.assert(
    fc.property(randomDelta, randomShape, (root, shape) => {
      assert.equal(readHive(buildHive(root, shape)), shape.sorted ? sorted(root) : root);
    }),
    times(100),
  );
});

property("become what the rules say, and all beside keys and values is as it should be", async () => {
  await fc.assert(
    fc.asyncProperty(randomHive, randomDelta, randomShape, randomShape, async (base, delta, lower, upper) => {
      const merged = await mergeBytes(buildHive(base, lower), buildHive(delta, upper));
      assert.equal(readHive(merged), mergeData(base, delta));
      auditHive(merged);
    }),
    times(150),
  );
});

property("become the same in two steps as the rules say in two steps", async () => {
  await fc.assert(
    fc.asyncProperty(randomHive, randomDelta, randomDelta, async (base, first, second) => {
      const once = await mergeBytes(buildHive(base), buildHive(first));
      const merged = await mergeBytes(once, buildHive(second));
      assert.equal(readHive(merged), mergeData(mergeData(base, first), second));
    }),
    times(60),
  );
});

property("give the same bytes, however they were written", async () => {
  await fc.assert(
    fc.asyncProperty(randomHive, randomDelta, randomShape, randomShape, async (base, delta, lower, upper) => {
      const times = { time: 5n };
      const merged = await mergeBytes(buildHive(base, times), buildHive(delta, times));
      assert.ok(
        merged.equals(
          await mergeBytes(buildHive(base, { ...lower, ...times }), buildHive(delta, { ...upper, ...times })),
        ),
      );
    }),
    times(60),
  );
});

property.run();
