/** Rules that containerd's suite leaves out: classes of errors, transactions, walks, many at once. */
import * as assert from "uvu/assert";
import { ErrorCode, isError } from "../../src/host/errors.ts";
import { rejects } from "../fixtures/rejects.ts";
import type { Behaviour } from "./snapshotter.ts";
import { labels, walked } from "./snapshotter-life.ts";
import type { Workbench } from "./workbench.ts";

/** Committed: base, and other without a parent. Active: active over base, and orphan. A view over base. */
async function someSnapshots(bench: Workbench): Promise<void> {
  for (const name of ["base", "other"]) {
    await bench.prepare(`of ${name}`);
    await bench.commit(name, `of ${name}`);
  }
  await bench.prepare("active", "base", labels({ kept: "yes" }));
  await bench.prepare("orphan");
  await bench.view("view", "base");
}

type Failure = [why: string, code: ErrorCode, call: (bench: Workbench) => Promise<unknown>];

const FAILURES: Failure[] = [
  ["stat: no such key", ErrorCode.NotFound, ({ snapshots }) => snapshots.stat("none")],
  ["stat: __proto__ is a key like another", ErrorCode.NotFound, ({ snapshots }) => snapshots.stat("__proto__")],
  ["usage: no such key", ErrorCode.NotFound, ({ snapshots }) => snapshots.usage("none")],
  ["mounts: no such key", ErrorCode.NotFound, ({ snapshots }) => snapshots.mounts("none")],
  ["mounts: it is committed", ErrorCode.FailedPrecondition, ({ snapshots }) => snapshots.mounts("base")],
  [
    "update: no such key",
    ErrorCode.NotFound,
    ({ snapshots }) => snapshots.update({ name: "none", labels: new Map() }, []),
  ],
  ["prepare: no such parent", ErrorCode.NotFound, (bench) => bench.prepare("new", "none")],
  ["prepare: the parent is active", ErrorCode.InvalidArgument, (bench) => bench.prepare("new", bench.key("active"))],
  ["prepare: the parent is a view", ErrorCode.InvalidArgument, (bench) => bench.prepare("new", bench.key("view"))],
  ["prepare: the key is taken", ErrorCode.AlreadyExists, (bench) => bench.prepare("active", "base")],
  ["prepare: no parent, and the key is taken", ErrorCode.NotFound, (bench) => bench.prepare("active", "none")],
  ["view: no such parent", ErrorCode.NotFound, (bench) => bench.view("new", "none")],
  ["view: the parent is active", ErrorCode.InvalidArgument, (bench) => bench.view("new", bench.key("active"))],
  ["view: the key is taken", ErrorCode.AlreadyExists, (bench) => bench.view("view", "base")],
  ["commit: no such key", ErrorCode.NotFound, (bench) => bench.commit("new", "none")],
  [
    "commit: the name is taken, and there is no such key",
    ErrorCode.AlreadyExists,
    (bench) => bench.commit("base", "none"),
  ],
  ["commit: the name is taken", ErrorCode.AlreadyExists, (bench) => bench.commit("base", "active")],
  ["commit: the name is the key", ErrorCode.AlreadyExists, (bench) => bench.commit(bench.key("active"), "active")],
  ["commit: it is a view", ErrorCode.FailedPrecondition, (bench) => bench.commit("new", "view")],
  [
    "commit: another parent than it has",
    ErrorCode.InvalidArgument,
    ({ snapshots, key }) => snapshots.commit("new", key("active"), { parent: "other" }),
  ],
  [
    "commit: no such parent",
    ErrorCode.NotFound,
    ({ snapshots, key }) => snapshots.commit("new", key("orphan"), { parent: "none" }),
  ],
  [
    "commit: the parent is active",
    ErrorCode.FailedPrecondition,
    ({ snapshots, key }) => snapshots.commit("new", key("orphan"), { parent: key("active") }),
  ],
  ["remove: it has children", ErrorCode.FailedPrecondition, ({ snapshots }) => snapshots.remove("base")],
  ["walk: a filter that cannot be read", ErrorCode.InvalidArgument, (bench) => walked(bench, "name=a")],
];

/** Keys as far as they must not be empty. */
const EMPTY: Failure[] = [
  ["prepare: an empty key", ErrorCode.InvalidArgument, ({ snapshots }) => snapshots.prepare("", "base")],
  ["view: an empty key", ErrorCode.InvalidArgument, ({ snapshots }) => snapshots.view("", "base")],
  ["commit: an empty name", ErrorCode.InvalidArgument, ({ snapshots, key }) => snapshots.commit("", key("active"))],
];

/** Matches of a filter among one active snapshot "a" that has the label gc; undefined: it cannot be read. */
const FILTERS: [filter: string, matches: number | undefined][] = [
  ["", 1],
  ["name", 1],
  ["bogus", 0],
  ["bogus==x", 0],
  ["bogus!=x", 1],
  ["kind==Active", 0],
  ["kind~=act", 1],
  ["parent", 1],
  ["labels.x!=y", 1],
  ["name~=a$", 1],
  ["name~=/a$/", 1],
  ['name=="$"', 1],
  ["labels", 0],
  ["name~=(", 0],
  ["name==a.b", 0],
  ["name == $", 1],
  ["name==a,", undefined],
  [",", undefined],
  ["name=a", undefined],
  ["name===a", undefined],
  ["name==|a|", undefined],
  [" name == a ", undefined],
  ["kind==active kind==view", undefined],
];

/** What a call that fails must leave as it was. Usage is left out: it changes with the disk. */
const everything = async (bench: Workbench): Promise<unknown> => walked(bench);

export const ruleBehaviours: Behaviour[] = [
  [
    "is empty at first: walks nothing, has nothing to clean up",
    async (bench) => {
      assert.equal(await walked(bench), []);
      assert.equal(await walked(bench, "kind==active"), []);
      await bench.snapshots.cleanup();
      await rejects(bench.snapshots.stat("none"), ErrorCode.NotFound);
    },
  ],
  ...[...FAILURES, ...EMPTY].map(
    ([why, code, call]): Behaviour => [
      `fails, and changes nothing: ${why}`,
      async (bench) => {
        await someSnapshots(bench);
        const before = await everything(bench);
        const error = await rejects(call(bench), code);
        assert.ok(error.message.length > 10, error.message);
        assert.equal(await everything(bench), before);
      },
    ],
  ),
  [
    "fails to remove what is not there",
    async (bench, { removalFailsAlike }) => {
      const code = removalFailsAlike ? ErrorCode.FailedPrecondition : ErrorCode.NotFound;
      await rejects(bench.snapshots.remove("none"), code);
    },
  ],
  [
    "keeps an active snapshot whose commit failed, and leaves the name free",
    async (bench) => {
      await someSnapshots(bench);
      await rejects(bench.snapshots.commit("new", bench.key("orphan"), { parent: "none" }), ErrorCode.NotFound);
      await bench.commit("new", "orphan");
      assert.is((await bench.snapshots.stat("new")).kind, "committed");
    },
  ],
  [
    "takes a parent with the commit, where there was none or the same",
    async (bench) => {
      await someSnapshots(bench);
      await bench.snapshots.commit("rebased", bench.key("orphan"), { parent: "base" });
      assert.is((await bench.snapshots.stat("rebased")).parent, "base");
      await bench.snapshots.commit("same", bench.key("active"), { parent: "base" });
      assert.is((await bench.snapshots.stat("same")).parent, "base");
      await rejects(bench.snapshots.remove("base"), ErrorCode.FailedPrecondition);
    },
  ],
  [
    "gives a committed snapshot the labels of its commit, and none of the active one's",
    async (bench) => {
      await someSnapshots(bench);
      await bench.commit("new", "active", labels({ given: "yes", empty: "" }));
      assert.equal((await bench.snapshots.stat("new")).labels, labels({ given: "yes" }));
    },
  ],
  [
    "keeps labels of any name, and no empty values",
    async (bench) => {
      const strange = new Map([
        ["__proto__", "a"],
        ["constructor", "b"],
        ["containerd.io/snapshot/x.y", "c"],
        ["ключ", "значение"],
        ["empty", ""],
      ]);
      await bench.prepare("strange", "", strange);
      strange.delete("empty");
      assert.equal((await bench.snapshots.stat(bench.key("strange"))).labels, strange);
    },
  ],
  [
    "has keys of any letters, and of the length of a path",
    async (bench) => {
      for (const key of ["__proto__", "/a/path/with spaces", "..", "ключ", "k".repeat(1000)]) {
        await bench.prepare(key);
        assert.is((await bench.snapshots.stat(bench.key(key))).name, bench.key(key));
        await bench.snapshots.remove(bench.key(key));
      }
    },
  ],
  [
    "reads filters as containerd does",
    async (bench) => {
      await bench.prepare("a", "", labels({ gc: "1" }));
      for (const [filter, matches] of FILTERS) {
        const own = filter.replace("$", () => (/[~]/.test(filter) ? "$" : bench.key("a")));
        if (matches === undefined) await rejects(walked(bench, own), ErrorCode.InvalidArgument);
        else assert.is((await walked(bench, own)).length, matches, own);
      }
    },
  ],
  [
    "walks hundreds of snapshots, as they were when it began",
    async (bench) => {
      for (let count = 0; count < 230; count++) await bench.prepare(String(count));
      let seen = 0;
      for await (const { name } of bench.snapshots.walk()) {
        if (seen++ === 0) await bench.prepare("zzz late");
        assert.is.not(name, bench.key("zzz late"));
      }
      assert.is(seen, 230);
    },
  ],
  [
    "goes on after a walk that was left half-way, and after mounts that failed",
    async (bench) => {
      await someSnapshots(bench);
      for await (const info of bench.snapshots.walk()) if (info.kind === "committed") break;
      const begun = bench.snapshots.walk()[Symbol.asyncIterator]();
      await begun.next();
      for (let count = 0; count < 50; count++) {
        await rejects(bench.snapshots.mounts("base"), ErrorCode.FailedPrecondition);
        await bench.prepare(`after ${count}`, "base", labels({ long: "x".repeat(1000) }));
      }
      await begun.return?.();
    },
  ],
  [
    "lets one of 32 have a key that all want at once",
    async (bench) => {
      const outcomes = await Promise.allSettled(Array.from({ length: 32 }, () => bench.prepare("wanted")));
      const won = outcomes.filter(({ status }) => status === "fulfilled");
      assert.is(won.length, 1);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") assert.ok(isError(outcome.reason, ErrorCode.AlreadyExists), outcome.reason);
      }
      assert.is((await walked(bench)).length, 1);
    },
  ],
  [
    "makes, commits and removes many at once",
    async (bench) => {
      const { snapshots } = bench;
      await bench.prepare("of base");
      await bench.commit("base", "of base");
      await Promise.all(
        Array.from({ length: 24 }, async (_, index) => {
          await bench.prepare(`key ${index}`, "base");
          await bench.commit(`name ${index}`, `key ${index}`);
          if (index % 2 === 0) await snapshots.remove(`name ${index}`);
          else await bench.view(`view ${index}`, `name ${index}`);
        }),
      );
      assert.is((await walked(bench)).length, 1 + 12 + 12);
      await snapshots.cleanup();
    },
  ],
];
