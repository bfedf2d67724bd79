/** Container images are found and opened in a browser as on Node, word for word. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { listContainerImages, type OpenContainerImageOptions, openContainerImage } from "../../src/index.ts";
import { asArchive, Blobs, layerOf } from "../fixtures/container-image.ts";
import { dockerFiles } from "../fixtures/one-image.ts";
import { noise } from "../fixtures/random.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";
import { bytesOfSource } from "../fixtures/source-bytes.ts";
import { present } from "../oracles/oracle.ts";
import { skopeo } from "../oracles/skopeo.ts";
import { umoci } from "../oracles/umoci.ts";
import { inChromium } from "./chromium.ts";
import { said } from "./said.ts";
import { bundled, call } from "./sites.ts";
import type { Visit } from "./visit.ts";

const reading = suite("browser: container images");
const test = inChromium(reading);
const PAGE = "reading.ts";

const layers = [layerOf("bottom"), layerOf("middle"), layerOf("top")];

type Asked = readonly [what: string, path: string, options?: OpenContainerImageOptions];

/** A tar of a folder's files. */
function archiveOf(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return asArchive(new Map(files.map((name) => [name, readFileSync(join(folder, name))])));
}

/** Archives, and what is asked for in them. */
function archives(): Asked[] {
  const blobs = new Blobs();
  const amd = blobs.image(layers, { architecture: "amd64" });
  const arm = blobs.image(layers.slice(1), { architecture: "arm64" });
  const index = blobs.index([
    { ...amd, platform: { os: "linux", architecture: "amd64" } },
    { ...arm, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
  ]);
  const named = { ...index, annotations: { "org.opencontainers.image.ref.name": "several" } };
  const several = asArchive(blobs.layout([named]));
  const wrong = new Blobs();
  const layout = wrong.layout([wrong.image(layers)]);
  const first = [...layout.keys()].find(
    (name) => name.startsWith("blobs/") && Buffer.from(layout.get(name)!).includes('"rootfs"'),
  )!;
  layout.set(first, Buffer.from(String(Buffer.from(layout.get(first)!)).replace("linux", "Linux")));
  const whole = asArchive(new Map(blobs.layout([amd])));
  return [
    ["an index of two platforms", several, { platform: "linux/amd64" }],
    ["the other of them", several, { platform: "linux/arm64" }],
    ["one that is not there", several, { platform: "windows/amd64" }],
    ["by a name that is not there", several, { reference: "other", platform: "linux/amd64" }],
    ["the example", archiveOf(inRepository("examples/image"))],
    ["what docker saves", asArchive(dockerFiles({ layers })), { platform: "linux/amd64" }],
    ["a document that is not its digest", asArchive(layout)],
    ["an archive that is compressed", scratchFile("image.tar.gz", gzipSync(readFileSync(whole)))],
    ["an archive that is cut off", scratchFile("cut.tar", readFileSync(whole).subarray(0, 3000))],
    ["no archive", scratchFile("noise", noise(5000))],
    ["an empty file", scratchFile("empty", new Uint8Array())],
    ["a layer", scratchFile("layer.tar", layers[0]!)],
  ];
}

async function assertSame(visit: Visit, asked: readonly Asked[]): Promise<void> {
  const served = Object.fromEntries(asked.map(([, path], index) => [`/${index}`, readFileSync(path)]));
  const page = await visit.open(await bundled(PAGE, served));
  for (const [index, [what, path, options]] of asked.entries()) {
    const named = (text: string) => text.replaceAll(path, "archive"); // its own name is not on the way
    const listed = named(await said(() => listContainerImages(path)));
    assert.is(await call(page, "images", `/${index}`), listed, what);
    const opened = await said(async () => {
      const { layers, ...image } = await openContainerImage(path, options);
      const read = layers.map(async ({ source, ...layer }) => {
        const bytes = createHash("sha256")
          .update(await bytesOfSource(source))
          .digest();
        return { ...layer, bytes: Uint8Array.from(bytes) };
      });
      return { ...image, layers: await Promise.all(read) };
    });
    assert.is(await call(page, "containerImage", `/${index}`, options), named(opened), what);
  }
}

test("container images are found and opened as on Node, with their layers where they stand", (visit) =>
  assertSame(visit, archives()));

if (present(umoci, reading) && present(skopeo, reading)) {
  test("so are those that umoci made and skopeo copied", (visit) => {
    const layout = umoci.make("made", ["mkdir etc; echo a >etc/a", "rm etc/a; head -c 1000000 /dev/urandom >large"]);
    const [oci, docker] = [scratchPath("oci.tar"), scratchPath("docker.tar")];
    skopeo.copy(`oci:${layout}:made`, `oci-archive:${oci}:copy`);
    skopeo.copy(`oci:${layout}:made`, `docker-archive:${docker}:docker.io/library/copy:1`);
    return assertSame(visit, [
      ["an OCI archive", oci],
      ["a docker-archive", docker],
    ]);
  });
}

reading.run();
