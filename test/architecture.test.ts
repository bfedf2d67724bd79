/** The plan of the house, kept by a machine: who may import what, and what the package promises. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inRepository } from "./fixtures/repository.ts";

/** Files in `room` may import files of their own room, and those in `may`. The first room that a file is in is its own. */
interface Room {
  room: string;
  may: string[];
}

const core = (...paths: string[]): string[] => paths.map((path) => `assembly/${path}`);
const host = (...paths: string[]): string[] => paths.map((path) => `src/host/${path}`);
const ABI = "assembly/abi.ts";

const FORMATS = core("tar/", "ext4/", "verity/", "vhd/", "vhdx/", "cim/", "wcow/", "regf/", "codec/");
/** Where bytes go, and how they become whole blocks; where they come from. */
const SINKS = core("sink.ts", "block-stream.ts", "byte-stream.ts", "sparse-disk.ts");
const SOURCES = core("source.ts", "page-cache.ts", "sparse-source.ts");
/** How anything in the core fails. */
const FAIL = core("host.ts");
const BYTES = core("bytes/");
const BELOW_FORMATS = [...core("tree/"), ...SINKS, ...SOURCES, ...BYTES, ...FAIL, ABI];

/** From the top floor down. A format may import no other, but Windows layers are made of registry hives. */
const CORE: Room[] = [
  { room: "assembly/index.ts", may: [...core("pipeline.ts", "options.ts", "input.ts"), ...FAIL, ABI] },
  {
    room: "assembly/wasi.ts",
    may: [...core("pipeline.ts", "options.ts", "codec/", "tar/", "wasi-host.ts"), ...FAIL, ABI],
  },
  { room: "assembly/reader.ts", may: [...core("access.ts", "check.ts", "facts.ts", "image.ts"), ...FAIL, ABI] },
  {
    room: "assembly/cim-reader.ts",
    may: [...core("cim-access.ts", "cim-check.ts", "cim-facts.ts", "cim/"), ...SOURCES, ...BYTES, ...FAIL, ABI],
  },
  { room: "assembly/archive.ts", may: [...core("image.ts", "layer/"), ...BELOW_FORMATS] },
  { room: "assembly/cim-archive.ts", may: [...core("cim/", "layer/"), ...BELOW_FORMATS] },
  { room: "assembly/check.ts", may: [...core("ext4/"), ...BELOW_FORMATS] },
  { room: "assembly/accounts.ts", may: [...core("image.ts", "ext4/", "verity/", "vhd/"), ...BELOW_FORMATS] },
  { room: "assembly/access.ts", may: [...core("accounts.ts", "facts.ts", "image.ts", "ext4/"), ...BELOW_FORMATS] },
  {
    room: "assembly/cim-layer.ts",
    may: [...core("cim-pipeline.ts", "cim/", "wcow/", "options.ts", "input.ts"), ...BELOW_FORMATS],
  },
  {
    room: "assembly/cim-pipeline.ts",
    may: [...core("cim/", "wcow/", "tar/", "offer.ts", "options.ts"), ...BELOW_FORMATS],
  },
  { room: "assembly/cim-access.ts", may: [...core("cim-streams.ts", "cim/"), ...BELOW_FORMATS] },
  { room: "assembly/cim-facts.ts", may: [...core("cim/"), ...BELOW_FORMATS] },
  { room: "assembly/cim-streams.ts", may: [...core("cim/"), ...BELOW_FORMATS] },
  { room: "assembly/cim-check.ts", may: [...core("cim/"), ...BELOW_FORMATS] },
  { room: "assembly/facts.ts", may: [...core("image.ts", "ext4/"), ...BELOW_FORMATS] },
  { room: "assembly/hash.ts", may: [...BYTES] },
  { room: "assembly/hive.ts", may: [...core("regf/", "source.ts"), ...BYTES, ...FAIL, ABI] },
  { room: "assembly/disk.ts", may: [...core("container.ts", "verity/", "source.ts"), ...FAIL, ABI] },
  { room: "assembly/container.ts", may: [...core("vhd/", "vhdx/"), ...SOURCES, ABI] },
  // Trees, of whatever format, become layers.
  { room: "assembly/layer/", may: [...core("tar/"), ...BELOW_FORMATS] },
  { room: "assembly/image.ts", may: [...core("container.ts", "magic.ts"), ...FORMATS, ...BELOW_FORMATS] },
  { room: "assembly/pipeline.ts", may: [...FORMATS, ...core("raw.ts", "offer.ts", "options.ts"), ...BELOW_FORMATS] },
  { room: "assembly/offer.ts", may: [...core("tar/"), ...SINKS, ...FAIL, ABI] },
  { room: "assembly/input.ts", may: [...core("codec/"), ...FAIL, ABI] },
  { room: "assembly/options.ts", may: [...BYTES, ...FAIL, ABI] },
  { room: "assembly/raw.ts", may: BELOW_FORMATS },
  ...FORMATS.map((room) => ({
    room,
    may: room === "assembly/wcow/" ? [...core("regf/"), ...BELOW_FORMATS] : BELOW_FORMATS,
  })),
  { room: "assembly/tree/", may: [...BYTES, ...FAIL, ABI] },
  { room: "assembly/block-stream.ts", may: [...core("sink.ts"), ...BYTES, ...FAIL, ABI] },
  { room: "assembly/byte-stream.ts", may: core("sink.ts") },
  { room: "assembly/sparse-disk.ts", may: [...core("sink.ts"), ...BYTES, ...FAIL, ABI] },
  { room: "assembly/sink.ts", may: [...FAIL, ABI] },
  { room: "assembly/page-cache.ts", may: [...core("source.ts"), ...BYTES] },
  { room: "assembly/magic.ts", may: core("source.ts") },
  { room: "assembly/sparse-source.ts", may: [...core("source.ts"), ...BYTES, ...FAIL, ABI] },
  { room: "assembly/source.ts", may: [...FAIL, ABI] },
  { room: "assembly/bytes/", may: [...FAIL, ABI] }, // memory may run out
  { room: "assembly/host.ts", may: [...core("wasi-host.ts"), ABI] },
  { room: "assembly/wasi-host.ts", may: [ABI] },
  { room: ABI, may: [] },
];

/** What becomes of a layer, from source to image: the files that stand in the host itself. */
const CONVERSION = host("*");
const BOTTOM = [...host("errors.ts", "platform.ts", "windows.ts"), ABI];

const HOST: Room[] = [
  { room: "src/main.ts", may: ["src/host/", "src/adapters/", ABI] },
  { room: "src/tar2ext4.ts", may: ["src/host/", "src/adapters/", ABI] },
  { room: "src/dmverity-vhd.ts", may: ["src/host/", ABI] },
  { room: "src/index.ts", may: ["src/host/"] },
  { room: "src/web.ts", may: ["src/host/"] },
  ...["cli/", "grpc/"].map((room) => ({
    room: `src/host/${room}`,
    may: [
      ...host(
        "snapshots/",
        "diff/",
        "metadata/",
        "oci/",
        "registry/",
        "docker/",
        "boot/",
        "image/",
        "explain/",
        "layers/",
        "stack/",
        "cim/",
        "archive/",
        "hive/",
        "grpc/",
        "web-server/",
      ),
      ...CONVERSION,
      ...BOTTOM,
    ],
  })),
  { room: "src/host/snapshots/", may: [...host("diff/", "metadata/", "archive/", "cim/"), ...CONVERSION, ...BOTTOM] },
  { room: "src/host/diff/", may: [...host("image/", "archive/", "cim/", "oci/"), ...CONVERSION, ...BOTTOM] },
  {
    room: "src/host/browser/",
    may: [...host("image/", "explain/", "oci/", "cim/", "boot/", "layers/", "stack/"), ...CONVERSION, ...BOTTOM],
  },
  { room: "src/host/boot/", may: [...host("oci/", "image/", "archive/"), ...BOTTOM] },
  { room: "src/host/archive/", may: [...host("image/name.ts", "bytes.ts"), ...BOTTOM] },
  { room: "src/host/oci/", may: [...CONVERSION, ...BOTTOM] },
  { room: "src/host/registry/", may: [...host("oci/"), ...CONVERSION, ...BOTTOM] },
  { room: "src/host/hive/", may: [...host("image/image-source.ts"), ...CONVERSION, ...BOTTOM] },
  { room: "src/host/metadata/", may: [...host("clock.ts", "lock-file.ts", "sync-directory.ts"), ...BOTTOM] },
  { room: "src/host/web-server/", may: [...host("if-there.ts"), ...BOTTOM] },
  { room: "src/host/docker/", may: [...host("oci/shown.ts"), ...BOTTOM] },
  { room: "src/host/stack/", may: [...CONVERSION, ...BOTTOM] },
  { room: "src/host/layers/", may: [...host("oci/"), ...CONVERSION, ...BOTTOM] },
  { room: "src/host/explain/", may: [...host("image/"), ...CONVERSION, ...BOTTOM] },
  { room: "src/host/image/", may: [...host("cim/"), ...CONVERSION, ...BOTTOM] },
  { room: "src/host/cim/", may: [...host("image/", "archive/pax.ts"), ...CONVERSION, ...BOTTOM] },
  { room: "src/adapters/*", may: ["src/adapters/linux/", "src/adapters/windows/", ...BOTTOM] },
  { room: "src/adapters/linux/", may: ["src/adapters/koffi.ts", ...BOTTOM] },
  { room: "src/adapters/windows/", may: ["src/adapters/koffi.ts", ...BOTTOM] },
  { room: "src/host/errors.ts", may: [ABI] },
  { room: "src/host/platform.ts", may: host("windows.ts") },
  { room: "src/host/windows.ts", may: [] },
  { room: "src/host/*", may: BOTTOM },
];

/** Whether `path` is the file `place`, under the folder `place`, or, where `place` ends in a star, in that folder itself. */
function isIn(path: string, place: string): boolean {
  if (place.endsWith("*")) return dirname(path) === dirname(place);
  return place.endsWith("/") ? path.startsWith(place) : path === place;
}

const ROOMS = [...CORE, ...HOST];

/** What each build step leaves for the next: known when it is there, and no file of ours. */
const BUILT = [
  "core.js",
  "reader.js",
  "cim-reader.js",
  "cim-layer.js",
  "archive.js",
  "cim-archive.js",
  "disk.js",
  "hive.js",
  "hash.js",
];

type Import = [file: string, imported: string];

/** The rule: what is wrong with these imports, a line each. */
function broken(imports: Import[]): string[] {
  return imports.flatMap(([file, imported]) => {
    const room = ROOMS.find(({ room }) => isIn(file, room));
    if (room === undefined) return [`${file} stands in no room of the plan`];
    if ([room.room, ...room.may, ...BUILT].some((place) => isIn(imported, place))) return [];
    return [`${file} imports ${imported}: a file of ${room.room} may not`];
  });
}

interface SourceFile {
  path: string;
  /** Relative ones as paths from the repository's root. */
  imports: { to: string; how: "static" | "type" | "dynamic"; relative: boolean }[];
}

/** Every import and re-export of a file. Dynamic ones of types (`typeof import("…")`) count as types. */
function importsOf(path: string, text: string): SourceFile["imports"] {
  const found = [
    ...[...text.matchAll(/^(import|export)\s+(type\s)?[^;"]*?\bfrom\s+"([^"]+)"/gm)].map(([, , type, to]) => ({
      to: to!,
      how: type ? ("type" as const) : ("static" as const),
    })),
    ...[...text.matchAll(/^import\s+"([^"]+)"/gm)].map(([, to]) => ({ to: to!, how: "static" as const })),
    ...[...text.matchAll(/(typeof\s+)?\bimport\(\s*"([^"]+)"/g)].map(([, type, to]) => ({
      to: to!,
      how: type ? ("type" as const) : ("dynamic" as const),
    })),
  ];
  return found.map(({ to, how }) => {
    if (!to.startsWith(".")) return { to, how, relative: false };
    const joined = normalize(join(dirname(path), to));
    // AssemblyScript leaves out the extension.
    return { to: path.startsWith("assembly/") ? `${joined}.ts` : joined, how, relative: true };
  });
}

function sourceFiles(root: string): SourceFile[] {
  return readdirSync(inRepository(root), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(root, path))
    .map((path) => ({ path, imports: importsOf(path, readFileSync(inRepository(path), "utf8")) }));
}

const files = [...sourceFiles("assembly"), ...sourceFiles("src")];

/** Packages with native code, or large ones: they may be missing, and take their time. So does what Node speaks HTTP with. */
const NATIVE = ["@grpc/grpc-js", "koffi", "lmdb", "pino", "node:http", "node:https", "node:tls"];

/** Native packages that are loaded as soon as `entry` is. */
function nativeAtStart(entry: string, among: SourceFile[]): string[] {
  const seen = new Set([entry]);
  for (const path of seen) {
    const file = among.find((each) => each.path === path);
    for (const { to, how } of file?.imports ?? []) if (how === "static") seen.add(to);
  }
  return NATIVE.filter((name) => seen.has(name));
}

/** What a browser would have to load of Node: modules that `entries` import, types among them, and who does. */
function nodeModulesOf(entries: string[], among: SourceFile[]): string[] {
  const seen = new Set(entries);
  const found: string[] = [];
  for (const path of seen) {
    const { imports } = among.find((each) => each.path === path) ?? { imports: [] };
    for (const { to, relative } of imports) {
      if (relative) seen.add(to);
      else if (to.startsWith("node:")) found.push(`${path} imports ${to}`);
    }
  }
  return found;
}

const house = suite("architecture: imports");

house("run one way, from floor to floor", () => {
  const imports = files.flatMap(({ path, imports }) =>
    imports.filter(({ relative }) => relative).map(({ to }): Import => [path, to]),
  );
  assert.ok(imports.length > 50, "imports are found");
  assert.equal(broken(imports), []);
});

house("stand in files that have a room in the plan", () => {
  assert.equal(
    files.map(({ path }) => path).filter((path) => !ROOMS.some(({ room }) => isIn(path, room))),
    [],
  );
});

house("of the core name no package, and of the host no part of the core but abi.ts", () => {
  const packages = files
    .filter(({ path }) => path.startsWith("assembly/"))
    .flatMap(({ imports }) => imports.filter(({ to }) => !to.startsWith("assembly/")));
  assert.equal(packages, []);
  const parts = files
    .filter(({ path }) => path.startsWith("src/"))
    .flatMap(({ imports }) => imports.filter(({ to }) => to.startsWith("assembly/") && to !== ABI));
  assert.equal(parts, []);
});

house("load no native package before it is needed", () => {
  for (const entry of ["src/index.ts", "src/main.ts", "src/tar2ext4.ts", "src/dmverity-vhd.ts"]) {
    assert.ok(
      files.some(({ path }) => path === entry),
      entry,
    );
    assert.equal(nativeAtStart(entry, files), [], entry);
  }
});

house("of what runs in a browser lead to nothing of Node's", () => {
  const browser = files
    .map(({ path }) => path)
    .filter((path) => isIn(path, "src/host/browser/") || path === "src/web.ts");
  assert.ok(browser.length > 0, "there are such files");
  assert.equal(nodeModulesOf(browser, files), []);
});

house("of Node's modules are found through other files, dynamic ones too", () => {
  const via = (how: "static" | "type" | "dynamic"): SourceFile[] => [
    { path: "src/web.ts", imports: [{ to: "src/a.ts", how, relative: true }] },
    { path: "src/a.ts", imports: [{ to: "node:fs", how, relative: false }] },
  ];
  for (const how of ["static", "type", "dynamic"] as const) {
    assert.equal(nodeModulesOf(["src/web.ts"], via(how)), ["src/a.ts imports node:fs"]);
  }
});

/** Imports that must not be: the rule is seen to say no. */
const PLANTED: Import[] = [
  ["assembly/tar/reader.ts", "assembly/ext4/writer.ts"],
  ["assembly/verity/writer.ts", "assembly/vhd/writer.ts"],
  ["assembly/ext4/writer.ts", "assembly/pipeline.ts"],
  ["assembly/tree/tree.ts", "assembly/ext4/format.ts"],
  ["assembly/bytes/endian.ts", "assembly/tree/tree.ts"],
  ["assembly/sink.ts", "assembly/verity/writer.ts"],
  ["assembly/index.ts", "assembly/tar/reader.ts"],
  ["assembly/host.ts", "src/host/core.ts"],
  ["assembly/reader.ts", "assembly/ext4/reader.ts"],
  ["assembly/magic.ts", "assembly/ext4/format.ts"],
  ["assembly/hive.ts", "assembly/ext4/reader.ts"],
  ["assembly/regf/reader.ts", "assembly/cim/format.ts"],
  ["assembly/page-cache.ts", "assembly/image.ts"],
  ["src/host/convert.ts", "src/host/cli/exit.ts"],
  ["src/host/convert.ts", "src/host/image/image.ts"],
  ["src/host/image/image.ts", "src/host/cli/ls-run.ts"],
  ["src/host/hive/hive.ts", "src/host/image/image.ts"],
  ["src/host/oci/layout-writer.ts", "src/host/registry/pull.ts"],
  ["src/host/convert.ts", "src/adapters/linux/loop.ts"],
  ["src/host/cli/application.ts", "src/adapters/linux/loop.ts"],
  ["src/host/errors.ts", "src/host/convert.ts"],
  ["src/host/core.ts", "assembly/ext4/format.ts"],
  ["src/adapters/linux/loop.ts", "src/host/convert.ts"],
  ["src/adapters/linux/loop.ts", "src/adapters/windows/mount.ts"],
  ["src/adapters/this-platform.ts", "src/host/convert.ts"],
  ["src/index.ts", "src/adapters/linux/loop.ts"],
  ["src/host/core.ts", "src/host/metadata/store.ts"],
  ["src/utils.ts", "src/host/errors.ts"],
];

for (const [file, imported] of PLANTED) {
  house(`are refused where ${file} would import ${imported}`, () => {
    assert.is(broken([[file, imported]]).length, 1);
  });
}

house("are found in every form that they have", () => {
  const text = `
import { a } from "./a.ts";
import {
  type B,
  b,
} from "./b.ts";
import type { C } from "./c.ts";
export { d } from "./d.ts";
export type { E } from "./e.ts";
export * from "./f.ts";
import "./g.ts";
const h = await import("./h.ts");
type I = typeof import("./i.ts");
// import { no } from "./no.ts";
`;
  const found = importsOf("src/host/x.ts", text).map(({ to, how }) => `${how} ${to.slice(-4, -3)}`);
  assert.equal(found.sort(), [
    "dynamic h",
    "static a",
    "static b",
    "static d",
    "static f",
    "static g",
    "type c",
    "type e",
    "type i",
  ]);
});

house("of a native package are found through other files, unless they are dynamic", () => {
  const via = (how: "static" | "dynamic"): SourceFile[] => [
    { path: "src/main.ts", imports: [{ to: "src/a.ts", how: "static", relative: true }] },
    { path: "src/a.ts", imports: [{ to: "koffi", how, relative: false }] },
  ];
  assert.equal(nativeAtStart("src/main.ts", via("static")), ["koffi"]);
  assert.equal(nativeAtStart("src/main.ts", via("dynamic")), []);
});

house.run();

const manifest = suite("architecture: package.json");

const {
  type,
  license,
  engines,
  exports,
  bin,
  files: shipped,
  scripts,
  dependencies,
} = JSON.parse(readFileSync(inRepository("package.json"), "utf8"));

manifest("is that of an ES module for Node 20.19 and newer", () => {
  assert.is(type, "module");
  assert.is(engines.node, ">=20.19");
});

manifest("has types for what it exports, and everything that it names is there once built", () => {
  assert.ok(exports["."].types.endsWith(".d.ts"));
  const paths = Object.values<string | Record<string, string>>(exports).flatMap((each) =>
    typeof each === "string" ? [each] : Object.values(each),
  );
  for (const path of [...paths, ...Object.values<string>(bin), ...shipped])
    assert.ok(existsSync(inRepository(path)), path);
});

manifest("names programs that begin with #!", () => {
  for (const path of Object.values<string>(bin)) {
    assert.match(readFileSync(inRepository(path), "utf8"), /^#!\/usr\/bin\/env node\n/, path);
  }
});

manifest("says Apache-2.0, and the licence is there", () => {
  assert.is(license, "Apache-2.0");
  assert.match(readFileSync(inRepository("LICENSE"), "utf8"), "Apache License");
});

manifest("runs nothing when it is installed", () => {
  for (const name of ["preinstall", "install", "postinstall", "prepare"]) assert.not.ok(name in scripts, name);
});

manifest("pins its dependencies", () => {
  for (const [name, version] of Object.entries<string>(dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
});

manifest.run();

const onWindows = suite("architecture: tests on Windows itself");

const DOUBLES = /from "[./]+fixtures\/(?:doubles|watched-cimfs|windows-machine)\.ts"/;

onWindows("are not those of the doubles, and those with doubles are skipped aloud", () => {
  const [, ignored] = / -i (\w+)$/.exec(scripts["test:windows"]) ?? [];
  assert.is(ignored, "doubles");
  const all = readdirSync(inRepository("test"), { recursive: true, encoding: "utf8" });
  const calling = all.filter(
    (path) =>
      path.endsWith(".windows.ts") &&
      !dirname(path).includes(ignored!) &&
      DOUBLES.test(readFileSync(inRepository(`test/${path}`), "utf8")),
  );
  assert.ok(calling.length > 4, calling.join());
  for (const path of calling) assert.match(readFileSync(inRepository(`test/${path}`), "utf8"), "areDoubles(", path);
});

onWindows.run();
