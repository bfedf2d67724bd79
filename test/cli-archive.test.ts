/** `layerkiln export` and `layerkiln diff`, run as people run them. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffTar, exportTar } from "./fixtures/archive.ts";
import { makeImage } from "./fixtures/image.ts";
import { entry, layerTar } from "./fixtures/layer.ts";
import { needing } from "./fixtures/needing.ts";
import { noise } from "./fixtures/random.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile, scratchPath } from "./fixtures/scratch.ts";
import { type Answer, missing, type Oracle, present, run } from "./oracles/oracle.ts";

const LAYERKILN = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin.layerkiln);

/** Output is one character a byte. */
function layerkiln(...words: string[]): Answer {
  return spawnSync(process.execPath, [LAYERKILN, ...words], { encoding: "latin1", maxBuffer: 1 << 28 });
}

const file = (path: string, size: number) => entry("file", path, { data: noise(size) });
const lower = (await makeImage(layerTar([file("a", 3_000_000), file("b", 10), entry("dir", "d/"), file("d/x", 5)])))
  .image;
const upper = (await makeImage(layerTar([file("a", 3_000_000), file("b", 11), entry("dir", "d/"), file("d/\xff", 5)])))
  .image;
const LOWER = scratchFile("lower.ext4", lower);
const UPPER = scratchFile("upper.ext4", upper);

const exporting = suite("layerkiln export");

exporting("writes the tar to a file, and tells its size and entries", async () => {
  const path = scratchPath("out.tar");
  const { status, stdout, stderr } = layerkiln("export", LOWER, "-o", path);
  const { tar, result } = await exportTar(lower);
  assert.is(status, 0, stderr);
  assert.ok(readFileSync(path).equals(tar));
  assert.is(stdout, `${path}: ${tar.length} bytes (2.9 MiB), ${result.entries} entries\n`);
  assert.is(layerkiln("export", LOWER, "-o", path, "--quiet").stdout, "");
});

exporting("writes it to a pipe, where nothing else is printed", async () => {
  const { tar } = await exportTar(lower);
  for (const words of [[], ["-o", "-"]]) {
    const { status, stdout, stderr } = layerkiln("export", LOWER, ...words);
    assert.is(status, 0, stderr);
    assert.ok(Buffer.from(stdout, "latin1").equals(tar));
    assert.is(stderr, "");
  }
});

needing("a shell and the programs of Unix", exporting)("writes it to standard output that is a file", async () => {
  const path = scratchPath("out.tar");
  const { status } = run("sh", ["-c", `"${process.execPath}" "${LAYERKILN}" export "${LOWER}" > "${path}"`]);
  assert.is(status, 0);
  assert.ok(readFileSync(path).equals((await exportTar(lower)).tar));
});

needing("a shell and the programs of Unix", exporting)("ends where its reader does", () => {
  const { status, stdout, stderr } = run("sh", [
    "-c",
    `("${process.execPath}" "${LAYERKILN}" export "${LOWER}"; echo $? >&2) | head -c 5`,
  ]);
  assert.is(status, 0);
  assert.is(stdout.length, 5);
  assert.match(stderr, /its reader has gone\n1\n/);
});

exporting("exports a directory, and says what is not one", async () => {
  const { stdout } = layerkiln("export", LOWER, "--path", "/d");
  assert.ok(Buffer.from(stdout, "latin1").equals((await exportTar(lower, { path: "d" })).tar));
  const { status, stderr } = layerkiln("export", LOWER, "--path", "a");
  assert.is(status, 1);
  assert.is(stderr, "layerkiln: a: is no directory\n");
});

exporting("hints at whiteouts that it kept", async () => {
  const { image } = await makeImage(layerTar([entry("file", ".wh.x"), entry("file", ".wh.y")]), {
    whiteouts: "overlay",
  });
  const path = scratchFile("image", image);
  assert.match(
    layerkiln("export", path).stderr,
    "hint: 2 whiteouts of overlayfs were kept as they are; --whiteouts oci",
  );
  const { stdout, stderr } = layerkiln("export", path, "--whiteouts", "oci");
  assert.is(stderr, "");
  assert.match(stdout, ".wh.y");
});

exporting("prints JSON with the digest, and not where the tar goes", async () => {
  const path = scratchPath("out.tar");
  const { stdout } = layerkiln("export", LOWER, "-o", path, "--json");
  assert.equal(JSON.parse(stdout), { archive: path, ...(await exportTar(lower)).result });
  const { status, stderr } = layerkiln("export", LOWER, "--json");
  assert.is(status, 1);
  assert.match(stderr, "standard output: cannot hold a tar and a report");
});

exporting("says what is no image, and leaves nothing", () => {
  const path = scratchPath("out.tar");
  const { status, stderr } = layerkiln("export", scratchFile("x", noise(5000)), "-o", path);
  assert.is(status, 4);
  assert.match(stderr, /^layerkiln: image: /);
  assert.not(existsSync(path));
});

const script: Oracle = { name: "script", missing: missing("script", "bsdutils") };
if (present(script, exporting)) {
  exporting("does not write a tar to a terminal", () => {
    const { stdout } = run("script", ["-qec", `"${process.execPath}" "${LAYERKILN}" export "${LOWER}"`, "/dev/null"]);
    assert.match(stdout, "standard output: is a terminal; name a file with -o");
  });
}

exporting.run();

const comparing = suite("layerkiln diff");

comparing("writes the layer to a file or a pipe", async () => {
  const path = scratchPath("layer.tar");
  const { tar } = await diffTar(lower, upper);
  const { status, stdout } = layerkiln("diff", LOWER, UPPER, "-o", path);
  assert.is(status, 0);
  assert.ok(readFileSync(path).equals(tar));
  assert.is(stdout, `${path}: ${tar.length} bytes (8.5 KiB), 1 added, 1 changed, 1 deleted\n`);
  assert.ok(Buffer.from(layerkiln("diff", LOWER, UPPER).stdout, "latin1").equals(tar));
});

comparing("lists what changed, a path a line", () => {
  const { status, stdout } = layerkiln("diff", LOWER, UPPER, "--list");
  assert.is(status, 0);
  assert.is(stdout, "C /b\nD /d/x\nA /d/\xff\n");
  assert.is(layerkiln("diff", LOWER, LOWER, "--list").stdout, "");
});

comparing("says by its exit code whether anything did, if it is asked", () => {
  assert.equal(layerkiln("diff", LOWER, UPPER, "--check").status, 3);
  assert.equal(layerkiln("diff", LOWER, UPPER, "--check").stdout, "");
  assert.equal(layerkiln("diff", LOWER, LOWER, "--check").status, 0);
  const listed = layerkiln("diff", LOWER, UPPER, "--check", "--list");
  assert.equal([listed.status, listed.stdout], [3, "C /b\nD /d/x\nA /d/\xff\n"]);
  const path = scratchPath("layer.tar");
  assert.is(layerkiln("diff", LOWER, UPPER, "--check", "-o", path).status, 3);
  assert.ok(existsSync(path));
});

comparing("prints JSON, with changes and the layer where they are asked for", async () => {
  const counts = { added: 1, changed: 1, deleted: 1 };
  assert.equal(JSON.parse(layerkiln("diff", LOWER, UPPER, "--json").stdout), counts);
  const path = scratchPath("layer.tar");
  const { layer } = (await diffTar(lower, upper)).result;
  const changes = [
    { kind: "changed", path: "/b" },
    { kind: "deleted", path: "/d/x" },
    { kind: "added", path: "/d/\ufffd", pathHex: "2f642fff" },
  ];
  const document = JSON.parse(
    Buffer.from(layerkiln("diff", LOWER, UPPER, "--json", "--list", "-o", path).stdout, "latin1").toString(),
  );
  assert.equal(document, { ...counts, layer: { archive: path, ...layer }, changes });
});

comparing("says which image is not there", () => {
  const { status, stderr } = layerkiln("diff", LOWER, "/no/such/image", "--list");
  assert.is(status, 1);
  assert.is(stderr, "layerkiln: /no/such/image: no such file or directory\n");
});

comparing.run();
