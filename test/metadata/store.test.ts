import { existsSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, isError } from "../../src/host/errors.ts";
import type { Info, Labels } from "../../src/host/metadata/info.ts";
import { type MetadataStore, openMetadata } from "../../src/host/metadata/store.ts";
import type { Transaction } from "../../src/host/metadata/transaction.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchPath } from "../fixtures/scratch.ts";

const NONE = { inodes: 0, size: 0 };
const labels = (...pairs: [string, string][]): Labels => new Map(pairs);

interface Context {
  store: MetadataStore;
}

/** A store with `base` committed, `active` and `view` over it, and `other` committed without parent or child. */
async function openFilled(): Promise<MetadataStore> {
  const store = await openMetadata(scratchPath("root"));
  await store.write((transaction) => {
    transaction.create("active", "extract", "");
    transaction.commitActive("extract", "base", { inodes: 3, size: 4096 }, { labels: labels(["l", "1"]) });
    transaction.create("active", "active", "base", { labels: labels(["a", "b"]) });
    transaction.create("view", "view", "base");
    transaction.create("active", "extract", "");
    transaction.commitActive("extract", "other", NONE);
  });
  return store;
}

async function all(walk: AsyncIterable<Info>): Promise<Info[]> {
  const infos: Info[] = [];
  for await (const info of walk) infos.push(info);
  return infos;
}

const names = async (store: MetadataStore, ...filters: string[]): Promise<string[]> =>
  (await all(store.walk(filters))).map(({ name }) => name);

const rules = suite<Context>("metadata: rules");

rules.before.each(async (context) => {
  context.store = await openFilled();
});
rules.after.each(({ store }) => store.close());

/** Each breaks one rule, or two, and then the first is told: the order of checks is a part of the contract. */
const REFUSED: [what: string, code: ErrorCode, words: string, work: (transaction: Transaction) => unknown][] = [
  ["stat of what is not", ErrorCode.NotFound, '"x": does not exist', (t) => t.info("x")],
  ["mounts of what is not", ErrorCode.NotFound, '"x": does not exist', (t) => t.snapshot("x")],
  ["mounts of a committed one", ErrorCode.FailedPrecondition, '"base": is committed', (t) => t.snapshot("base")],
  ["a committed one from nothing", ErrorCode.InvalidArgument, "made committed", (t) => t.create("committed", "x", "")],
  ["an empty key", ErrorCode.InvalidArgument, "key is empty", (t) => t.create("active", "", "")],
  [
    "a key of 1025 bytes",
    ErrorCode.InvalidArgument,
    "1025 bytes of",
    (t) => t.create("view", `${"é".repeat(512)}x`, ""),
  ],
  ["a key of half a character", ErrorCode.InvalidArgument, "no text", (t) => t.create("view", "\ud800", "")],
  [
    "a label without key",
    ErrorCode.InvalidArgument,
    "empty key",
    (t) => t.create("active", "x", "", { labels: labels(["", "v"]) }),
  ],
  ["a parent that is not", ErrorCode.NotFound, 'parent "x"', (t) => t.create("active", "active", "x")],
  ["an active parent", ErrorCode.InvalidArgument, '"active" is active', (t) => t.create("active", "view", "active")],
  ["a view as parent", ErrorCode.InvalidArgument, '"view" is a view', (t) => t.create("active", "x", "view")],
  ["a key that is taken", ErrorCode.AlreadyExists, '"view": exists', (t) => t.create("active", "view", "base")],
  ["a key that is a name", ErrorCode.AlreadyExists, '"base": exists', (t) => t.create("active", "base", "")],
  ["commit to a name that is taken", ErrorCode.AlreadyExists, '"base"', (t) => t.commitActive("x", "base", NONE)],
  ["commit to its own key", ErrorCode.AlreadyExists, '"active"', (t) => t.commitActive("active", "active", NONE)],
  ["commit to no name", ErrorCode.InvalidArgument, "name is empty", (t) => t.commitActive("active", "", NONE)],
  ["commit of what is not", ErrorCode.NotFound, '"x": does', (t) => t.commitActive("x", "new", NONE)],
  ["commit of a view", ErrorCode.FailedPrecondition, "is a view", (t) => t.commitActive("view", "new", NONE)],
  [
    "commit of a committed one",
    ErrorCode.FailedPrecondition,
    "is committed",
    (t) => t.commitActive("base", "new", NONE),
  ],
  [
    "commit over another parent",
    ErrorCode.InvalidArgument,
    'parent "base", not "other"',
    (t) => t.commitActive("active", "new", NONE, { parent: "other" }),
  ],
  [
    "commit over a parent that is not",
    ErrorCode.NotFound,
    'parent "x"',
    (t) => {
      t.create("active", "free", "");
      t.commitActive("free", "new", NONE, { parent: "x" });
    },
  ],
  [
    "commit over an active parent",
    ErrorCode.FailedPrecondition,
    '"active" is active',
    (t) => {
      t.create("active", "free", "");
      t.commitActive("free", "new", NONE, { parent: "active" });
    },
  ],
  ["removal of what is not", ErrorCode.NotFound, '"x": does', (t) => t.remove("x")],
  ["removal of a parent", ErrorCode.FailedPrecondition, "cannot remove snapshot with child", (t) => t.remove("base")],
  ["update of what is not", ErrorCode.NotFound, '"x"', (t) => t.update({ name: "x", labels: labels() }, ["parent"])],
  [
    "update of the parent",
    ErrorCode.InvalidArgument,
    'cannot update "parent" field on snapshot "active"',
    (t) => t.update({ name: "active", labels: labels() }, ["labels", "parent"]),
  ],
  [
    "an unreadable filter",
    ErrorCode.InvalidArgument,
    "filters: parse error: [name >|=|< a]",
    (t) => t.walk(["name=a"]),
  ],
];

for (const [what, code, words, work] of REFUSED) {
  rules(`${what} is ${ErrorCode[code]}, and nothing is changed`, async ({ store }) => {
    const before = await all(store.walk());
    const error = await rejects(
      store.write(async (transaction) => {
        transaction.create("active", "made before", "");
        await work(transaction);
      }),
      code,
    );
    assert.ok(error.message.includes(words), error.message);
    assert.equal(await all(store.walk()), before);
  });
}

rules("a snapshot over others has their ids, the nearest first", async ({ store }) => {
  const made = await store.write((transaction) => {
    transaction.commitActive("active", "middle", NONE);
    return transaction.create("view", "top", "middle");
  });
  assert.equal(made, { kind: "view", id: "5", parentIds: ["2", "1"] });
  assert.equal(await store.read((view) => view.snapshot("top")), made);
});

rules("commit keeps the id, brings its own labels, times and usage, and lets the key go", async ({ store }) => {
  const before = await store.read((view) => view.info("active"));
  await store.write((transaction) =>
    transaction.commitActive("active", "new", { inodes: 7, size: 2 ** 40 }, { labels: labels(["c", "d"], ["e", ""]) }),
  );
  const after = await store.read((view) => view.info("new"));
  assert.is(after.id, before.id);
  assert.equal(after.usage, { inodes: 7, size: 2 ** 40 });
  assert.equal(after.info.labels, labels(["c", "d"]));
  assert.ok(after.info.created > before.info.created);
  assert.is(after.info.updated, after.info.created);
  await rejects(
    store.read((view) => view.info("active")),
    ErrorCode.NotFound,
  );
  await store.write((transaction) => transaction.create("active", "active", "new"));
  await rejects(
    store.write((transaction) => transaction.remove("new")),
    ErrorCode.FailedPrecondition,
  );
});

rules("commit gives a parent to a snapshot that had none, or says the one that it had", async ({ store }) => {
  await store.write((transaction) => {
    transaction.create("active", "free", "");
    transaction.commitActive("free", "rebased", NONE, { parent: "other" });
    transaction.commitActive("active", "same", NONE, { parent: "base" });
  });
  assert.is((await store.read((view) => view.info("rebased"))).info.parent, "other");
  await rejects(
    store.write((transaction) => transaction.remove("other")),
    ErrorCode.FailedPrecondition,
  );
  await store.write((transaction) => {
    transaction.remove("rebased");
    transaction.remove("other");
  });
});

rules("update sets all labels, or those of its paths, and the time", async ({ store }) => {
  const given = labels(["x", "1"], ["a/b.c", "2"], ["gone", ""]);
  const update = (...paths: string[]): Promise<Info> =>
    store.write((transaction) => transaction.update({ name: "active", labels: given }, paths));
  const before = (await store.read((view) => view.info("active"))).info;
  const first = await update("labels.a/b.c", "labels.not given");
  assert.equal(first, { ...before, labels: labels(["a", "b"], ["a/b.c", "2"]), updated: first.updated });
  assert.ok(first.updated > before.updated);
  assert.equal((await update("labels.a")).labels, labels(["a/b.c", "2"]));
  const last = await update();
  assert.equal(last.labels, labels(["x", "1"], ["a/b.c", "2"]));
  assert.equal((await update("labels")).labels, last.labels);
  assert.is(last.created, before.created);
});

rules("removal makes a key free, and tells id and kind", async ({ store }) => {
  assert.equal(await store.write((transaction) => transaction.remove("view")), { id: "3", kind: "view" });
  const again = await store.write((transaction) => transaction.create("active", "view", ""));
  assert.equal(again, { kind: "active", id: "5", parentIds: [] });
});

rules("names are told by id, and in the order of their bytes", async ({ store }) => {
  const made = ["é", "Z", "a/b", "\u{10000}", "\uffff", "__proto__", "b"];
  await store.write((transaction) => {
    for (const key of made) transaction.create("active", key, "", { labels: labels(["__proto__", key]) });
  });
  const expected = [...made, "active", "base", "other", "view"].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  assert.equal(await names(store), expected);
  assert.equal(await names(store, 'labels.__proto__=="é"'), ["é"]);
  const ids = await store.read((view) => view.ids());
  assert.is(ids.size, expected.length);
  assert.is(ids.get("1"), "base");
  assert.is((await store.read((view) => view.info("__proto__"))).info.labels.get("__proto__"), "__proto__");
});

rules("a key may have 1,024 bytes", async ({ store }) => {
  const key = "k".repeat(1024);
  await store.write((transaction) => {
    transaction.create("active", "t", "");
    transaction.commitActive("t", key, NONE);
    transaction.create("view", "over it", key);
  });
  assert.is((await store.read((view) => view.info("over it"))).info.parent, key);
  await rejects(
    store.write((transaction) => transaction.remove(key)),
    ErrorCode.FailedPrecondition,
  );
  await rejects(
    store.read((view) => view.info(`${key}k`)),
    ErrorCode.NotFound,
  );
});

rules("a transaction sees its own changes, in walks and ids too", async ({ store }) => {
  await store.write((transaction) => {
    transaction.create("active", "aaa", "");
    transaction.remove("view");
    transaction.update({ name: "active", labels: labels(["new", "1"]) });
    transaction.create("view", "zzz", "base");
    assert.equal(
      [...transaction.walk()].map(({ name }) => name),
      ["aaa", "active", "base", "other", "zzz"],
    );
    assert.equal(
      [...transaction.walk(["labels.new"])].map(({ name }) => name),
      ["active"],
    );
    assert.equal(
      [...transaction.ids()],
      [
        ["5", "aaa"],
        ["2", "active"],
        ["1", "base"],
        ["4", "other"],
        ["6", "zzz"],
      ],
    );
  });
});

rules.run();

const transactions = suite<Context>("metadata: transactions");

transactions.before.each(async (context) => {
  context.store = await openFilled();
});
transactions.after.each(({ store }) => store.close());

transactions("of a new store find it empty", async () => {
  const store = await openMetadata(scratchPath("root"));
  assert.equal(await names(store), []);
  assert.equal(await store.read((view) => view.ids()), new Map());
  await rejects(
    store.read((view) => view.info("x")),
    ErrorCode.NotFound,
  );
  await store.close();
});

transactions("that read do not see what is written meanwhile", async ({ store }) => {
  const walk = store.walk();
  const first = await walk.next();
  await store.read(async (view) => {
    await store.write((transaction) => {
      transaction.remove("active");
      transaction.create("active", "new", "");
    });
    assert.is(view.info("active").info.name, "active");
    assert.equal(
      [...view.walk()].map(({ name }) => name),
      ["active", "base", "other", "view"],
    );
    assert.equal(await names(store), ["base", "new", "other", "view"]);
  });
  const rest = await all(walk);
  assert.equal(
    [first.value!, ...rest].map(({ name }) => name),
    ["active", "base", "other", "view"],
  );
});

transactions("that write are not seen before they are done", async ({ store }) => {
  await store.write(async (transaction) => {
    transaction.create("active", "new", "");
    await rejects(
      store.read((view) => view.info("new")),
      ErrorCode.NotFound,
    );
  });
  assert.is((await store.read((view) => view.info("new"))).info.name, "new");
});

transactions("have their turns: of 32 that make one key one wins", async ({ store }) => {
  let inside = 0;
  const work = Array.from({ length: 32 }, () =>
    store.write(async (transaction) => {
      assert.is(++inside, 1);
      await new Promise(setImmediate);
      inside--;
      return transaction.create("active", "wanted", "base");
    }),
  );
  const results = await Promise.allSettled(work);
  assert.is(results.filter(({ status }) => status === "fulfilled").length, 1);
  for (const result of results)
    if (result.status === "rejected") assert.ok(isError(result.reason, ErrorCode.AlreadyExists));
});

transactions("that fail give their id back", async ({ store }) => {
  const reason = new Error("mkdir failed");
  const work = store.write(async (transaction) => {
    assert.is(transaction.create("active", "new", "").id, "5");
    throw reason;
  });
  assert.is(await work.catch((error) => error), reason);
  assert.is((await store.write((transaction) => transaction.create("active", "new", ""))).id, "5");
});

transactions("that were kept past their end refuse", async ({ store }) => {
  const kept = await store.read((view) => view);
  assert.throws(
    () => kept.info("base"),
    (error: unknown) => isError(error, ErrorCode.FailedPrecondition),
  );
  const walk = await store.read((view) => view.walk()[Symbol.iterator]());
  assert.throws(
    () => walk.next(),
    (error: unknown) => isError(error, ErrorCode.FailedPrecondition),
  );
});

transactions("wait for nobody who stopped a walk half-way", async ({ store }) => {
  for (let i = 0; i < 300; i++) await store.walk().next(); // 126 readers are all that lmdb has room for
  for await (const _ of store.walk()) break;
  await store.write((transaction) => transaction.create("active", "new", ""));
});

transactions("are refused once closed; those under way are waited for", async ({ store }) => {
  let finish!: () => void;
  const reading = store.read(async (view) => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return view.info("base");
  });
  const writing = store.write((transaction) => transaction.create("active", "new", ""));
  const closing = store.close();
  await rejects(
    store.read((view) => view.ids()),
    ErrorCode.FailedPrecondition,
  );
  await rejects(
    store.write(() => undefined),
    ErrorCode.FailedPrecondition,
  );
  await rejects(store.walk().next(), ErrorCode.FailedPrecondition);
  finish();
  assert.is((await writing).id, "5");
  assert.is((await reading).id, "1");
  await closing;
  await store.close();
});

transactions.run();

const opening = suite("metadata: opening");

opening("keeps everything as it was", async () => {
  const root = scratchPath("root");
  const store = await openMetadata(root);
  await store.write((transaction) => transaction.create("active", "a", "", { labels: labels(["l", "v"]) }));
  const before = await all(store.walk());
  await store.close();
  const again = await openMetadata(root);
  assert.equal(await all(again.walk()), before);
  assert.is((await again.write((transaction) => transaction.create("active", "b", ""))).id, "2");
  await again.close();
});

opening("to write is for one at a time, and to read for all", async () => {
  const root = scratchPath("root");
  const owner = await openMetadata(root);
  const error = await rejects(openMetadata(root), ErrorCode.FailedPrecondition);
  assert.match(error.message, `this process (${process.pid})`);
  const reader = await openMetadata(root, { readOnly: true });
  await owner.write((transaction) => transaction.create("active", "a", ""));
  assert.equal(await names(reader), ["a"]);
  await rejects(
    reader.write(() => undefined),
    ErrorCode.FailedPrecondition,
  );
  await reader.close();
  await owner.write((transaction) => transaction.create("active", "b", ""));
  assert.equal(await names(owner), ["a", "b"]);
  await owner.close();
});

opening("to read makes nothing", async () => {
  const root = scratchPath("root");
  await rejects(openMetadata(root, { readOnly: true }), ErrorCode.NotFound);
  assert.not.ok(existsSync(root));
});

opening.run();
