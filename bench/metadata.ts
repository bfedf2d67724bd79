/** Measures the store of snapshots: `npm run bench:metadata`. Times of writes are those of the disk under the temp folder. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { type MetadataStore, openMetadata } from "../src/host/metadata/store.ts";
import { describeMachine } from "./machine.ts";

const SIZES = [100, 10_000];
const ROUNDS = 5;
const CALLS = 200;

const folder = mkdtempSync(join(tmpdir(), "layerkiln-metadata-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const LABELS = new Map([["containerd.io/snapshot.ref", `sha256:${"0123456789abcdef".repeat(4)}`]]);
const digest = (number: number): string => `default/${number}/sha256:${String(number).padStart(64, "0")}`;

/** As many snapshots, in chains of ten layers. */
async function makeStore(root: string, size: number): Promise<MetadataStore> {
  const store = await openMetadata(root);
  await store.write((transaction) => {
    for (let i = 0; i < size; i++) {
      transaction.create("active", "extract", i % 10 === 0 ? "" : digest(i - 1), { labels: LABELS });
      transaction.commitActive("extract", digest(i), { inodes: 1000, size: 2 ** 24 }, { labels: LABELS });
    }
    transaction.create("active", "container", digest(9));
  });
  return store;
}

type Work = (index: number) => Promise<unknown>;

/** Median of the rounds: microseconds a call. */
async function measure(calls: number, work: Work): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) await work(round * calls + i);
    rounds.push(((performance.now() - start) * 1000) / calls);
  }
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

async function walk(store: MetadataStore, ...filters: string[]): Promise<void> {
  for await (const _ of store.walk(filters));
}

async function measureStore(size: number): Promise<Map<string, number>> {
  const root = join(folder, String(size));
  let store = await makeStore(root, size);
  const rows = new Map<string, number>();
  const row = async (name: string, calls: number, work: Work): Promise<void> => {
    rows.set(name, await measure(calls, work));
  };
  await row("stat", CALLS * 10, (i) => store.read((view) => view.info(digest((i * 7919) % size))));
  await row("ids of a chain of ten", CALLS * 10, () => store.read((view) => view.snapshot("container")));
  await row("walk, a snapshot", 1, () => walk(store));
  await row("walk for one by name", 1, () => walk(store, `name=="${digest(7)}"`));
  await row("walk by a pattern", 1, () => walk(store, "name~=/0{60}/"));
  await row("create", CALLS, (i) => store.write((transaction) => transaction.create("active", `made ${i}`, digest(9))));
  await row("update of labels", CALLS, (i) =>
    store.write((transaction) => transaction.update({ name: `made ${i}`, labels: LABELS })),
  );
  await row("commit", CALLS, (i) =>
    store.write((transaction) => transaction.commitActive(`made ${i}`, `name ${i}`, { inodes: 1, size: 1 })),
  );
  await row("remove of a leaf", CALLS, (i) => store.write((transaction) => transaction.remove(`name ${i}`)));
  await row("close, and open with the check of all pages", 1, async () => {
    await store.close();
    store = await openMetadata(root);
  });
  for (const name of rows.keys()) if (name.startsWith("walk")) rows.set(name, rows.get(name)! / size);
  rows.set("bytes on the disk, a snapshot", statSync(join(root, "metadata.db")).size / size);
  await store.close();
  return rows;
}

/** What lmdb itself takes to put two records, synced: the yardstick of all that writes. */
async function measureLmdb(): Promise<number> {
  const database = open<Buffer, Buffer>({ path: join(folder, "lmdb.db"), overlappingSync: false, encoding: "binary" });
  const value = Buffer.alloc(250, "v");
  const cost = await measure(CALLS, async (i) =>
    database.transactionSync(() => {
      for (const word of ["a", "b"]) database.putSync(Buffer.from(`${word}${i}`), value);
    }),
  );
  await database.close();
  return cost;
}

const { cpu, cores, node, layerkiln } = describeMachine();
const results: Map<string, number>[] = [];
for (const size of SIZES) results.push(await measureStore(size));
const yardstick = await measureLmdb();
const rows = [...results[0]!.keys()].map(
  (name) => `| ${name} | ${results.map((result) => result.get(name)!.toFixed(1)).join(" | ")} |`,
);
process.stdout.write(`layerkiln ${layerkiln}, Node ${node}, ${cpu}, ${cores} cores. Microseconds, medians of ${ROUNDS} rounds.

| | ${SIZES.map((size) => `${size.toLocaleString("en")} snapshots`).join(" | ")} |
|---|--:|--:|
${rows.join("\n")}
| lmdb alone: two records, synced | ${yardstick.toFixed(1)} | |

Memory of this process: ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB.
`);
