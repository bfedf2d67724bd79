/** Behaviours that containerd's own suite asks for, as far as metadata show them. */
import { execFileSync } from "node:child_process";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/host/errors.ts";
import type { Info, Kind, Labels } from "../../src/host/snapshots/snapshotter.ts";
import { rejects } from "../fixtures/rejects.ts";
import type { Behaviour } from "./snapshotter.ts";
import type { Workbench } from "./workbench.ts";

export const labels = (of: Record<string, string>): Labels => new Map(Object.entries(of));

export async function walked(bench: Workbench, ...filters: string[]): Promise<Info[]> {
  const found: Info[] = [];
  for await (const info of bench.snapshots.walk(filters)) found.push(info);
  return found;
}

/**
 * Nanoseconds since 1970, from a program that has them whole: the kernel stamps files by a coarser clock. Only Linux has such a
 * program; elsewhere Node's own clock has to do, which tells microseconds.
 */
const now = (): bigint =>
  process.platform === "linux"
    ? BigInt(execFileSync("date", ["+%s%N"], { encoding: "utf8" }))
    : BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;

/** Two committed snapshots, two active ones and two views, of which the second of each kind but the first has no parent. */
async function sixSnapshots(bench: Workbench): Promise<[name: string, kind: Kind, parent: string][]> {
  await bench.prepare("of c1");
  await bench.commit("c1", "of c1", labels({ l: "1" }));
  await bench.prepare("of c2", "c1");
  await bench.commit("c2", "of c2", labels({ l: "2" }));
  await bench.prepare("a1", "c2", labels({ l: "1", "containerd.io/gc.root": "now" }));
  await bench.prepare("a2", "", labels({ l: "2" }));
  await bench.view("v1", "c2", labels({ l: "1" }));
  await bench.view("v2", "");
  return [
    ["c1", "committed", ""],
    ["c2", "committed", "c1"],
    [bench.key("a1"), "active", "c2"],
    [bench.key("a2"), "active", ""],
    [bench.key("v1"), "view", "c2"],
    [bench.key("v2"), "view", ""],
  ];
}

async function assertStat(bench: Workbench, name: string, kind: Kind, parent: string): Promise<void> {
  const info = await bench.snapshots.stat(name);
  assert.equal([info.name, info.kind, info.parent], [name, kind, parent]);
}

export const lifeBehaviours: Behaviour[] = [
  [
    "tells of an active snapshot",
    async (bench) => {
      await bench.prepare("active");
      await assertStat(bench, bench.key("active"), "active", "");
    },
  ],
  [
    "tells of a committed snapshot",
    async (bench) => {
      await bench.prepare("active");
      await bench.commit("committed", "active");
      await assertStat(bench, "committed", "committed", "");
    },
  ],
  [
    "knows of each snapshot its parent, and of the base that it has none",
    async (bench) => {
      await bench.prepare("a");
      await bench.commit("base", "a");
      await bench.prepare("b", "base");
      await bench.commit("top", "b");
      await assertStat(bench, "top", "committed", "base");
      await assertStat(bench, "base", "committed", "");
    },
  ],
  [
    "gives no key twice",
    async (bench) => {
      await bench.prepare("of base");
      await bench.commit("base", "of base");
      for (const [first, second] of [
        ["prepare", "view"],
        ["prepare", "prepare"],
        ["view", "view"],
        ["view", "prepare"],
      ] as const) {
        const key = `${first}, ${second}`;
        await bench[first](key, "base");
        await rejects(bench[second](key, "base"), ErrorCode.AlreadyExists);
        await rejects(bench[second](key), ErrorCode.AlreadyExists);
        await assertStat(bench, bench.key(key), first === "view" ? "view" : "active", "base");
      }
    },
  ],
  [
    "knows when snapshots were made and updated, to the nanosecond",
    async (bench) => {
      const { snapshots } = bench;
      for (const kind of ["prepare", "view"] as const) {
        const before = now();
        await bench[kind](kind);
        const after = now();
        const info = await snapshots.stat(bench.key(kind));
        assert.ok(before <= info.created && info.created <= after, `${before} ${info.created} ${after}`);
        assert.is(info.created, info.updated);

        const updated = await snapshots.update({ name: info.name, labels: labels({ a: "b" }) });
        const afterUpdate = now();
        assert.is(updated.created, info.created);
        assert.ok(after <= updated.updated && updated.updated <= afterUpdate);
        assert.equal(await snapshots.stat(info.name), updated);
      }
      const before = now();
      await bench.commit("committed", "prepare");
      const info = await snapshots.stat("committed");
      assert.ok(before <= info.created && info.created <= now());
      assert.is(info.created, info.updated);
    },
  ],
  [
    "has no two snapshots made at one time, and none before the one that was there",
    async (bench) => {
      let last = 0n;
      for (let count = 0; count < 20; count++) {
        await bench.prepare(String(count));
        const { created } = await bench.snapshots.stat(bench.key(String(count)));
        assert.ok(created > last);
        last = created;
      }
    },
  ],
  [
    "updates labels, all or those named, and nothing else",
    async (bench) => {
      const { snapshots } = bench;
      for (const [name, kind, parent] of await sixSnapshots(bench)) {
        const update = (of: Record<string, string>, ...paths: string[]): Promise<Info> =>
          snapshots.update({ name, labels: labels(of) }, paths);
        const of = async (): Promise<Labels> => (await snapshots.stat(name)).labels;

        await update({ l1: "1", l2: "2", l3: "3" });
        assert.equal(await of(), labels({ l1: "1", l2: "2", l3: "3" }), "no paths: all");
        await update({ l1: "changed", l3: "ignored" }, "labels.l1", "labels.l2");
        assert.equal(await of(), labels({ l1: "changed", l3: "3" }), "one set, one gone, one not named");
        await update({ "a.b/c": "4" }, "labels.a.b/c");
        assert.equal(await of(), labels({ l1: "changed", l3: "3", "a.b/c": "4" }), "a name of dots and slashes");
        await update({ l1: "" }, "labels.l1");
        assert.equal(await of(), labels({ l3: "3", "a.b/c": "4" }), "an empty value is none");
        await update({ only: "one", empty: "" }, "labels");
        assert.equal(await of(), labels({ only: "one" }), "replaced");
        await rejects(update({ only: "other" }, "labels.only", "parent"), ErrorCode.InvalidArgument);
        assert.equal(await of(), labels({ only: "one" }), "nothing changes with a path that cannot be");
        await assertStat(bench, name, kind, parent);
      }
    },
  ],
  [
    "gives a key and a name again once what had it is removed",
    async (bench) => {
      const { snapshots } = bench;
      await bench.prepare("of base");
      await bench.commit("base", "of base");
      await bench.prepare("key", "base");
      await snapshots.remove(bench.key("key"));
      await bench.view("key", "base");
      await snapshots.remove(bench.key("key"));
      await bench.prepare("key");
      await snapshots.remove(bench.key("key"));

      await snapshots.remove("base");
      await bench.prepare("again");
      await bench.commit("base", "again");
      await assertStat(bench, "base", "committed", "");
    },
  ],
  [
    "walks what the filters ask for",
    async (bench) => {
      const six = await sixSnapshots(bench);
      const [, , [a1], [a2], [v1], [v2]] = six as [unknown, unknown, [string], [string], [string], [string]];
      const cases: [filters: string[], names: string[]][] = [
        [[], six.map(([name]) => name)],
        [['labels."containerd.io/gc.root"'], [a1]],
        [["kind==active,labels.l==1"], [a1]],
        [["kind==view,labels.l==1"], [v1]],
        [["kind==committed,labels.l==2"], ["c2"]],
        [
          ["labels.l==1", "kind==view"],
          ["c1", a1, v1, v2],
        ],
        [["name==c1,labels.l"], ["c1"]],
        [["parent==c2"], [a1, v1]],
        [['parent!=""'], ["c2", a1, v1]],
        [["labels.l"], ["c1", "c2", a1, a2, v1]],
        [["labels.l==2"], ["c2", a2]],
        [["labels.l!=1"], ["c2", a2, v2]],
        [["name~=/^c/"], ["c1", "c2"]],
        [["kind==none"], []],
      ];
      for (const [filters, names] of cases) {
        const found = (await walked(bench, ...filters)).map(({ name }) => name);
        assert.equal(found, [...found].sort(), `in order: ${filters}`);
        assert.equal(found, [...names].sort(), filters.join(" or "));
      }
    },
  ],
  [
    "tells within a walk the same as the walk",
    async (bench) => {
      await sixSnapshots(bench);
      let count = 0;
      for await (const info of bench.snapshots.walk()) {
        assert.equal(await bench.snapshots.stat(info.name), info);
        count++;
      }
      assert.is(count, 6);
    },
  ],
  [
    "removes no snapshot that has children, and all of them from the top down",
    async (bench) => {
      const { snapshots } = bench;
      for (const [name, parent] of [
        ["base", ""],
        ["middle", "base"],
        ["top", "middle"],
      ] as const) {
        await bench.prepare(`of ${name}`, parent);
        await bench.commit(name, `of ${name}`);
      }
      const error = await rejects(snapshots.remove("middle"), ErrorCode.FailedPrecondition);
      assert.match(error.message, /middle/);
      await rejects(snapshots.remove("base"), ErrorCode.FailedPrecondition);
      for (const name of ["top", "middle", "base"]) await snapshots.remove(name);
      assert.equal(await walked(bench), []);
    },
  ],
  [
    "may be closed twice, and does nothing after that",
    async (bench) => {
      const { snapshots } = bench;
      await bench.prepare("active");
      await snapshots.close();
      await snapshots.close();
      await rejects(snapshots.stat(bench.key("active")), ErrorCode.FailedPrecondition);
      await rejects(bench.prepare("other"), ErrorCode.FailedPrecondition);
      await rejects(snapshots.remove(bench.key("active")), ErrorCode.FailedPrecondition);
      await rejects(snapshots.cleanup(), ErrorCode.FailedPrecondition);
    },
  ],
];
