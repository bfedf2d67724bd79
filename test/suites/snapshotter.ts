/**
 * What every snapshotter must do, whatever it stores. Each implementation runs this same suite.
 *
 * It asks for what containerd's own suite asks for (core/snapshots/testsuite), and for more: classes of errors, transactions,
 * walks, and many at once.
 */
import { suite } from "uvu";
import { fileBehaviours } from "./snapshotter-files.ts";
import { lifeBehaviours } from "./snapshotter-life.ts";
import { ruleBehaviours } from "./snapshotter-rules.ts";
import { type Subject, Workbench } from "./workbench.ts";

export type { Subject } from "./workbench.ts";

/** A test of the suite: a sentence that is true of every snapshotter, and the proof. */
export type Behaviour = [title: string, proof: (bench: Workbench, subject: Subject) => Promise<void>];

/** Registers and runs the tests under "snapshotter `name`". */
export function snapshotterSuite(name: string, subject: Subject): void {
  const test = suite(`snapshotter ${name}`);
  const asked = (behaviours: Behaviour[], how: string): void => {
    for (const [title, proof] of behaviours) {
      test(`${title}${how}`, async () => {
        const bench = await Workbench.open(subject);
        try {
          await proof(bench, subject);
        } finally {
          await bench.end();
        }
      });
    }
  };
  asked(lifeBehaviours, "");
  asked(ruleBehaviours, "");
  asked(fileBehaviours, subject.mounter === undefined ? " (metadata only: its mounts are not Linux's)" : "");
  test.run();
}
