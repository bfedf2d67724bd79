/** `layerkiln images`, run as people run it. */
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asArchive, asFolder, Blobs, configOf, digestOf, layerOf, toJson } from "./fixtures/container-image.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile, scratchPath } from "./fixtures/scratch.ts";
import { type Answer, run } from "./oracles/oracle.ts";

const { bin } = JSON.parse(readFileSync(inRepository("package.json"), "utf8"));
const images = (...words: string[]): Answer => run(process.execPath, [inRepository(bin.layerkiln), "images", ...words]);

const cli = suite("layerkiln images");

const blobs = new Blobs();
const layers = [layerOf("one"), layerOf("two")];
const platform = { os: "linux", architecture: "arm64", variant: "v8" };
const image = blobs.image(layers, { os: "linux", architecture: "arm64" }, { platform });
const attestation = blobs.image(
  [layerOf("x")],
  {},
  { annotations: { "vnd.docker.reference.type": "attestation-manifest" } },
);
const absent = { ...image, digest: digestOf(Buffer.from("absent")), platform: { os: "linux", architecture: "s390x" } };
const name = { annotations: { "org.opencontainers.image.ref.name": "many" } };
const layout = blobs.layout([{ ...blobs.index([image, attestation, absent]), ...name }]);
const [lower, upper] = JSON.parse(Buffer.from(blobs.all.get(image.digest)!).toString()).layers;

cli("lists what is there, in a directory and in an archive", () => {
  const gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
  for (const path of [asFolder(layout), asArchive(layout)]) {
    const { status, stdout, stderr } = images(path);
    assert.equal([status, stderr], [0, ""]);
    assert.equal(stdout.split("\n"), [
      `many: linux/arm64/v8, 2 layers of ${lower.size + upper.size} B`,
      `  ${image.digest}`,
      `    ${lower.digest} ${lower.size} B ${gzip}`,
      `    ${upper.digest} ${upper.size} B ${gzip}`,
      "many: no image, an artifact",
      `  ${attestation.digest}`,
      "many: linux/s390x",
      `  ${absent.digest}`,
      `  cannot be opened: blob ${absent.digest}: is not in ${path}`,
      "",
    ]);
  }
});

cli("--json says it for programs", () => {
  const { status, stdout } = images(asFolder(layout), "--json");
  assert.is(status, 0);
  const [first, second, third] = JSON.parse(stdout);
  const diffIds = layers.map((layer) => digestOf(layer));
  assert.equal(first, {
    names: ["many"],
    digest: image.digest,
    mediaType: image.mediaType,
    kind: "image",
    platform,
    layers: [lower, upper].map(({ mediaType, digest, size }, i) => ({ mediaType, digest, diffId: diffIds[i], size })),
  });
  assert.is(second.kind, "artifact");
  assert.match(third.unavailable, absent.digest);
});

cli("of a docker-archive it lists names, and diff ids where no digest names a layer", () => {
  const packed = new Map([
    ["c.json", toJson(configOf([layers[0]!]))],
    ["l.tar.gz", Buffer.from("\x1f\x8b no gzip", "latin1")],
  ]);
  packed.set("manifest.json", toJson([{ Config: "c.json", RepoTags: ["a:1", "b:2"], Layers: ["l.tar.gz"] }]));
  const { stdout } = images(asArchive(packed));
  assert.match(stdout, /^a:1, b:2: linux\/\w+, 1 layer of 10 B\n/);
  assert.match(stdout, `    diff id ${digestOf(layers[0]!)} 10 B application/vnd.docker.image.rootfs.diff.tar.gzip\n`);
});

cli("a name cannot feign another line, nor be obeyed by a terminal", () => {
  const name = "app\n  sha256:feigned\u001b[2J\u009b2J\u202e";
  const listed = { ...image, annotations: { "org.opencontainers.image.ref.name": name } };
  const { stdout } = images(asFolder(blobs.layout([listed])));
  assert.is(
    stdout.split("\n")[0],
    "app\\u{a}  sha256:feigned\\u{1b}[2J\\u{9b}2J\\u{202e}: linux/arm64/v8, 2 layers of " +
      `${lower.size + upper.size} B`,
  );
});

cli("says what is wrong, and ends with the code for it", () => {
  const missing = images(scratchPath("nothing"));
  assert.is(missing.status, 1);
  assert.match(missing.stderr, /^layerkiln: .*nothing: no such file or directory\n$/);
  const other = images(scratchFile("x", Buffer.alloc(2048, "x")));
  assert.is(other.status, 4);
  assert.match(other.stderr, "is neither a directory nor a tar archive");
  assert.is(images().status, 2);
});

cli.run();
