import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { assertSound } from "../../src/host/metadata/lmdb-check.ts";
import { openMetadata } from "../../src/host/metadata/store.ts";
import { random } from "../fixtures/random.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { apply, type Model, modelOf, type Operation, randomOperation } from "../fixtures/store-operations.ts";

const WRITER = fileURLToPath(new URL("../fixtures/store-writer.js", import.meta.url));
const ROUNDS = 120;

const sorted = (model: Model): unknown[] => [...model].sort(([a], [b]) => (a < b ? -1 : 1));

/** Lets a process change the store, and kills it. Gives what it said that it did, and what it had begun then. */
async function writeAndDie(
  root: string,
  seed: number,
  lifeMs: number,
): Promise<{ done: Operation[]; begun?: Operation }> {
  const child = spawn(process.execPath, [WRITER, root, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  const said: { done: Operation[]; begun?: Operation } = { done: [] };
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "ready") setTimeout(() => child.kill("SIGKILL"), lifeMs);
    else if (line === "done") {
      said.done.push(said.begun!);
      delete said.begun;
    } else if (line.endsWith("]}")) said.begun = JSON.parse(line.slice("begun ".length)); // else it was killed in mid-line
  }
  const [, signal] = await gone;
  assert.is(signal, "SIGKILL");
  return said;
}

function after(model: Model, { remove, create, commit, update }: Operation): Model {
  const next: Model = new Map(model);
  for (const key of remove) next.delete(key);
  for (const { key, kind, parent, label } of create) next.set(key, [kind, parent, label]);
  for (const { key, name, label } of commit) {
    next.set(name, ["committed", next.get(key)![1], label]);
    next.delete(key);
  }
  for (const { key, label } of update) next.set(key, [next.get(key)![0], next.get(key)![1], label]);
  return next;
}

const crash = suite("metadata: kill -9");

crash(`at any moment leaves all that was acknowledged, and nothing half done, ${ROUNDS} times`, async () => {
  const root = scratchPath("root");
  const next = random(8);
  let model: Model = new Map();
  let [changes, inFlight, kept] = [0, 0, 0];
  /** On a busy machine little may happen before the end: then there are more rounds. */
  const isEnough = (): boolean => changes > ROUNDS && inFlight > ROUNDS / 4;
  for (let round = 0; round < ROUNDS || (!isEnough() && round < 5 * ROUNDS); round++) {
    const { done, begun } = await writeAndDie(root, round, next() * 25);
    for (const operation of done) model = after(model, operation);
    changes += done.length;
    assertSound(join(root, "metadata.db"));
    const store = await openMetadata(root, { readOnly: round % 2 === 0 });
    const found = await modelOf(store);
    await store.close();
    if (begun !== undefined && found.size > 0) {
      inFlight++;
      const whole = after(model, begun);
      if (JSON.stringify(sorted(found)) === JSON.stringify(sorted(whole))) {
        model = whole;
        kept++;
      }
    }
    assert.equal(sorted(found), sorted(model), `round ${round}`);
  }
  assert.ok(isEnough(), `${changes} changes, ${inFlight} in flight, ${kept} of them kept`);
});

crash("and random changes without it leave a sound file, also while somebody reads", async () => {
  const root = scratchPath("root");
  let store = await openMetadata(root);
  const model: Model = new Map();
  const next = random(9);
  for (let round = 0; round < 300; round++) {
    const write = (): Promise<void> => store.write((transaction) => apply(transaction, randomOperation(model, next)));
    if (round % 7 === 0) await store.read(write);
    else await write();
    assertSound(join(root, "metadata.db"));
    if (round % 50 !== 49) continue;
    await store.close();
    store = await openMetadata(root);
  }
  assert.equal(sorted(await modelOf(store)), sorted(model));
  while (model.size > 0) {
    const parents = new Set([...model.values()].map(([, parent]) => parent));
    const leaf = [...model.keys()].find((name) => !parents.has(name))!;
    await store.write((transaction) => transaction.remove(leaf));
    model.delete(leaf);
  }
  assert.equal(await modelOf(store), new Map());
  await store.close();
});

crash.run();
