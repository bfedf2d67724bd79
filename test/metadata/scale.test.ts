import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startClock } from "../../src/host/clock.ts";
import { Database, type State } from "../../src/host/metadata/database.ts";
import { PendingState } from "../../src/host/metadata/pending.ts";
import { type MetadataStore, openMetadata } from "../../src/host/metadata/store.ts";
import { Transaction } from "../../src/host/metadata/transaction.ts";
import { scratchPath } from "../fixtures/scratch.ts";

const COUNT = 10_000;

const scale = suite<{ store: MetadataStore; root: string }>(`metadata: ${COUNT} snapshots`);

scale.before(async (context) => {
  context.root = scratchPath("root");
  context.store = await openMetadata(context.root);
  await context.store.write((transaction) => {
    transaction.create("active", "extract", "");
    transaction.commitActive("extract", "base", { inodes: 1, size: 1 });
    for (let i = 1; i < COUNT; i++) transaction.create("view", `key ${i}`, "base");
  });
});

scale("are walked, counted and found", async ({ store }) => {
  let count = 0;
  for await (const _ of store.walk()) count++;
  assert.is(count, COUNT);
  assert.is((await store.read((view) => view.ids())).size, COUNT);
  const found = [];
  for await (const { name } of store.walk(['name=="key 77"'])) found.push(name);
  assert.equal(found, ["key 77"]);
});

scale("may all be asked for at once", async ({ store }) => {
  const infos = await Promise.all(
    Array.from({ length: COUNT - 1 }, (_, i) => store.read((view) => view.info(`key ${i + 1}`))),
  );
  assert.is(infos.at(-1)!.info.parent, "base");
});

scale("give way to other work while they are walked", async ({ store }) => {
  let turns = 0;
  const count = (): void => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  for await (const _ of store.walk(["name==none"]));
  clearImmediate(timer);
  assert.ok(turns > 100, `${turns} turns`);
});

scale("are not looked at where one is made, committed or removed", async ({ store, root }) => {
  await store.close();
  const database = await Database.open(`${root}/metadata.db`, { readOnly: true });
  const state = database.read();
  let reads = 0;
  const counting: State = {
    get(key) {
      reads++;
      return state.get(key);
    },
    *range(range) {
      for (const entry of state.range(range)) {
        reads++;
        yield entry;
      }
    },
  };
  const readsOf = (work: (transaction: Transaction) => void): number => {
    reads = 0;
    work(new Transaction(new PendingState(counting), startClock()));
    return reads;
  };
  assert.ok(readsOf((transaction) => transaction.remove("key 5000")) <= 3);
  assert.ok(readsOf((transaction) => assert.throws(() => transaction.remove("base"), "child")) <= 3);
  assert.ok(readsOf((transaction) => transaction.create("active", "new", "base")) <= 8);
  assert.is(
    readsOf((transaction) => assert.is(transaction.ids().size, COUNT)),
    COUNT,
  );
  state.end();
  await database.close();
});

scale.run();
