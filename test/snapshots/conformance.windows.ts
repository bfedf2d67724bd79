/**
 * The rules of all snapshotters, with the Platform of Windows and doubles of the DLLs below it: none is called wrongly, and
 * none is left with a thing open.
 */
import { writeFile } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { windows } from "../../src/adapters/windows/platform.ts";
import { type OpenSnapshotterOptions, openSnapshotter, type SnapshotterName } from "../../src/host/snapshots/open.ts";
import { broken, openHandles, startDoubles } from "../fixtures/doubles.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { areDoubles } from "../oracles/doubles.ts";
import { type Subject, snapshotterSuite } from "../suites/snapshotter.ts";

const absent = suite("snapshotters on Windows");

function keepsRules(name: SnapshotterName, options: OpenSnapshotterOptions, subject: Partial<Subject> = {}): void {
  snapshotterSuite(name, {
    open: () => {
      startDoubles();
      return openSnapshotter(name, scratchFolder(), windows, options);
    },
    end: async () => {
      assert.equal(broken(), []);
      assert.equal(openHandles(), []);
    },
    ...subject,
  });
}

if (areDoubles(absent)) {
  keepsRules("lcow", { copyScratch: (_root, _size, target) => writeFile(target, "scratch") });
  // Only what is unpacked has no parent, and only that is committed.
  keepsRules("cimfs", {}, { key: (name) => `extract-${name}`, removalFailsAlike: true });
}

absent.run();
