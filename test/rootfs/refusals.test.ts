/** What is wrong with a container image is said in a sentence that names it, and nothing is left; what stood there stays. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asArchive, asFolder, digestOf, type Files } from "../fixtures/container-image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { blobPath, dockerFiles, layoutFiles, type Manifest } from "../fixtures/one-image.ts";
import { runLayerkiln } from "../fixtures/program.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";
import { archive, member } from "../fixtures/tar-builder.ts";

const file = (path: string, text = path) => entry("file", path, { data: Buffer.from(text) });
const LAYERS = [layerTar([file("a"), file("b")]), layerTar([file("c")])];
const CONTENT = { layers: LAYERS };

/** A layout whose manifest `change` has altered, and the digests in it. */
function altered(change: (manifest: Manifest) => void): string {
  return asFolder(layoutFiles(CONTENT, change));
}

/** A layout in a folder, and its manifest. */
function layout(): { folder: string; manifest: Manifest; blob: (digest: string) => string } {
  const folder = asFolder(layoutFiles(CONTENT));
  const blob = (digest: string): string => join(folder, blobPath(digest));
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
  return { folder, manifest: JSON.parse(readFileSync(blob(index.manifests[0].digest), "utf8")), blob };
}

/** A layout of which the blob of the upper layer is `changed`. @returns where it is, and the digest of that blob */
function withBlob(changed: (path: string) => void): [folder: string, digest: string] {
  const { folder, manifest, blob } = layout();
  const { digest } = manifest.layers[1]!;
  changed(blob(digest));
  return [folder, digest];
}

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[bytes.length + at]! ^= 1;
  writeFileSync(path, bytes);
}

/** An archive of `docker save` in which the upper layer is a link to `target`. */
function linkedLayer(target: string): string {
  const files: Files = dockerFiles(CONTENT);
  files.delete("1/layer.tar");
  const members = [...files].map(([name, bytes]) => member({ name }, bytes));
  return scratchFile("linked.tar", archive([...members, member({ name: "1/layer.tar", type: "2", link: target })]));
}

/** An archive with one more entry. */
const withEntry = (name: string): string =>
  scratchFile(
    "entries.tar",
    archive(
      [...dockerFiles(CONTENT), [name, Buffer.from("x")] as const].map(([path, bytes]) =>
        member({ name: path }, bytes),
      ),
    ),
  );

type Case = [why: string, make: () => [path: string, words: (string | RegExp)[], exit: number]];

const CASES: Case[] = [
  ["nothing there", () => ["/nowhere/at/all", ["/nowhere/at/all", "no such file"], 1]],
  ["an archive that is not there", () => ["nowhere.tar", [/: nowhere\.tar: no such file or directory\n/], 1]],
  ["what only a registry has", () => ["alpine:3.20", ["layerkiln pull alpine:3.20 DIR"], 1]],
  ["a pipe", () => ["-", ["where they stand"], 2]],
  ["one layer, compressed", () => [inRepository("examples/layer.tar.gz"), ["layer.tar.gz", "layerkiln ext4"], 4]],
  ["one layer", () => [scratchFile("layer.tar", LAYERS[0]!), ["layer.tar", "layerkiln ext4"], 4]],
  [
    "a layer of another digest",
    () => {
      const [folder, digest] = withBlob((path) => flipByte(path, -9)); // in the last block, which gzip's own checksum is of
      return [folder, [digest], 1];
    },
  ],
  [
    "a layer that is sound, and another than its digest says",
    () => {
      const { folder, manifest, blob } = layout();
      const [first, second] = manifest.layers as [Manifest["layers"][0], Manifest["layers"][0]];
      const stored = Buffer.from(readFileSync(blob(second.digest)));
      stored[9] = 0x7f; // a byte of the header that says nothing of the content
      writeFileSync(blob(second.digest), stored);
      assert.ok(first.digest !== second.digest);
      return [folder, [second.digest, digestOf(stored)], 1];
    },
  ],
  [
    "a layer that is not there",
    () => {
      const [folder, digest] = withBlob((path) => rmSync(path));
      return [folder, [digest], 1];
    },
  ],
  [
    "a layer that ends too soon",
    () => {
      const [folder, digest] = withBlob((path) => truncateSync(path, 40));
      return [folder, [digest, "40"], 1];
    },
  ],
  [
    "a configuration of another digest",
    () => {
      const { folder, manifest, blob } = layout();
      flipByte(blob(manifest.config.digest), -5);
      return [folder, [manifest.config.digest], 1];
    },
  ],
  [
    "another layer than the configuration lists",
    () => [altered(({ layers }) => layers.reverse()), [digestOf(LAYERS[0]!), digestOf(LAYERS[1]!)], 1],
  ],
  ["fewer layers than the configuration lists", () => [altered(({ layers }) => layers.pop()), [/\b2 diff ids\b/], 1]],
  [
    "an encrypted layer",
    () => [
      altered(({ layers }) => {
        layers[0]!.mediaType += "+encrypted";
      }),
      ["encrypted"],
      4,
    ],
  ],
  ["another platform alone", () => [altered(() => {}), [/linux\/s390x.*there/], 1]],
  ["a layer behind a link out of the archive", () => [linkedLayer("../../etc/passwd"), ["1/layer.tar"], 1]],
  ["a layer behind an absolute link", () => [linkedLayer("/etc/passwd"), ["1/layer.tar"], 1]],
  ["a layer behind a link to itself", () => [linkedLayer("layer.tar"), ["1/layer.tar"], 1]],
  ["an entry out of the archive", () => [withEntry("../evil"), ["../evil"], 1]],
  [
    "a layer that asks for what cannot be",
    () => {
      const layers = [...LAYERS, layerTar([file("d"), file("d/below")])];
      return [asFolder(layoutFiles({ layers })), ["layer 3", "d"], 1];
    },
  ],
  [
    "no room",
    () => [
      asFolder(layoutFiles({ layers: [layerTar([file("big", "x".repeat(2 ** 21))])] })),
      ["layer 1", "1048576"],
      1,
    ],
  ],
];

/** What some of the cases need besides. */
const WORDS: Record<string, string[]> = {
  "another platform alone": ["--platform", "linux/s390x"],
  "no room": ["--size", "1M"],
};

const refusals = suite("rootfs: refusals");

for (const [why, make] of CASES) {
  refusals(why, () => {
    const [path, words, exit] = make();
    for (const before of [undefined, "precious"]) {
      const output = scratchPath("rootfs.ext4");
      if (before !== undefined) writeFileSync(output, before);
      const { status, stdout, stderr } = runLayerkiln(["rootfs", path, "-o", output, ...(WORDS[why] ?? [])]);
      assert.is(status, exit, stderr);
      assert.is(stdout, "");
      assert.match(stderr, /^layerkiln: .+\n(See: layerkiln rootfs --help\n)?$/);
      for (const word of words) assert.match(stderr, word);
      assert.equal(readdirSync(dirname(output)), before === undefined ? [] : ["rootfs.ext4"]);
      if (before !== undefined) assert.is(readFileSync(output, "utf8"), before);
    }
  });
}

refusals("the same layer twice is none of them", () => {
  const path = asFolder(layoutFiles({ layers: [LAYERS[0]!, LAYERS[1]!, LAYERS[0]!] }));
  const { status, stderr } = runLayerkiln(["rootfs", path, "-o", scratchPath("rootfs.ext4")]);
  assert.is(status, 0, stderr);
});

for (const [why, words] of [
  ["an owner by name", ["--owner", "root:root"]],
  ["half an owner", ["--owner", "1000"]],
  ["an owner past the greatest", ["--owner", "4294967295:0"]],
  ["two containers", ["--vhd", "--vhdx"]],
] as const) {
  refusals(`wrong usage: ${why}`, () => {
    const output = scratchPath("rootfs.ext4");
    const { status, stderr } = runLayerkiln(["rootfs", asFolder(layoutFiles(CONTENT)), "-o", output, ...words]);
    assert.is(status, 2, stderr);
    assert.equal(readdirSync(dirname(output)), []);
  });
}

refusals("a configuration takes the place of nothing that is no file", () => {
  const system = [
    entry("symlink", "bin", { target: "usr/bin" }),
    file("usr/bin/sh"),
    file("etc/conf"),
    entry("symlink", "etc/link", { target: "conf" }),
    entry("dir", "gone"),
  ];
  const layers = [layerTar(system), layerTar([file(".wh.gone"), entry("dir", "opt/app")])];
  const path = asFolder(layoutFiles({ layers }));
  const make = (to: string) => runLayerkiln(["rootfs", path, "-o", scratchPath("rootfs.ext4"), "--with-config", to]);
  for (const [to, why] of [
    ["/bin/config", /layer 1 .*"bin" is no directory here/],
    ["/etc/conf/config", /layer 1 .*"conf" is no directory here/],
    ["/etc", /layer 1 .*"etc" is a directory here/],
    ["/opt/app", /layer 2 .*"app" is a directory here/],
  ] as const) {
    const { status, stderr } = make(to);
    assert.is(status, 1);
    assert.match(stderr, why);
  }
  for (const to of ["/etc/conf", "/etc/link", "/gone", "/gone/config", "/opt/app/x/config", "/usr/bin/config"]) {
    assert.is(make(to).stderr, "");
  }
});

refusals("a configuration cannot be written out of the image, or as a whiteout", () => {
  for (const path of ["../config", "/etc/", "/etc/.wh.passwd"]) {
    const output = scratchPath("rootfs.ext4");
    const words = ["rootfs", asArchive(layoutFiles(CONTENT)), "-o", output, "--with-config", path];
    const { status, stderr } = runLayerkiln(words);
    assert.is(status, 1);
    assert.match(stderr, `${JSON.stringify(path)}: is not the path of a file`);
    assert.equal(readdirSync(dirname(output)), []);
  }
});

refusals.run();
