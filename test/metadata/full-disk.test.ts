import { rmSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, isError } from "../../src/host/errors.ts";
import { assertSound } from "../../src/host/metadata/lmdb-check.ts";
import { openMetadata } from "../../src/host/metadata/store.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { ask, type Oracle, present, run } from "../oracles/oracle.ts";

const SIZE = 2 ** 20;

/** A disk of one mebibyte, given to `work`. */
async function withSmallDisk(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = scratchFolder();
  ask("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", folder]);
  try {
    await work(folder);
  } finally {
    ask("umount", ["-l", folder]); // also where the test has failed and left files open
  }
}

function whyNot(): string | undefined {
  const folder = scratchFolder();
  if (run("mount", ["-t", "tmpfs", "tmpfs", folder]).status !== 0) return "a disk that is full takes root and Linux";
  run("umount", [folder]);
  return undefined;
}

const tmpfs: Oracle = { name: "a small tmpfs", missing: whyNot() };

const full = suite("metadata: a disk that is full");

if (present(tmpfs, full)) {
  full("fails transactions, keeps what was there, and takes more when there is room", () =>
    withSmallDisk(async (folder) => {
      const other = `${folder}/other`;
      writeFileSync(other, Buffer.alloc(SIZE / 4));
      const store = await openMetadata(folder);
      const add = (key: string): Promise<unknown> =>
        store.write((transaction) => {
          for (const letter of ["a", "b"])
            transaction.create("active", letter + key, "", { labels: new Map([["l", "v".repeat(3000)]]) });
        });
      let count = 0;
      let failure: unknown;
      while (failure === undefined && count < SIZE / 3000)
        failure = await add(String(count)).then(
          () => void count++,
          (error) => error,
        );
      assert.ok(isError(failure, ErrorCode.FailedPrecondition), String(failure));
      assert.match(
        (failure as Error).message,
        /metadata\.db: cannot be written, and nothing was changed: .*; the disk may be full$/,
      );
      assert.ok(count > 50, `${count} were written`);

      const names: string[] = [];
      for await (const { name } of store.walk()) names.push(name);
      assert.is(names.length, 2 * count);
      rmSync(other);
      await store.write((transaction) => {
        for (const name of names.slice(0, 40)) transaction.remove(name);
      });
      await add("again");
      await store.close();
      assertSound(`${folder}/metadata.db`);
      const again = await openMetadata(folder);
      assert.is((await again.read((view) => view.ids())).size, 2 * count - 40 + 2);
      await again.close();
    }),
  );
}

full.run();
