/** Our code as code of Windows: files of tests that Windows's node runs, each of their tests being one here. */
import { readdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFolder } from "./fixtures/scratch.ts";
import { present } from "./oracles/oracle.ts";
import { runUnderWindows, type WindowsRun } from "./oracles/windows-run.ts";
import { windowsNode, wine } from "./oracles/wine.ts";

/**
 * Tests for any system that hold on Windows. What in them asks an outside program, or what Windows or Wine lacks, is skipped
 * there, aloud. The core is the same code everywhere: of its tests the golden digests run, and what reads and writes files.
 */
const PORTABLE = {
  ".": "golden image-golden image export disks hash-tree hive-merge cli cli-archive cli-hive cli-make-cim",
  cim: "convert-cim convert-layers convert-refusals partial-cim reading",
  diff: "apply cimfs lcow-compare",
  grpc: "address server socket",
  host: "archive clock compression copy hostile lock-file options progress result short-file signal source target",
  metadata: "damage readers scale store",
  snapshots: "cimfs-layers cimfs directories disk-usage lcow open scratch",
};

const harness = suite("Windows's node");

if (present(wine, harness)) {
  harness("is one of Windows, as new as CimFS", async () => {
    const { stdout } = await windowsNode(["-p", "[process.platform, process.arch, os.release()].join()"]);
    assert.is(stdout, "win32,x64,10.0.20348\n");
  });

  const UVU = `file:///Z:${inRepository("node_modules/uvu/dist/index.mjs")}`;
  const planted = (body: string, limit?: number): Promise<WindowsRun> => {
    const path = join(scratchFolder(), "planted.windows.js");
    writeFileSync(path, `import { suite } from "${UVU}";\nconst test = suite("planted");\n${body}\n`);
    writeFileSync(join(dirname(path), "package.json"), '{ "type": "module" }');
    return runUnderWindows(path, { limit });
  };
  const PASSES = 'test("passes", () => {});\n';

  harness("tells tests that pass and tests that fail", async () => {
    const { outcomes, skipped, fault } = await planted(
      `${PASSES}test("fails", () => { throw new Error("on purpose"); });\n${PASSES}test.skip("is skipped");\ntest.run();`,
    );
    assert.is(fault, undefined);
    assert.is(skipped, 1);
    assert.equal(
      outcomes.map(({ suite, failure }) => [suite, failure !== undefined]),
      [
        ["planted", false],
        ["planted", true],
        ["planted", false],
      ],
    );
    assert.match(outcomes[1]!.failure!, /"fails"\s+on purpose/);
  });

  for (const [what, body] of [
    ["no test", "test.run();"],
    ["a test that ends the process", `${PASSES}test("ends", () => process.exit(0));\ntest.run();`],
    ["a test that crashes", `${PASSES}test("crashes", () => process.abort());\ntest.run();`],
    ["an end that is a failure", `${PASSES}test.run();\nprocess.on("exit", () => { process.exitCode = 1; });`],
    ["an error where it is loaded", `${PASSES}test.run();\nthrow new Error("on purpose");`],
  ] as const) {
    harness(`has a fault to tell of a file with ${what}`, async () =>
      assert.ok((await planted(body)).fault !== undefined),
    );
  }

  harness("is stopped when it hangs, with all that it started", async () => {
    const body = `import { spawn } from "node:child_process";
      test("hangs", () => {
        spawn(process.execPath, ["-e", "for (;;);"], { detached: true, stdio: "ignore" });
        for (;;);
      });
      test.run();`;
    assert.match((await planted(body, 5_000)).fault!, "did not end within 5000 ms");
    assert.is((await windowsNode(["-p", "1"], { limit: 30_000 })).stdout, "1\n");
  });
}

harness.run();

const compiled = readdirSync(inRepository("build/test"), { recursive: true, encoding: "utf8" });
const ours = compiled.filter((path) => path.endsWith(".windows.js")).sort();
const portable = Object.entries(PORTABLE).flatMap(([folder, names]) =>
  names.split(" ").map((name) => join(folder, `${name}.test.js`)),
);

if (wine.missing === undefined) {
  const waiting = [...ours, ...portable];
  const runs = new Map<string, WindowsRun>();
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      // Not as in CI, where what is missing is a failure: outside programs are.
      const environment = portable.includes(file) ? { CI: undefined } : {};
      runs.set(file, await runUnderWindows(inRepository(`build/test/${file}`), { environment }));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  for (const file of [...ours, ...portable]) report(file, runs.get(file)!);
}

function report(file: string, { outcomes, skipped, remarks, fault }: WindowsRun): void {
  const tests = suite(`under Windows: ${file}`);
  for (const remark of remarks) console.log(`  ${file}: ${remark}`);
  tests("runs to its end", () => assert.is(fault, undefined));
  for (const { suite, failure } of outcomes) tests(suite, () => assert.is(failure ?? "", ""));
  for (let count = 0; count < skipped; count++) tests.skip();
  tests.run();
}
