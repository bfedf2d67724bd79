import * as zlib from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { edgeTar } from "../fixtures/edge.ts";
import type { Options } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { rejects } from "../fixtures/rejects.ts";
import { imageOf, tar } from "../fixtures/some-layer.ts";
import { archive, header, member } from "../fixtures/tar-builder.ts";

const MIB = 2 ** 20;

const options = suite("convert: options");

options("that make no sense are InvalidArgument", async () => {
  const wrong: Options[] = [
    { profile: "ext5" as "hcsshim" },
    { whiteouts: "aufs" as "keep" },
    { maxSize: -1 },
    { maxSize: 1.5 },
    { maxSize: Number.NaN },
    { limits: { entries: -1 } },
    { limits: { bytes: Number.NaN } },
    { profile: "hcsshim", filesystem: { size: MIB } },
    { filesystem: { size: 4097 } },
    { filesystem: { size: MIB, free: MIB } },
    { filesystem: { journal: MIB, free: 8 * MIB } },
    { filesystem: { blockSize: 8192 as 4096 } },
    { filesystem: { label: "seventeen letters" } },
    { filesystem: { label: "a\0b" } },
    { filesystem: { uuid: "01234567-89ab-cdef-0123" } },
    { filesystem: { uuid: "00000000-0000-0000-0000-000000000000" } },
    { filesystem: { readOnly: true, journal: true } },
    { filesystem: { free: MIB }, inline: true },
  ];
  for (const each of wrong) await rejects(imageOf(tar, each), ErrorCode.InvalidArgument);
});

options("convertSlash makes the image that slashes would have made", async () => {
  const windows = archive([
    header({ name: "dir\\sub", type: "5", mode: 0o755 }),
    member({ name: "dir\\sub\\file" }, "x"),
    header({ name: "link", type: "2", link: "dir\\sub\\file" }),
  ]);
  const posix = archive([
    header({ name: "dir/sub", type: "5", mode: 0o755 }),
    member({ name: "dir/sub/file" }, "x"),
    header({ name: "link", type: "2", link: "dir/sub/file" }),
  ]);
  assert.ok((await imageOf(windows, { convertSlash: true })).equals(await imageOf(posix)));
  assert.not.ok((await imageOf(windows)).equals(await imageOf(posix)));
});

const LIMITED: [
  limit: string,
  layer: Uint8Array,
  tight: Options["limits"] & object,
  roomy: Options["limits"] & object,
][] = [
  ["entries", archive(["a", "b/c", "d"].map((name) => member({ name }))), { entries: 3 }, { entries: 20 }],
  ["bytes", edgeTar("v7"), { bytes: edgeTar("v7").length - 1 }, { bytes: edgeTar("v7").length }],
  ["pathLength", layerTar([entry("file", "p".repeat(200))]), { pathLength: 199 }, { pathLength: 200 }],
];

for (const [limit, layer, tight, roomy] of LIMITED) {
  options(`limits.${limit} lets pass what is within, and stops what is past it with OutOfRange`, async () => {
    await imageOf(layer, { limits: roomy });
    await rejects(imageOf(layer, { limits: tight }), ErrorCode.OutOfRange);
  });
}

options("limits.ratio stops a bomb early, and lets an ordinary layer pass", async () => {
  const zeros = archive([member({ name: "zeros" }, new Uint8Array(64 * MIB))]);
  const bomb = zlib.gzipSync(zeros);
  await rejects(imageOf(bomb, { limits: { ratio: 100 } }), ErrorCode.OutOfRange);
  await imageOf(bomb, { limits: { ratio: 2000 } });
  await imageOf(zlib.gzipSync(tar), { limits: { ratio: 100 } });
});

options.run();
