/** `layerkiln doctor`, run as people run it. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import * as zlib from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { abilitiesOf } from "../src/host/abilities.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFolder } from "./fixtures/scratch.ts";
import type { Answer } from "./oracles/oracle.ts";

const { bin } = JSON.parse(readFileSync(inRepository("package.json"), "utf8"));
const LAYERKILN = inRepository(bin.layerkiln);
const EVERYWHERE = ["convert", "zstd", "koffi", "lmdb", "grpc"];

interface Document {
  abilities: { name: string; ok: boolean; found: string; advice?: string }[];
}

function doctor(words: string[], env: Record<string, string> = {}, user?: number): Answer {
  return spawnSync(process.execPath, [LAYERKILN, "doctor", ...words], {
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: undefined, ...env },
    ...(user !== undefined && { uid: user, gid: user }),
  });
}

const documentOf = ({ stdout }: Answer): Document => JSON.parse(stdout);

const test = suite("layerkiln doctor");

test("has a line for each ability, and the same as one document", () => {
  const { status, stdout, stderr } = doctor([]);
  assert.is(status, 0, stderr);
  assert.is(stderr, "");
  const { abilities } = documentOf(doctor(["--json"]));
  const lines = stdout.trimEnd().split("\n");
  assert.is(lines.length, abilities.length);
  for (const [index, { name, ok, found, advice }] of abilities.entries()) {
    assert.match(lines[index]!, new RegExp(`^${name} +${ok ? "ok" : "no"}  `));
    assert.ok(
      lines[index]!.endsWith(ok ? found : `${found}${advice === undefined ? "" : `; ${advice}`}`),
      lines[index]!,
    );
    assert.ok(found !== "", name);
  }
  assert.equal(
    abilities.slice(0, EVERYWHERE.length).map(({ name }) => name),
    EVERYWHERE,
  );
  assert.is(abilities[0]!.ok, true);
  assert.is(abilities[1]!.ok, "createZstdCompress" in zlib);
});

test("ends with 4 where something that is required is not there, and with 2 where nobody knows it", () => {
  assert.is(doctor(["--require", "convert"]).status, 0);
  const unknown = doctor(["--require", "convert", "--require", "flying"]);
  assert.is(unknown.status, 2);
  assert.match(unknown.stderr, /"flying" is no ability/);
  assert.is(unknown.stdout, "");
});

test("says of a machine without a platform what comes with Node", async () => {
  const abilities = await abilitiesOf(undefined);
  assert.equal(
    abilities.map(({ name }) => name),
    EVERYWHERE,
  );
});

if (process.platform === "linux") {
  test("says what this Linux has, and changes nothing of it", () => {
    const seen = () => ["/proc/self/mountinfo", "/proc/filesystems"].map((path) => read(path));
    const before = seen();
    const { abilities } = documentOf(doctor(["--json"]));
    assert.equal(seen(), before);
    const has = (name: string): boolean => abilities.find((each) => each.name === name)!.ok;
    if (/\toverlay$/m.test(read("/proc/filesystems"))) assert.ok(has("overlay"));
    if (process.getuid!() !== 0) assert.not.ok(has("mount-rights"));
  });

  test("says what to do about what is not there", () => {
    const withoutPrograms = doctor(["--require", "fuse-overlayfs"], { PATH: scratchFolder() });
    assert.is(withoutPrograms.status, 4);
    assert.match(withoutPrograms.stdout, /^fuse-overlayfs +no {2}the program is not installed, .*; apt-get install/m);
    assert.match(withoutPrograms.stderr, /^layerkiln: fuse-overlayfs: the program is not installed/);
  });

  if (process.getuid!() !== 0) test.skip("tells who may mount from who may not: needs root, to be nobody");
  else {
    test("tells who may mount from who may not", () => {
      assert.match(doctor([]).stdout, /^mount-rights +(ok|no) {2}user 0, with/m);
      const { stdout } = doctor(["--json"], {}, 65534);
      assert.match(stdout, "user 65534, without CAP_SYS_ADMIN");
      assert.is(documentOf({ status: 0, stdout, stderr: "" }).abilities.find(({ name }) => name === "loop")!.ok, false);
    });
  }
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}

test.run();
