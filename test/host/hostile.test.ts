import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { convert, ErrorCode, ImageError } from "../../src/index.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { imageOf } from "../fixtures/some-layer.ts";
import { archive, header, member, pax, sparseMember } from "../fixtures/tar-builder.ts";

const MIB = 2 ** 20;

const hostile = suite("convert: hostile layers");

/** A few bytes that claim to be many. */
const CLAIMS: [what: string, tar: Uint8Array][] = [
  ["a file of 2^62 bytes", header({ name: "f", size: 2 ** 62 })],
  ["a sparse file of 2^50 bytes", archive([sparseMember("PAX 1.0", { name: "f" }, { size: 2 ** 50, pieces: [] })])],
  [
    "a sparse file with a map of 2^50 places",
    archive([
      pax([
        ["GNU.sparse.major", "1"],
        ["GNU.sparse.minor", "0"],
        ["GNU.sparse.realsize", "5"],
      ]),
      member({ name: "f" }, `${2 ** 50}\n`.padEnd(2 * MIB, "0\n")),
    ]),
  ],
  [
    "an extended header of 2^40 bytes",
    Buffer.concat([header({ name: "x", type: "x", size: 2 ** 40 }), new Uint8Array(MIB)]),
  ],
  [
    "a long name of 2^40 bytes",
    Buffer.concat([header({ name: "L", type: "L", size: 2 ** 40 }), Buffer.alloc(3 * MIB, "n")]),
  ],
  [
    "an old sparse map without an end",
    Buffer.concat([header({ name: "s", type: "S", magic: "gnu", raw: [[482, "1"]] }), Buffer.alloc(3 * MIB, "1")]),
  ],
];

for (const [what, bomb] of CLAIMS) {
  hostile(`${what} costs neither time nor room, and leaves nothing`, async () => {
    const folder = scratchFolder();
    const start = performance.now();
    const error = await convert(bomb, join(folder, "image")).catch((reason) => reason);
    assert.instance(error, ImageError);
    assert.is.not(error.code, ErrorCode.Internal);
    assert.ok(performance.now() - start < 2000);
    assert.equal(readdirSync(folder), []);
  });
}

hostile("a layer that names places outside of it writes to none of them", async () => {
  const outside = scratchFolder();
  const names = ["../escaped-1", "/escaped-2", `${outside}/escaped-3`, `../../../../../../${outside}/escaped-4`];
  const members = names.map((name) => pax([["path", name]])).flatMap((long) => [long, member({ name: "f" }, "x")]);
  const folder = scratchFolder();
  await convert(archive(members), join(folder, "image"));
  const throughLink = archive([
    header({ name: "link", type: "2", link: outside }),
    member({ name: "link/escaped" }, "x"),
  ]);
  await rejects(convert(throughLink, join(folder, "other"), { profile: "hcsshim" }), ErrorCode.NotFound);
  await convert(throughLink, join(folder, "other")); // where the image itself has that place
  assert.equal(readdirSync(outside), []);
  assert.equal(readdirSync(folder), ["image", "other"]);
  assert.not.ok(existsSync("/escaped-2"));
});

hostile("a path of 20,000 folders costs seconds at most", async () => {
  const start = performance.now();
  await imageOf(layerTar([entry("file", `${"d/".repeat(20_000)}f`)]));
  assert.ok(performance.now() - start < 5000, `${Math.round(performance.now() - start)} ms`);
});

hostile("a name longer than any buffer is refused by its length", async () => {
  const error = await rejects(imageOf(layerTar([entry("file", "n".repeat(900_000))])), ErrorCode.OutOfRange);
  assert.match(error.message, "900000");
  assert.ok(error.message.length < 1000);
});

hostile.run();
