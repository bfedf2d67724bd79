/**
 * Drives the snapshotter in a directory until it is killed, and says on stdout what it begins and what is done.
 *
 *     node crash-child.js <root> <seed> <step>
 *
 * At step `step` it kills itself, and at 0 not: a step is a moment before or after a call of files that the snapshotter makes.
 */
import fs, { readFileSync, writeFileSync, writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { openSnapshotter } from "../../src/host/snapshots/open.ts";
import type { Snapshotter } from "../../src/host/snapshots/snapshotter.ts";
import { random } from "../fixtures/random.ts";
import { afterAll, fileOf, type Model, type Operation } from "./crash-model.ts";

const [root, seed, step] = process.argv.slice(2) as [string, string, string];

const FILE_CALLS = ["mkdir", "chmod", "lchown", "rename", "rm", "rmdir", "unlink", "lstat", "readdir", "open"] as const;

let steps = 0;

function countStep(): void {
  if (++steps === Number(step)) process.kill(process.pid, "SIGKILL");
}

for (const name of FILE_CALLS) {
  const call = fs.promises[name] as (...args: unknown[]) => Promise<unknown>;
  Object.assign(fs.promises, {
    [name]: async (...args: unknown[]) => {
      countStep();
      const result = await call(...args);
      countStep();
      return result;
    },
  });
}
syncBuiltinESMExports();

const say = (words: object): void => void writeSync(1, `${JSON.stringify(words)}\n`);

/** One of several that are at work at once, each on keys of its own. */
async function work(snapshots: Snapshotter, lane: string, model: Model, chance: () => number): Promise<void> {
  for (let count = 0; count < 200; count++) {
    const operation = choose(lane, model, chance);
    say({ lane, begins: operation });
    await run(snapshots, operation);
    say({ lane, done: true });
    model = afterAll(model, [operation]);
  }
}

function choose(lane: string, model: Model, chance: () => number): Operation {
  const pick = <T>(items: T[]): T | undefined => items[Math.floor(chance() * items.length)];
  const all = [...model];
  const committed = all.filter(([, { kind }]) => kind === "committed").map(([name]) => name);
  const active = all.filter(([, { kind }]) => kind === "active");
  const leaves = all.filter(([name]) => !all.some(([, { parent }]) => parent === name)).map(([name]) => name);
  const fresh = `${lane}/${process.pid}/${model.size}/${Math.floor(chance() * 1e9)}`;
  const unwritten = active.find(([, { content }]) => content === undefined);
  if (unwritten !== undefined) return { call: "write", key: unwritten[0] };
  const roll = chance();
  if (roll < 0.35 && active.length > 0) return { call: "commit", key: pick(active)![0], name: `${fresh} committed` };
  if ((roll < 0.6 || all.length > 12) && leaves.length > 0) return { call: "remove", key: pick(leaves)! };
  const parent = chance() < 0.7 ? (pick(committed) ?? "") : "";
  return { call: roll < 0.7 ? "view" : "prepare", key: fresh, parent };
}

async function run(snapshots: Snapshotter, operation: Operation): Promise<void> {
  if (operation.call === "prepare") await snapshots.prepare(operation.key, operation.parent);
  else if (operation.call === "view") await snapshots.view(operation.key, operation.parent);
  else if (operation.call === "commit") await snapshots.commit(operation.name, operation.key);
  else if (operation.call === "remove") await snapshots.remove(operation.key);
  else writeFileSync(fileOf(await snapshots.mounts(operation.key)), operation.key);
}

const platform = { copyRange: async () => undefined };
const models: [lane: string, model: [string, never][]][] = JSON.parse(
  readFileSync(join(root, "..", "models.json"), "utf8"),
);
const snapshots = await openSnapshotter("overlay", root, platform, { unchecked: true });
const chance = random(Number(seed));
await Promise.all(models.map(([lane, model]) => work(snapshots, lane, new Map(model), chance)));
