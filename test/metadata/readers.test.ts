import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type MetadataStore, openMetadata } from "../../src/host/metadata/store.ts";
import { scratchPath } from "../fixtures/scratch.ts";

const READER = fileURLToPath(new URL("../fixtures/store-reader.js", import.meta.url));
const LONG = new Map([["label", "v".repeat(6000)]]);

const writePair = (store: MetadataStore, name: string): Promise<void> =>
  store.write((transaction) => {
    for (const letter of ["a", "b"]) transaction.create("view", `${letter} ${name}`, "", { labels: LONG });
  });

const readers = suite("metadata: readers in other processes");

readers("see whole transactions while the file grows under them; killed, they keep nobody waiting", async () => {
  const root = scratchPath("root");
  const store = await openMetadata(root);
  await writePair(store, "first");
  const before = statSync(`${root}/metadata.db`).size;
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, [READER, root], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  try {
    const counts = children.map(({ stdout }) => createInterface({ input: stdout })[Symbol.asyncIterator]());
    for (const lines of counts) assert.ok((await lines.next()).value !== undefined, "reads");
    for (let i = 0; i < 600; i++) await writePair(store, String(i));
    assert.ok(statSync(`${root}/metadata.db`).size > 20 * before, "it has grown");
    for (const lines of counts) {
      let seen = 0;
      while (seen < 1202) {
        const { value, done } = await lines.next();
        assert.not.ok(done, "a reader ended");
        assert.ok(Number(value) >= seen, "nothing is unseen again");
        seen = Number(value);
      }
    }
  } finally {
    for (const child of children) {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }
  }
  for (let i = 0; i < 100; i++) await writePair(store, `after ${i}`);
  await store.close();
});

readers.run();
