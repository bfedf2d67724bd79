/** What is wrong with an image is said, with the name of what is wrong. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, listContainerImages, type OpenContainerImageOptions, openContainerImage } from "../../src/index.ts";
import {
  archiveFile,
  asArchive,
  asFolder,
  Blobs,
  CONFIG,
  configOf,
  type Described,
  DOCKER,
  digestOf,
  type Files,
  INDEX,
  type Json,
  LAYER,
  layerOf,
  link,
  MANIFEST,
  OCI,
  toJson,
} from "../fixtures/container-image.ts";
import { needing } from "../fixtures/needing.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";
import { archive, base256, gnuLong, header, member, pax, paxRaw, sparseMember } from "../fixtures/tar-builder.ts";

const refusals = suite("container images: refusals");

async function refused(path: string, code: ErrorCode, ...said: (string | RegExp)[]): Promise<void> {
  const { message } = await rejects(openContainerImage(path), code);
  for (const each of said) assert.match(message, each);
}

const layer = layerOf("layer");
const diffId = digestOf(layer);
const blobs = new Blobs();
const root = blobs.image([layer]);
const layout = blobs.layout([root]);
const placeOf = ({ digest }: { digest: string }) => `blobs/${digest.replace(":", "/")}`;

/** A layout of one image whose documents are changed before they get their digests. */
interface Change {
  config?: Json;
  layer?: Json;
  configDescriptor?: Json;
  manifest?: Json;
  descriptor?: Json;
  index?: Json;
}

function changed({
  config = {},
  layer: layerMore = {},
  configDescriptor = {},
  manifest = {},
  descriptor = {},
  index = {},
}: Change): Files {
  const made = new Blobs();
  const kept = made.keep(`${LAYER}+gzip`, gzipSync(layer), layerMore);
  const described = made.keepJson(CONFIG, configOf([layer], config), configDescriptor);
  const value = { schemaVersion: 2, mediaType: MANIFEST, config: described, layers: [kept], ...manifest };
  const listed = made.keepJson(MANIFEST, value, descriptor);
  const files = made.layout([listed]);
  files.set("index.json", toJson({ schemaVersion: 2, manifests: [listed], ...index }));
  return files;
}

const { Corrupt, NotFound, Unsupported, OutOfRange, InvalidArgument } = ErrorCode;
const OTHER = digestOf(Buffer.from("other"));

const DOCUMENTS: [what: string, change: Change, code: ErrorCode, said: RegExp][] = [
  [
    "an index without manifests that are an array",
    { index: { manifests: {} } },
    Corrupt,
    /index\.json: manifests is an object, and should be an array/,
  ],
  [
    "an index that lists a number",
    { index: { manifests: [7] } },
    Corrupt,
    /manifests\[0\] is 7, and should be an object/,
  ],
  ["an index without a version", { index: { schemaVersion: undefined } }, Corrupt, /schemaVersion is not there/],
  ["an index that calls itself a manifest", { index: { mediaType: MANIFEST } }, Corrupt, /calls itself/],
  ["an index with layers", { index: { layers: [] } }, Corrupt, /listed as an index, and has layers/],
  [
    "an index of too many",
    { index: { manifests: Array.from({ length: 10_001 }, () => root) } },
    OutOfRange,
    /index\.json: manifests has 10001 items, more than 10000/,
  ],
  [
    "a descriptor without a digest",
    { descriptor: { digest: undefined } },
    Corrupt,
    /manifests\[0\]\.digest is not there/,
  ],
  ["a digest that climbs", { descriptor: { digest: "sha256:../../../etc/passwd" } }, Corrupt, /is no digest/],
  ["a digest of another length", { descriptor: { digest: "sha256:abc" } }, Corrupt, /has not 64 small hex digits/],
  [
    "a digest in capitals",
    { descriptor: { digest: root.digest.toUpperCase().replace("SHA", "sha") } },
    Corrupt,
    /64 small hex digits/,
  ],
  ["a digest that is a book", { descriptor: { digest: `${"a.".repeat(2_000_000)}a:x` } }, Corrupt, /is no digest/],
  ["a digest by another algorithm", { descriptor: { digest: "blake3:abc" } }, Unsupported, /blake3 is no algorithm/],
  ["a size that is text", { descriptor: { size: "7" } }, Corrupt, /size is "7", and should be a whole number/],
  ["a size below 0", { descriptor: { size: -1 } }, Corrupt, /size is -1/],
  ["a size that is no whole number", { descriptor: { size: 1.5 } }, Corrupt, /size is 1\.5/],
  [
    "a manifest of another size",
    { descriptor: { size: 7 } },
    Corrupt,
    /^blob sha256:\w+: has \d+ bytes, and 7 by its descriptor/,
  ],
  ["a manifest that is not there", { descriptor: { digest: OTHER } }, NotFound, new RegExp(`blob ${OTHER}: is not in`)],
  [
    "a manifest past all sizes",
    { descriptor: { size: 8 * 1024 ** 2 + 1 } },
    OutOfRange,
    /8388609 bytes by its descriptor/,
  ],
  ["a manifest in its descriptor that is another", { descriptor: { data: "e30=" } }, Corrupt, /has 2 bytes/],
  ["annotations that are no text", { descriptor: { annotations: { a: 1 } } }, Corrupt, /annotations\.a is 1/],
  [
    "a platform without a system",
    { descriptor: { platform: { architecture: "arm" } } },
    Corrupt,
    /platform\.os is not there/,
  ],
  [
    "a manifest that calls itself an index",
    { manifest: { mediaType: INDEX } },
    Corrupt,
    /^manifest sha256:\w+: calls itself/,
  ],
  ["a manifest with manifests", { manifest: { manifests: [] } }, Corrupt, /listed as a manifest, and has manifests/],
  ["schema 1 by its number", { manifest: { schemaVersion: 1 } }, Unsupported, /schema 1/],
  [
    "schema 1 by its type",
    { descriptor: { mediaType: `${DOCKER}.distribution.manifest.v1+prettyjws` } },
    Unsupported,
    /schema 1/,
  ],
  ["a manifest of an unknown type", { descriptor: { mediaType: "text/plain" } }, Unsupported, /media type text\/plain/],
  [
    "a manifest without a configuration",
    { manifest: { config: undefined } },
    Corrupt,
    /config is not there, and should be an object/,
  ],
  [
    "an artifact",
    { configDescriptor: { mediaType: "application/vnd.cncf.helm.config.v1+json" } },
    Unsupported,
    /of an artifact.*helm/,
  ],
  ["too many layers", { manifest: { layers: Array.from({ length: 4097 }, () => ({})) } }, OutOfRange, /4097 layers/],
  ["a configuration that is another", { configDescriptor: { digest: OTHER } }, NotFound, new RegExp(OTHER)],
  [
    "a configuration without an architecture",
    { config: { architecture: undefined } },
    Corrupt,
    /^configuration sha256:\w+: architecture is not there/,
  ],
  ["a configuration without layers", { config: { rootfs: undefined } }, Corrupt, /rootfs is not there/],
  [
    "layers of another kind",
    { config: { rootfs: { type: "layers+base", diff_ids: [diffId] } } },
    Corrupt,
    /rootfs\.type is "layers\+base"/,
  ],
  [
    "fewer diff ids than layers",
    { config: { rootfs: { type: "layers", diff_ids: [] } } },
    Corrupt,
    /names 0 diff ids, and there are 1 layers/,
  ],
  ["a diff id that is none", { config: { rootfs: { type: "layers", diff_ids: ["x"] } } }, Corrupt, /"x" is no digest/],
  [
    "environment that is no list",
    { config: { config: { Env: "A=b" } } },
    Corrupt,
    /config\.Env is "A=b", and should be an array/,
  ],
  [
    "environment with a number in it",
    { config: { config: { Env: ["A=b", 7] } } },
    Corrupt,
    /config\.Env\[1\] is 7, and should be a string/,
  ],
  ["a user that is a number", { config: { config: { User: 0 } } }, Corrupt, /config\.User is 0/],
  [
    "volumes that are a list",
    { config: { config: { Volumes: ["/x"] } } },
    Corrupt,
    /config\.Volumes is an array, and should be an object/,
  ],
  ["history without end", { config: { history: Array(10_001).fill({}) } }, OutOfRange, /history has 10001 items/],
  [
    "labels without end",
    { config: { config: { Labels: Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [i, ""])) } } },
    OutOfRange,
    /config\.Labels has 10001 items/,
  ],
  ["history that is text", { config: { history: "x" } }, Corrupt, /history is "x"/],
  [
    "history with a step that is no object",
    { config: { history: [null] } },
    Corrupt,
    /history\[0\] is null, and should be an object/,
  ],
  [
    "a step whose mark is no mark",
    { config: { history: [{ empty_layer: 1 }] } },
    Corrupt,
    /history\[0\]\.empty_layer is 1, and should be true or false/,
  ],
  [
    "an encrypted layer",
    { layer: { mediaType: `${LAYER}+gzip+encrypted` } },
    Unsupported,
    /^layer sha256:\w+: .*it is encrypted/,
  ],
  [
    "a layer of an unknown type",
    { layer: { mediaType: "application/vnd.in-toto+json" } },
    Unsupported,
    /^layer sha256:\w+: .*no layer that is known/,
  ],
  ["a layer that is not there", { layer: { digest: OTHER } }, NotFound, new RegExp(`blob ${OTHER}: is not in`)],
  [
    "a layer of another size",
    { layer: { size: 5 } },
    Corrupt,
    /blob sha256:\w+: has \d+ bytes, and 5 by its descriptor/,
  ],
  [
    "a foreign layer that is not there",
    {
      layer: {
        digest: OTHER,
        mediaType: `${DOCKER}.image.rootfs.foreign.diff.tar.gzip`,
        urls: ["https://far.example/l"],
      },
    },
    Unsupported,
    /foreign.*https:\/\/far\.example\/l/,
  ],
  [
    "one that nobody says the place of",
    { layer: { digest: OTHER, mediaType: `${OCI}.layer.nondistributable.v1.tar` } },
    Unsupported,
    /nor is it said where/,
  ],
];

for (const [what, change, code, said] of DOCUMENTS) {
  refusals(what, async () => {
    const files = changed(change);
    await refused(asFolder(files), code, said);
    await refused(asArchive(files), code, said);
  });
}

refusals("the image that the others are made of is none of them", async () => {
  assert.is((await openContainerImage(asFolder(changed({})))).layers.length, 1);
});

/** Files of the layout as they are damaged, and the rest of it as it is. */
const FILES: [what: string, files: [name: string, bytes: Uint8Array | undefined][], code: ErrorCode, said: RegExp][] = [
  ["no index.json", [["index.json", undefined]], Corrupt, /has no index\.json/],
  ["an index.json that is no JSON", [["index.json", Buffer.from("{")]], Corrupt, /index\.json: is no JSON/],
  ["an index.json that is empty", [["index.json", Buffer.from("")]], Corrupt, /index\.json: is no JSON/],
  ["an index.json that is a list", [["index.json", toJson([])]], Corrupt, /is an array, and should be an object/],
  ["an index.json that is null", [["index.json", toJson(null)]], Corrupt, /is null, and should be an object/],
  [
    "an index.json past all sizes",
    [["index.json", Buffer.alloc(8 * 1024 ** 2 + 1, " ")]],
    OutOfRange,
    /index\.json: has 8388609 bytes/,
  ],
  [
    "a layout of another version",
    [["oci-layout", toJson({ imageLayoutVersion: "2.0.0" })]],
    Unsupported,
    /version 2\.0\.0/,
  ],
  ["a layout without a version", [["oci-layout", toJson({})]], Corrupt, /imageLayoutVersion is not there/],
  [
    "a manifest with one bit changed",
    [[placeOf(root), flipped(blobs.all.get(root.digest)!)]],
    Corrupt,
    new RegExp(`blob ${root.digest}: its bytes are sha256:`),
  ],
  [
    "neither kind of list",
    [
      ["index.json", undefined],
      ["oci-layout", undefined],
    ],
    Unsupported,
    /neither an index\.json nor a manifest\.json/,
  ],
  [
    "an archive of before docker 1.10",
    [
      ["index.json", undefined],
      ["oci-layout", undefined],
      ["repositories", toJson({})],
    ],
    Unsupported,
    /before 1\.10/,
  ],
  [
    "a manifest.json that is text",
    [
      ["index.json", undefined],
      ["oci-layout", undefined],
      ["manifest.json", toJson("x")],
    ],
    Corrupt,
    /should be an object/,
  ],
  [
    "a manifest.json that is neither",
    [
      ["index.json", undefined],
      ["oci-layout", undefined],
      ["manifest.json", toJson({})],
    ],
    Unsupported,
    /neither a manifest nor an index/,
  ],
];

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 5]! ^= 1;
  return copy;
}

for (const [what, damage, code, said] of FILES) {
  refusals(what, async () => {
    const files = new Map(layout);
    for (const [name, bytes] of damage) {
      if (bytes === undefined) files.delete(name);
      else files.set(name, bytes);
    }
    await refused(asFolder(files), code, said);
    await refused(asArchive(files), code, said);
  });
}

const config = toJson(configOf([layer]));
const saved = (image: Json, more: [string, Uint8Array][] = []): Files =>
  new Map([
    ["c.json", config],
    ["l.tar", layer],
    ...more,
    ["manifest.json", toJson([{ Config: "c.json", Layers: ["l.tar"], ...image }])],
  ]);
const bigConfig = Buffer.alloc(8 * 1024 ** 2 + 1);

const SAVED: [what: string, files: Files, code: ErrorCode, said: RegExp][] = [
  ["no images", new Map([["manifest.json", toJson([])]]), NotFound, /there is no image in it/],
  ["an image that is text", new Map([["manifest.json", toJson(["x"])]]), Corrupt, /manifest\.json: \[0\] is "x"/],
  [
    "too many images",
    new Map([["manifest.json", toJson(Array(1001).fill({}))]]),
    OutOfRange,
    /has 1001 images, more than 1000/,
  ],
  ["no name of a configuration", saved({ Config: undefined }), Corrupt, /\[0\]\.Config is not there/],
  ["a configuration that is not there", saved({ Config: "d.json" }), NotFound, /d\.json: is listed, and not there/],
  [
    "a configuration that another digest names",
    saved({ Config: `${"0".repeat(64)}.json` }, [[`${"0".repeat(64)}.json`, config]]),
    Corrupt,
    /0\.json: its bytes are sha256:/,
  ],
  ["a configuration past all sizes", saved({}, [["c.json", bigConfig]]), OutOfRange, /c\.json: has 8388609 bytes/],
  ["a configuration that climbs", saved({ Config: "../c.json" }), Corrupt, /the name "\.\.\/c\.json" has "\.\."/],
  ["a configuration from the root", saved({ Config: "/etc/passwd" }), Corrupt, /"\/etc\/passwd" begins at the root/],
  ["a name with a backslash", saved({ Config: "..\\c.json" }), Corrupt, /has a character/],
  ["a layer that is not there", saved({ Layers: ["m.tar"] }), NotFound, /m\.tar: is listed, and not there/],
  ["a layer that climbs", saved({ Layers: ["a/../../l.tar"] }), Corrupt, /has "\.\."/],
  [
    "a layer more than diff ids",
    saved({ Layers: ["l.tar", "l.tar"] }),
    Corrupt,
    /c\.json: names 1 diff ids, and there are 2 layers/,
  ],
  [
    "more layers than an image may have",
    saved({ Layers: Array(4097).fill("l.tar") }),
    OutOfRange,
    /c\.json: has 4097 layers, more than 4096/,
  ],
  ["layers that are text", saved({ Layers: "l.tar" }), Corrupt, /Layers is "l\.tar"/],
  [
    "a layer as xz",
    saved({}, [["l.tar", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0])]]),
    Unsupported,
    /l\.tar: xz/,
  ],
];

for (const [what, files, code, said] of SAVED) {
  refusals(`docker-archive: ${what}`, async () => {
    await refused(asFolder(files), code, said);
    await refused(asArchive(files), code, said);
  });
}

for (const name of [
  digestOf(config),
  `${digestOf(config).slice(7)}.json`,
  `blobs/sha256/${digestOf(config).slice(7)}`,
]) {
  const shape = name.replace(/[0-9a-f]{64}/, "HEX");
  refusals(`docker-archive: a configuration called ${shape} is held against its name`, async () => {
    const files = saved({ Config: name }, [[name, config]]);
    assert.is((await openContainerImage(asArchive(files))).digest, digestOf(config));
    await refused(asArchive(files.set(name, flipped(config))), Corrupt, /its bytes are sha256:/);
  });
}

const entries = [...layout].map(([name, bytes]) => member({ name }, bytes));
const blob = placeOf(root);
/** The layout in a tar, without the manifest, and other entries before it. */
const instead = (...parts: Uint8Array[]): Uint8Array[] => [
  ...parts,
  ...[...layout].filter(([name]) => name !== blob).map(([name, bytes]) => member({ name }, bytes)),
];
const bytes = blobs.all.get(root.digest)!;

/** Links from `c` on, each to the next with many parts behind it. */
const chainOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => link(`${"c".repeat(i + 1)}`, `${"c".repeat(i + 2)}/${"d/".repeat(30)}`));

const ARCHIVES: [what: string, parts: Uint8Array[], code: ErrorCode, said: RegExp][] = [
  ["a name that climbs", [...entries, member({ name: "../x" }, "x")], Corrupt, /the name "\.\.\/x" has "\.\."/],
  ["a name that climbs in the middle", [...entries, member({ name: "a/../../x" })], Corrupt, /has "\.\."/],
  ["a name from the root", [...entries, member({ name: "/index.json" })], Corrupt, /begins at the root/],
  ["a name of Windows", [...entries, member({ name: "blobs\\x" })], Corrupt, /has a character/],
  ["a pax name that climbs", [...entries, pax([["path", "../../x"]]), member({ name: "ok" })], Corrupt, /has "\.\."/],
  [
    "two files by one name",
    [...entries, member({ name: `./${blob}` }, bytes)],
    Corrupt,
    /blobs\/sha256\/\w+: stands there more than once/,
  ],
  [
    "two index.json",
    [...entries, member({ name: "index.json" }, "{}")],
    Corrupt,
    /index\.json: stands there more than once/,
  ],
  [
    "a folder where a blob should be",
    instead(member({ name: `${blob}/`, type: "5" })),
    Corrupt,
    /is not a file \(directory\)/,
  ],
  [
    "a device where a blob should be",
    instead(member({ name: blob, type: "3" })),
    Corrupt,
    /is not a file \(device or pipe\)/,
  ],
  [
    "a pipe where a blob should be",
    instead(member({ name: blob, type: "6" })),
    Corrupt,
    /not a file \(device or pipe\)/,
  ],
  [
    "an entry of no known type",
    instead(member({ name: blob, type: "~" }, bytes)),
    Corrupt,
    /is not a file \(unknown\)/,
  ],
  ["a link that leads out", instead(link(blob, "../../../../etc/passwd")), Corrupt, /leads out of the archive/],
  ["a link to the root", instead(link(blob, "/etc/passwd")), Corrupt, /leads out of the archive/],
  ["a link to itself", instead(link(blob, blob.split("/")[2]!)), Corrupt, /lead in a circle/],
  ["links in a circle", instead(link(blob, "../../a"), link("a", "b"), link("b", blob)), Corrupt, /lead in a circle/],
  [
    "hard links in a circle",
    instead(member({ name: blob, type: "1", link: "a" }), member({ name: "a", type: "1", link: blob })),
    Corrupt,
    /lead in a circle/,
  ],
  ["a hard link that leads out", instead(member({ name: blob, type: "1", link: "../x" })), Corrupt, /leads out/],
  ["a link to nothing", instead(link(blob, "nothing")), NotFound, new RegExp(`blob ${root.digest}: is not in`)],
  [
    "a folder of links in a circle",
    [link("blobs", "blobs/x"), member({ name: "index.json" }, layout.get("index.json")!)],
    Corrupt,
    /lead in a circle/,
  ],
  [
    "a link that is a book",
    instead(gnuLong("K", "a/".repeat(300_000)), link(blob, "x")),
    Corrupt,
    /a link is longer than 4096 characters/,
  ],
  [
    "links that lead a long way",
    instead(link(blob, `${"../".repeat(2)}a/${"b/".repeat(40)}`), link("a", "c/".repeat(40)), ...chainOf(20)),
    Corrupt,
    /more than 256 parts, with those of its links/,
  ],
  [
    "a sparse file of old GNU",
    [...entries, sparseMember("old GNU", { name: "s" }, { size: 9000, pieces: [[0, Buffer.from("x")]] })],
    Unsupported,
    /s is stored as a sparse file/,
  ],
  [
    "a sparse file of pax",
    [...entries, sparseMember("PAX 1.0", { name: "s" }, { size: 9000, pieces: [[0, Buffer.from("x")]] })],
    Unsupported,
    /sparse file/,
  ],
  [
    "a checksum that is wrong",
    [...entries, header({ name: "x", checksum: 7 })],
    Corrupt,
    /header at \d+: checksum 7, computed \d+/,
  ],
  ["a size that is no number", [...entries, header({ name: "x", raw: [[124, "9a"]] })], Corrupt, /is no number/],
  ["a size below 0", [...entries, header({ name: "x", raw: [[124, base256(-1, 12)]] })], Corrupt, /is no number/],
  [
    "a size past what can be counted",
    [...entries, header({ name: "x", raw: [[124, base256(2n ** 62n, 12)]] })],
    Corrupt,
    /is no number/,
  ],
  [
    "a size past the end",
    [...entries, header({ name: "x", size: 1e12 })],
    Corrupt,
    /\(x\): the archive ends before its data does/,
  ],
  [
    "a pax size past the end",
    [...entries, pax([["size", "1000000000000"]]), member({ name: "x" })],
    Corrupt,
    /ends before its data/,
  ],
  ["a pax size that is none", [...entries, pax([["size", "-1"]]), member({ name: "x" })], Corrupt, /"-1" is no size/],
  [
    "a pax size past what can be counted",
    [...entries, pax([["size", "9".repeat(30)]]), member({ name: "x" })],
    Corrupt,
    /is no size/,
  ],
  ["a pax name with a NUL", [...entries, pax([["path", "a\0b"]]), member({ name: "x" })], Corrupt, /is no name/],
  ["a pax name that is empty", [...entries, pax([["path", ""]]), member({ name: "x" })], Corrupt, /is no name/],
  [
    "a pax record without a length",
    [...entries, paxRaw(Buffer.from("x path=y\n")), member({ name: "x" })],
    Corrupt,
    /no sound record.* 0 bytes in/,
  ],
  [
    "a pax record past its header",
    [...entries, paxRaw(Buffer.from("99 path=y\n")), member({ name: "x" })],
    Corrupt,
    /no sound record/,
  ],
  [
    "a pax record of no length",
    [...entries, paxRaw(Buffer.from("0 path=y\n")), member({ name: "x" })],
    Corrupt,
    /no sound record/,
  ],
  [
    "a pax record without a key",
    [...entries, paxRaw(Buffer.from("9 pathyy\n")), member({ name: "x" })],
    Corrupt,
    /no sound record/,
  ],
  [
    "a pax record without its newline",
    [...entries, paxRaw(Buffer.from("9 path=yy")), member({ name: "x" })],
    Corrupt,
    /no sound record/,
  ],
  [
    "two long names for one entry",
    [...entries, pax([["path", "a"]]), gnuLong("L", "b"), member({ name: "x" })],
    Corrupt,
    /says another name of its entry than one before/,
  ],
  [
    "a name for all entries",
    [pax([["path", "a"]], "g"), ...entries],
    Corrupt,
    /header at 0: says the name of all entries/,
  ],
  [
    "an extended header past all sizes",
    [...entries, paxRaw(Buffer.alloc(1024 ** 2 + 1))],
    OutOfRange,
    /extended by 1048577 bytes/,
  ],
  ["a long name past all sizes", [...entries, gnuLong("L", "x".repeat(1024 ** 2))], OutOfRange, /extended by/],
  [
    "an extended header past the end",
    [...entries, header({ type: "x", name: "x", size: 1e9 })],
    Corrupt,
    /ends before its data/,
  ],
];

for (const [what, parts, code, said] of ARCHIVES) {
  refusals(`in a tar: ${what}`, () => refused(archiveFile(parts), code, said));
}

refusals("in a tar: an end within a header", async () => {
  const path = scratchFile("cut.tar", Buffer.concat([...entries, header({ name: "x" }).subarray(0, 100)]));
  await refused(path, Corrupt, /the archive ends within it/);
});

refusals("in a tar: extended headers without end", async () => {
  const many = Array.from({ length: 17 }, () => pax([["path", "x"]]));
  await refused(archiveFile([...entries, ...many, member({ name: "x" })]), OutOfRange, /17th in a row/);
  const path = archiveFile([
    ...entries,
    ...many.slice(1),
    member({ name: "x" }),
    ...many.slice(1),
    member({ name: "y" }),
  ]);
  assert.is((await openContainerImage(path)).digest, root.digest);
});

refusals("documents that are few and are listed many times are not read for ever", async () => {
  const big = toJson({ ...JSON.parse(Buffer.from(bytes).toString()), padding: "x".repeat(8_000_000) });
  const made = new Blobs();
  const listed = made.keep(MANIFEST, big, { platform: undefined });
  const files = new Map([
    ...layout,
    ...made.layout(
      Array.from({ length: 100 }, (_, i) => ({ ...listed, platform: { os: "linux", architecture: String(i) } })),
    ),
  ]);
  const { message } = await rejects(listContainerImages(asFolder(files)), OutOfRange);
  assert.match(message, /more than 268435456 bytes of documents/);

  const padded = toJson(configOf([layer], { author: "x".repeat(8_000_000) }));
  const images = Array.from({ length: 100 }, () => ({ Config: "c.json", Layers: ["l.tar"] }));
  await refused(
    asFolder(saved({}, [["c.json", padded]]).set("manifest.json", toJson(images))),
    OutOfRange,
    /c\.json: with it, more/,
  );
});

refusals("in a tar: more entries than any image has", async () => {
  const many = Buffer.alloc(100_001 * 512, header({ name: "x/", type: "5" }));
  await refused(scratchFile("many.tar", archive([many])), OutOfRange, /more than 100000 entries/);
});

for (const [what, compress] of [
  ["gzip", (tar: Uint8Array) => gzipSync(tar)],
  ["zstd", () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0])],
  ["xz", () => Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0])],
] as const) {
  refusals(`an archive that is ${what} as a whole is to be decompressed first`, () =>
    refused(
      scratchFile("image.tar.x", compress(archive(entries))),
      Unsupported,
      /compressed as a whole.*decompress it first/,
    ),
  );
}

refusals("a file that is no archive", async () => {
  await refused(scratchFile("x", Buffer.alloc(4096, "no tar")), Unsupported, /neither a directory nor a tar/);
  await refused(scratchFile("x", Buffer.alloc(0)), Unsupported, /no container image/);
  await refused(scratchFile("x", Buffer.alloc(4096)), Unsupported, /no container image/);
  await refused(scratchFile("x", Buffer.from("short")), Corrupt, /ends within it/);
});

refusals("a path where nothing stands", () => refused(scratchPath("nothing"), NotFound, "no such file"));

needing("a shell and the programs of Unix", refusals)("a pipe, which is not waited for", async () => {
  const path = scratchPath("pipe");
  execFileSync("mkfifo", [path]);
  await refused(path, InvalidArgument, "neither a directory nor a file");
  const folder = asFolder(layout);
  rmSync(join(folder, blob));
  execFileSync("mkfifo", [join(folder, blob)]);
  await refused(folder, Corrupt, "is not a regular file");
});

refusals("a folder where a file of a layout should be", async () => {
  const folder = asFolder(layout);
  rmSync(join(folder, blob));
  mkdirSync(join(folder, blob));
  await refused(folder, Corrupt, "is not a regular file");
});

refusals("a layer that becomes shorter after the image was opened", async () => {
  const path = asArchive(layout);
  const { layers } = await openContainerImage(path);
  const { position, size } = layers[0]!.source;
  truncateSync(path, position + size - 1);
  const { bytesOfSource } = await import("../fixtures/source-bytes.ts");
  const { message } = await rejects(bytesOfSource(layers[0]!.source), ErrorCode.FailedPrecondition);
  assert.match(message, "1 bytes too soon");
});

refusals("a signal ends it with its own reason", async () => {
  const reason = new Error("enough");
  const options: OpenContainerImageOptions = { signal: AbortSignal.abort(reason) };
  const error = await openContainerImage(asFolder(layout), options).catch((caught) => caught);
  assert.is(error, reason);

  const many = Buffer.alloc(99_000 * 512, header({ name: "x/", type: "5" }));
  const controller = new AbortController();
  const work = openContainerImage(scratchFile("many.tar", archive([many])), { signal: controller.signal });
  setTimeout(() => controller.abort(reason));
  assert.is(await work.catch((caught) => caught), reason);
});

refusals("a layer's bytes are not what its digest says: who reads it sees that", async () => {
  const files: Files = new Map(layout);
  const described = JSON.parse(Buffer.from(bytes).toString()).layers[0] as Described;
  files.set(placeOf(described), flipped(files.get(placeOf(described))!));
  const folder = asFolder(files);
  const { layers } = await openContainerImage(folder);
  assert.is.not(digestOf(readFileSync(layers[0]!.source.path)), layers[0]!.digest);
});

refusals.run();
