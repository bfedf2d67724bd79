/** Which Windows can do what. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Gated, gateFacts, missingFor } from "../../src/adapters/windows/gates.ts";

const gates = suite("gates of Windows's versions");

const BOTH = { cimfs: true, cimwriter: true };
const CIMFS = { cimfs: true, cimwriter: false };
const NEITHER = { cimfs: false, cimwriter: false };

const CASES: [what: Gated, build: number, revision: number, libraries: typeof BOTH, can: boolean][] = [
  ["mount CIMs", 17763, 9999, CIMFS, false],
  ["mount CIMs", 20348, 2030, CIMFS, false],
  ["mount CIMs", 20348, 2031, CIMFS, true],
  ["mount CIMs", 20348, 2031, NEITHER, false],
  ["mount CIMs", 20349, 9999, CIMFS, false],
  ["mount CIMs", 22631, 9999, CIMFS, false],
  ["mount CIMs", 25398, 9999, CIMFS, false],
  ["mount CIMs", 26099, 9999, CIMFS, false],
  ["mount CIMs", 26100, 0, CIMFS, true],
  ["mount CIMs", 26100, 0, NEITHER, false],
  ["mount block CIMs", 27765, 0, BOTH, false],
  ["mount block CIMs", 27766, 0, CIMFS, true],
  ["write block CIMs", 27765, 0, CIMFS, false],
  ["write block CIMs", 17763, 0, BOTH, true],
  ["write block CIMs", 27766, 0, CIMFS, true],
  ["mount merged CIMs", 26100, 9999, BOTH, false],
  ["merge CIMs", 27766, 0, NEITHER, false],
  ["mount verified CIMs", 27799, 0, BOTH, false],
  ["mount verified CIMs", 27800, 0, CIMFS, true],
  ["write verified CIMs", 27766, 0, CIMFS, false],
  ["write verified CIMs", 27766, 0, BOTH, true],
];

for (const [what, build, revision, libraries, can] of CASES) {
  const dlls = libraries === BOTH ? "both DLLs" : libraries === CIMFS ? "cimfs.dll" : "no DLL";
  gates(`${build}.${revision} with ${dlls} can ${can ? "" : "not "}${what}`, () => {
    assert.is(missingFor(what, { build, revision }, libraries) === undefined, can);
  });
}

gates("say which build it is, and which it takes", () => {
  assert.is(
    missingFor("mount CIMs", { build: 20348, revision: 2030 }, CIMFS),
    "cannot mount CIMs: this is build 20348.2030, and it needs build 26100 or newer, or 20348.2031 (Windows Server 2022, updated), with cimfs.dll",
  );
  assert.match(missingFor("mount CIMs", { build: 26100, revision: 1 }, NEITHER)!, "26100.1 and has no cimfs.dll");
});

gates("tell all at once", () => {
  const facts = gateFacts({ build: 26100, revision: 1 }, CIMFS);
  assert.equal(
    facts.map(({ what, missing }) => [what, missing === undefined]),
    [
      ["mount CIMs", true],
      ["mount block CIMs", false],
      ["write block CIMs", false],
      ["mount merged CIMs", false],
      ["merge CIMs", false],
      ["mount verified CIMs", false],
      ["write verified CIMs", false],
    ],
  );
});

gates.run();
