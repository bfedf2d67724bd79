/** `layerkiln stack`, run as people run it. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asArchive, asFolder, Blobs, digestOf } from "./fixtures/container-image.ts";
import { entry, type LayerEntry, layerTar } from "./fixtures/layer.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { type Answer, run } from "./oracles/oracle.ts";

const { bin } = JSON.parse(readFileSync(inRepository("package.json"), "utf8"));
const stack = (...words: string[]): Answer => run(process.execPath, [inRepository(bin.layerkiln), "stack", ...words]);

const file = (path: string, size: number): LayerEntry => entry("file", path, { data: Buffer.alloc(size, "x") });

const TARS = [
  layerTar([file("etc/motd", 100), file("usr/lib/a", 3000), file("cache/x", 500)]),
  layerTar([file("usr/lib/a", 200), entry("file", ".wh.cache")]),
];
const HISTORY = [
  { created_by: "/bin/sh -c #(nop) ADD file:0 in / " },
  { created_by: "/bin/sh -c #(nop) ENV A=1", empty_layer: true },
  { created_by: "RUN make\u001b[31m   install" },
];
const blobs = new Blobs();
const image = blobs.image(TARS, { history: HISTORY });
const layout = blobs.layout([image]);
const layers: { digest: string; size: number }[] = JSON.parse(
  Buffer.from(blobs.all.get(image.digest)!).toString(),
).layers;
const short = (index: number): string => layers[index]!.digest.slice(7, 19);

const cli = suite("layerkiln stack");

cli("tells what the layers of an image add, and what of it is never seen", () => {
  for (const path of [asFolder(layout), asArchive(layout)]) {
    const { status, stdout, stderr } = stack(path);
    assert.equal([status, stderr], [0, ""]);
    assert.equal(stdout.split("\n"), [
      "layer                 size  files  visible  shadowed  whiteouted  created by",
      `    1  ${short(0)}  ${layers[0]!.size} B      3    100 B   2.9 KiB       500 B  ADD file:0 in /`,
      `    2  ${short(1)}  ${layers[1]!.size} B      1    200 B         -           -  RUN make\\u{1b}[31m install`,
      "",
      "7.8 % of 3.7 KiB are visible; 3.4 KiB are carried along unseen.",
      "",
      "2.9 KiB  shadowed    1 file  usr/lib/a",
      "  500 B  whiteouted  1 file  cache/x",
      "",
    ]);
  }
});

cli("--json says it for programs", () => {
  const { status, stdout } = stack(asFolder(layout), "--json", "--paths", "1");
  assert.is(status, 0);
  const { image: path, layers: told, wasted, ...whole } = JSON.parse(stdout);
  assert.type(path, "string");
  assert.equal(whole, {
    digest: image.digest,
    platform: `linux/${whole.platform.slice(6)}`,
    bytes: 3800,
    visible: 300,
    efficiency: 300 / 3800,
    lostLinks: 0,
  });
  assert.equal(wasted, [{ path: "usr/lib/a", isDirectory: false, files: 1, shadowed: 3000, whiteouted: 0 }]);
  assert.equal(told[1], {
    digest: layers[1]!.digest,
    diffId: digestOf(TARS[1]!),
    size: layers[1]!.size,
    diffSize: TARS[1]!.length,
    compression: "gzip",
    createdBy: HISTORY[2]!.created_by,
    ...{ files: 1, bytes: 200, visible: 200, shadowed: 0, whiteouted: 0, replaced: 0 },
  });
});

cli("layers may be given instead, compressed or not", () => {
  const paths = [scratchFile("base.tar.gz", gzipSync(TARS[0]!)), scratchFile("app.tar", TARS[1]!)];
  const { layers: told } = JSON.parse(stack(...paths, "--json").stdout);
  assert.equal(
    told.map(({ path, shadowed, compression }: Record<string, unknown>) => ({ path, shadowed, compression })),
    [
      { path: paths[0], shadowed: 3000, compression: "gzip" },
      { path: paths[1], shadowed: 0, compression: "none" },
    ],
  );
});

cli("one file that is no container image is a layer", () => {
  const { status, stdout } = stack(scratchFile("base.tar", TARS[0]!));
  assert.is(status, 0);
  assert.match(stdout, "All of 3.5 KiB are visible.");
});

const REFUSED: [why: string, words: string[], status: number, said: RegExp][] = [
  ["a layer that breaks off", [scratchFile("broken.tar", TARS[0]!.slice(0, 600))], 1, /tar: .*ends/],
  [
    "which of two breaks off",
    [scratchFile("a.tar", TARS[0]!), scratchFile("b.tar", TARS[0]!.slice(0, 600))],
    1,
    /b\.tar: tar: /,
  ],
  [
    "an archive of images that is compressed as a whole",
    [scratchFile("image.tar.gz", gzipSync(readFileSync(asArchive(layout))))],
    4,
    /compressed/,
  ],
  ["what is not there", ["nowhere.tar"], 1, /nowhere\.tar/],
  [
    "what is not there, beside what is",
    [scratchFile("there.tar", TARS[0]!), "/nowhere.tar"],
    1,
    /^layerkiln: \/nowhere\.tar: no such file or directory\n$/,
  ],
  ["two layers, and a platform", ["a", "b", "--platform", "linux/arm64"], 2, /choose among container images/],
  ["a pipe twice", ["-", "-"], 2, /one layer only/],
  ["nothing", [], 2, /IMAGE\|LAYER/],
];

for (const [why, words, expected, said] of REFUSED) {
  cli(`refuses ${why}`, () => {
    const { status, stdout, stderr } = stack(...words);
    assert.equal([status, stdout], [expected, ""], stderr);
    assert.match(stderr, said);
  });
}

cli("a layer whose bytes are not those of its digest is refused, with its number", () => {
  const damaged = new Blobs();
  const root = damaged.image(TARS, {});
  const [, upper] = JSON.parse(Buffer.from(damaged.all.get(root.digest)!).toString()).layers;
  const bytes = Buffer.from(damaged.all.get(upper.digest)!);
  bytes[9]! ^= 1; // of gzip's header, which says on what system it was made
  damaged.all.set(upper.digest, bytes);
  const { status, stderr } = stack(asFolder(damaged.layout([root])));
  assert.is(status, 1);
  assert.match(stderr, /layer 2 \(sha256:\w+\): digest is sha256:\w+, and should be/);
});

cli.run();
