/** Killed at any moment, a snapshotter has all that it said was done, and nothing of what was not. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openMetadata } from "../../src/host/metadata/store.ts";
import { openSnapshotter } from "../../src/host/snapshots/open.ts";
import type { Info } from "../../src/host/snapshots/snapshotter.ts";
import { random } from "../fixtures/random.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { afterAll, type Expected, type Model, type Operation } from "./crash-model.ts";

const ROUNDS = 200;

/** Roots that are crashed at a time: a crash is mostly waiting for the disk. */
const SERIES = 4;

const LANES = ["a", "b", "c"];
const CHILD = inRepository("build/test/snapshots/crash-child.js");

/** Steps of which one round is as likely to end at one as at another; it takes some twenty to make or remove a snapshot. */
const STEPS = 300;

/** What the child said: of each lane what was done, and what was begun last and perhaps not done. */
interface Said {
  done: Operation[];
  begun: Operation | undefined;
}

/** Lets the child work in `root` until it kills itself, or until it is killed after `milliseconds` of work. */
async function crash(root: string, seed: number, step: number, milliseconds: number): Promise<Map<string, Said>> {
  const child = spawn(process.execPath, [CHILD, root, String(seed), String(step)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let complaint = "";
  child.stdout.on("data", (text) => {
    if (output === "" && step === 0) setTimeout(() => child.kill("SIGKILL"), milliseconds);
    output += text;
  });
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  const signal = await new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)));
  if (signal !== "SIGKILL" && complaint !== "") throw new Error(`the child failed by itself: ${complaint}`);

  const said = new Map<string, Said>(LANES.map((lane) => [lane, { done: [], begun: undefined }]));
  for (const line of output.split("\n").slice(0, -1)) {
    const { lane, begins } = JSON.parse(line) as { lane: string; begins?: Operation };
    const own = said.get(lane)!;
    if (begins === undefined) own.done.push(own.begun!);
    own.begun = begins;
  }
  return said;
}

/** What stands in `root` after a crash: snapshots with their content, once the root was opened and closed again. */
async function found(root: string): Promise<Model> {
  const snapshots = await openSnapshotter("overlay", root, { copyRange: async () => undefined }, { unchecked: true });
  const infos: Info[] = [];
  for await (const info of snapshots.walk()) infos.push(info);
  await snapshots.cleanup();
  await snapshots.close();
  const store = await openMetadata(root, { readOnly: true });
  const ids = await store.read((view) => view.ids());
  await store.close();
  assert.equal(
    readdirSync(join(root, "snapshots")).sort(),
    [...ids.keys()].sort(),
    "a directory for each snapshot, and no other",
  );

  const idOf = new Map([...ids].map(([id, name]) => [name, id]));
  return new Map(
    infos.map(({ name, kind, parent }): [string, Expected] => {
      const file = join(root, "snapshots", idOf.get(name)!, "fs", "content");
      assert.ok(existsSync(join(file, "..")), `${name} has its directory`);
      const content = existsSync(file) ? { content: readFileSync(file, "utf8") } : {};
      return [name, { kind, parent, ...content }];
    }),
  );
}

const ofLane = (model: Model, lane: string): Model =>
  new Map([...model].filter(([name]) => name.startsWith(`${lane}/`)));

/** Equal whatever the order. */
const text = (model: Model): string =>
  JSON.stringify([...model].map(([name, { kind, parent, content }]) => [name, kind, parent, content]).sort());

/** The one of what may be that is: with the last operation, or without. */
function assertOneOf(state: Model, before: Model, { done, begun }: Said): Model {
  const without = afterAll(before, done);
  if (text(state) === text(without)) return without;
  const after = begun === undefined ? without : afterAll(without, [begun]);
  // A file may be there before its content.
  if (begun?.call === "write" && state.get(begun.key)?.content === "") return without;
  assert.is(text(state), text(after), `last was ${JSON.stringify(begun)}`);
  return after;
}

const test = suite("snapshots: crashes");

/** Crashes one root again and again. Gives how often a crash came into each kind of operation. */
async function crashAgainAndAgain(seed: number): Promise<Record<string, number>> {
  const root = join(scratchFolder(), "root");
  mkdirSync(root);
  const chance = random(seed);
  const models = new Map<string, Model>(LANES.map((lane) => [lane, new Map()]));
  const interrupted: Record<string, number> = {};
  for (let round = 0; round < ROUNDS / SERIES; round++) {
    const known = JSON.stringify([...models].map(([lane, model]) => [lane, [...model]]));
    writeFileSync(join(root, "..", "models.json"), known);
    const step = round % 2 === 0 ? 1 + Math.floor(chance() * STEPS) : 0;
    const said = await crash(root, seed * ROUNDS + round, step, chance() * 60);
    const state = await found(root);
    for (const lane of LANES) {
      const own = said.get(lane)!;
      models.set(lane, assertOneOf(ofLane(state, lane), models.get(lane)!, own));
      if (own.begun !== undefined) interrupted[own.begun.call] = (interrupted[own.begun.call] ?? 0) + 1;
    }
  }
  return interrupted;
}

test(`${ROUNDS} kills leave all that was done, no half of anything, and no directory without a snapshot`, async () => {
  const series = await Promise.all(Array.from({ length: SERIES }, (_, seed) => crashAgainAndAgain(seed)));
  for (const call of ["prepare", "view", "commit", "remove"]) {
    const count = series.reduce((sum, interrupted) => sum + (interrupted[call] ?? 0), 0);
    assert.ok(count >= 20, `${call} was interrupted ${count} times`);
  }
});

test.run();
