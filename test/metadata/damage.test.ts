import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/host/errors.ts";
import { Database } from "../../src/host/metadata/database.ts";
import { VERSION_KEY } from "../../src/host/metadata/layout.ts";
import { assertSound } from "../../src/host/metadata/lmdb-check.ts";
import { PAGE_SIZE, readMeta } from "../../src/host/metadata/lmdb-format.ts";
import { seal } from "../../src/host/metadata/record.ts";
import { openMetadata } from "../../src/host/metadata/store.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";

const OPENER = fileURLToPath(new URL("../fixtures/damaged-store.js", import.meta.url));

/** The database of a store that has seen some use: branches, overflow pages, free pages. */
async function makeUsed(): Promise<string> {
  const root = scratchPath("root");
  const store = await openMetadata(root);
  for (let i = 0; i < 30; i++) {
    await store.write((transaction) => {
      transaction.create("active", `key ${i}`, i === 0 ? "" : "layer 0", {
        labels: new Map([["l", "v".repeat(i * 150)]]),
      });
      transaction.commitActive(
        `key ${i}`,
        `layer ${i}`,
        { inodes: 1, size: i },
        { labels: new Map([["l", "w".repeat(i * 300)]]) },
      );
    });
  }
  await store.write((transaction) => {
    for (let i = 0; i < 200; i++) transaction.create("view", `${"path/".repeat(i)}`.slice(0, 900) + i, "layer 0");
  });
  await store.write((transaction) => {
    for (let i = 10; i < 20; i++) transaction.remove(`layer ${i}`);
  });
  await store.close();
  const path = join(root, "metadata.db");
  truncateSync(path, lengthOf(path));
  return path;
}

/** Of what lmdb uses. Under Wine its files have zeros behind that. */
function lengthOf(path: string): number {
  const bytes = readFileSync(path);
  const metas = [0, 1].map((number) => readMeta(bytes.subarray(number * PAGE_SIZE), number));
  return Math.min(bytes.length, PAGE_SIZE * (Math.max(...metas.map(({ lastPage }) => lastPage)) + 1));
}

const used = await makeUsed();

const damage = suite("metadata: damage");

damage(
  "of a database is refused, or told when a record is read; no process dies of it, and nothing is overwritten",
  () => {
    assertSound(used);
    const COUNT = 490;
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [OPENER, used, scratchFolder(), "1", String(COUNT)],
      {
        encoding: "utf8",
        timeout: 300_000,
        maxBuffer: 2 ** 24,
      },
    );
    assert.is(signal ?? status, 0, `${stdout.split("\n").slice(-3).join(" ")} ${stderr}`);
    const lines = stdout.trim().split("\n");
    const of = (outcome: string): number => lines.filter((line) => line === outcome).length;
    assert.is(of("used") + of("refused") + of("refused later"), COUNT);
    assert.ok(
      of("refused") > COUNT / 2 && of("refused later") > 5 && of("used") > 5,
      `${of("refused")}, ${of("refused later")}`,
    );
  },
);

/** A root whose database is `bytes`. */
function rootOf(bytes: Uint8Array): string {
  const path = scratchPath("metadata.db");
  writeFileSync(path, bytes);
  return dirname(path);
}

const REFUSED: [what: string, code: ErrorCode, words: string, change: (bytes: Buffer) => Buffer][] = [
  ["nothing", ErrorCode.Corrupt, "has 0 pages of 4096 bytes", () => Buffer.alloc(0)],
  ["a text", ErrorCode.Corrupt, "has 0 pages", () => Buffer.from("hello")],
  ["zeros", ErrorCode.Corrupt, "page 0 is no meta page", () => Buffer.alloc(65536)],
  [
    "another format of lmdb's",
    ErrorCode.Unsupported,
    "has data format 1, not 2",
    (bytes) => {
      bytes.writeUInt32LE(1, 28);
      return bytes;
    },
  ],
  ["half of it", ErrorCode.Corrupt, "metadata.db: page", (bytes) => bytes.subarray(0, bytes.length / 2)],
];

for (const [what, code, words, change] of REFUSED) {
  damage(`that leaves ${what} is refused, with what to do`, async () => {
    const bytes = change(readFileSync(used));
    const root = rootOf(bytes);
    for (const readOnly of [false, true]) {
      const error = await rejects(openMetadata(root, { readOnly }), code);
      assert.ok(error.message.includes(words), error.message);
      assert.match(error.message, "it is left as it is; put a copy of it back");
    }
    assert.ok(readFileSync(join(root, "metadata.db")).equals(bytes));
    assert.equal(readdirSync(root), ["metadata.db"]);
  });
}

async function rootWith(records: [Buffer, Buffer][]): Promise<string> {
  const root = scratchFolder();
  const database = await Database.open(join(root, "metadata.db"), { readOnly: false });
  database.apply(new Map(records.map(([key, value]) => [key.toString("latin1"), value])));
  await database.close();
  return root;
}

damage("is no other word for a newer version, or for another program's database: both are left", async () => {
  const newer = await rootWith([[VERSION_KEY, seal(VERSION_KEY, { layerkiln: "snapshots", version: 2 })]]);
  const error = await rejects(openMetadata(newer), ErrorCode.Unsupported);
  assert.match(error.message, "has version 2, and this layerkiln reads version 1; use the one that made it");
  const foreign = await rootWith([[Buffer.from("key"), Buffer.from("value")]]);
  assert.match(
    (await rejects(openMetadata(foreign), ErrorCode.Corrupt)).message,
    "is a database, but not one of snapshots",
  );
});

damage("of a lock file of lmdb's does no harm", async () => {
  const root = rootOf(readFileSync(used));
  writeFileSync(join(root, "metadata.db-lock"), Buffer.alloc(5000, 0x5a));
  const store = await openMetadata(root);
  await store.write((transaction) => transaction.remove("layer 29"));
  await store.close();
});

damage("by a crash while a store was made is mended", async () => {
  const root = scratchFolder();
  for (const name of ["metadata.db.new", "metadata.db.new-lock"]) writeFileSync(join(root, name), "half");
  const store = await openMetadata(root);
  await store.write((transaction) => transaction.create("active", "a", ""));
  await store.close();
  assert.equal(readdirSync(root).sort(), ["metadata.db", "metadata.db-lock"]);
});

damage.run();
