/** `layerkiln rootfs`, run as people run it: what it prints, and which container image it takes. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openImage } from "../../src/index.ts";
import { asArchive, asFolder, Blobs, layerOf, THIS_ARCHITECTURE } from "../fixtures/container-image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { layoutFiles } from "../fixtures/one-image.ts";
import { callLayerkiln, runLayerkiln } from "../fixtures/program.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { layerkiln } from "../oracles/layerkiln.ts";

const EXAMPLE = inRepository("examples/image");

/** The names in the root of the filesystem that is made of the container image at `path`. */
async function namesIn(path: string, words: string[] = []): Promise<string[]> {
  const output = scratchPath("rootfs.ext4");
  callLayerkiln(["rootfs", path, "-o", output, ...words]);
  const image = await openImage(output);
  const names = [...image.list("/")].map(({ name }) => name).filter((name) => name !== "lost+found");
  image.close();
  return names.sort();
}

const command = suite("layerkiln rootfs");

command("tells size, entries and layers on standard output", () => {
  const output = scratchPath("rootfs.ext4");
  const { status, stdout, stderr } = runLayerkiln(["rootfs", EXAMPLE, "-o", output]);
  assert.is(status, 0, stderr);
  const { size } = statSync(output);
  assert.is(stdout, `${output}: ${size} bytes (${size / 1024} KiB), 25 entries of 3 layers\n`);
  assert.is(stderr, "");
  assert.is(runLayerkiln(["rootfs", EXAMPLE, "-o", output, "--quiet"]).stdout, "");
});

command("says all of it as JSON, with the root hash that verity verifies", () => {
  const output = scratchPath("rootfs.ext4");
  const document = JSON.parse(callLayerkiln(["rootfs", EXAMPLE, "-o", output, "--verity", "--json"]));
  const { containerImage, rootHash, hashOffset, size, image } = document;
  assert.is(image, output);
  assert.is(size, statSync(output).size);
  assert.is(containerImage.digest, "sha256:b4c4cd1974600f55311adef0e47106e8ad1aee23489fc5c3c2a611ec0b340c6b");
  assert.is(containerImage.platform, "linux/amd64");
  assert.equal(
    containerImage.layers.map(({ size }: { size: number }) => size),
    [480, 241, 189],
  );
  for (const { digest, diffId, mediaType } of containerImage.layers) {
    for (const each of [digest, diffId]) assert.match(each, /^sha256:[0-9a-f]{64}$/);
    assert.is(mediaType, "application/vnd.oci.image.layer.v1.tar+gzip");
  }
  assert.ok(hashOffset < size);
  assert.is(runLayerkiln(["verity", "verify", output, rootHash]).status, 0);
});

command("writes the configuration into a file, and nothing else changes", async () => {
  const [without, withConfig] = ["without.ext4", "with.ext4"].map(scratchPath) as [string, string];
  callLayerkiln(["rootfs", EXAMPLE, "-o", without]);
  callLayerkiln(["rootfs", EXAMPLE, "-o", withConfig, "--with-config", "/etc/run/image.json"]);
  assert.is(callLayerkiln(["diff", without, withConfig, "--list"]), "A /etc/run\nA /etc/run/image.json\n");
  const image = await openImage(withConfig);
  assert.equal(JSON.parse(Buffer.concat([...image.read("/etc/run/image.json")]).toString()), {
    User: "app",
    Env: ["PATH=/usr/local/bin:/usr/bin:/bin", "GREETING=hello"],
    Entrypoint: ["/usr/local/bin/hello"],
    WorkingDir: "/srv",
  });
  image.close();
});

command("takes this machine's platform of several, or the one that is asked for", async () => {
  const blobs = new Blobs();
  const of = (architecture: string) =>
    blobs.image([layerOf(architecture)], { architecture }, { platform: { architecture, os: "linux" } });
  const path = asArchive(blobs.layout([blobs.index(["amd64", "arm64", "s390x"].map(of))]));
  assert.equal(await namesIn(path), [THIS_ARCHITECTURE]);
  assert.equal(await namesIn(path, ["--platform", "linux/s390x"]), ["s390x"]);
});

command("takes the one of several images that is named, and asks which where none is", async () => {
  const blobs = new Blobs();
  const named = (name: string) =>
    blobs.image([layerOf(name)], {}, { annotations: { "org.opencontainers.image.ref.name": name } });
  const path = asFolder(blobs.layout(["one", "two"].map(named)));
  assert.equal(await namesIn(path, ["--reference", "two"]), ["two"]);
  const { status, stderr } = runLayerkiln(["rootfs", path, "-o", scratchPath("rootfs.ext4")]);
  assert.is(status, 1);
  assert.match(stderr, /one.*two/);
});

command("takes no layers of Windows", () => {
  const blobs = new Blobs();
  const path = asFolder(blobs.layout([blobs.image([layerOf("Files/a")], { os: "windows" })]));
  const { status, stderr } = runLayerkiln(["rootfs", path, "-o", scratchPath("rootfs.ext4")]);
  assert.is(status, 4);
  assert.match(stderr, `${path}: its layers are of Windows`);
});

command("is as large as its files, or has the room that is asked for", () => {
  const path = asFolder(layoutFiles({ layers: [layerTar([entry("file", "f")])] }));
  const free = (words: string[]): number => {
    const output = scratchPath("rootfs.ext4");
    callLayerkiln(["rootfs", path, "-o", output, ...words]);
    const { filesystem } = JSON.parse(callLayerkiln(["inspect", output, "--json"]));
    return filesystem.freeBlocks * filesystem.blockSize;
  };
  assert.ok(free([]) < 65_536);
  assert.ok(free(["--free", "8M"]) >= 8 * 2 ** 20);
  assert.ok(free(["--size", "32M", "--journal"]) > 16 * 2 ** 20);
});

command("is completed in a shell, as wsl is", () => {
  const propose = (line: string): string[] => {
    const words = [layerkiln, "complete", "--", ...line.trim().split(" ")];
    const { stdout } = spawnSync(process.execPath, words, {
      encoding: "utf8",
      env: { ...process.env, COMP_LINE: line },
    });
    return stdout.split("\n");
  };
  assert.ok(propose("layerkiln root").includes("rootfs"));
  assert.ok(propose("layerkiln rootfs --with").includes("--with-config"));
  assert.ok(propose("layerkiln wsl --pl").includes("--platform"));
});

command.run();
