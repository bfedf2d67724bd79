/** One trial of the fuzzer: a damaged container image is opened as what it is, or refused by an ImageError, soon. */
import { writeFileSync } from "node:fs";
import {
  type ContainerImage,
  ErrorCode,
  ImageError,
  listContainerImages,
  openContainerImage,
} from "../../src/index.ts";
import {
  asArchive,
  asFolder,
  Blobs,
  CONFIG,
  configOf,
  digestOf,
  type Files,
  type Json,
  LAYER,
  layerOf,
  link,
  MANIFEST,
  toJson,
} from "../fixtures/container-image.ts";
import { random } from "../fixtures/random.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { archive, gnuLong, member, pax } from "../fixtures/tar-builder.ts";
import { mutate, type Random } from "./mutate.ts";

export type Verdict = "opened" | keyof typeof ErrorCode;

/** Of the processor, whose other work does not count. */
const LONGEST_MICROSECONDS = 5_000_000;

/** What input may lead to. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.Corrupt,
  ErrorCode.Unsupported,
  ErrorCode.NotFound,
  ErrorCode.OutOfRange,
  ErrorCode.InvalidArgument,
]);

const layers = [layerOf("one"), layerOf("two")];
const layout = (() => {
  const blobs = new Blobs();
  const attestation = blobs.image([layerOf("x")], {}, { platform: { os: "unknown", architecture: "unknown" } });
  return blobs.layout([blobs.index([attestation, blobs.image(layers)])]);
})();
const config = toJson(configOf(layers));
const saved = toJson([{ Config: "c.json", RepoTags: ["a:1"], Layers: ["1/layer.tar", "2/layer.tar"] }]);

const entries = [...layout].map(([name, bytes]) => member({ name }, bytes));
const ARCHIVES: Uint8Array[] = [
  archive(entries),
  archive([...layout].flatMap(([name, bytes]) => [pax([["path", name]]), member({ name: "cut" }, bytes)])),
  archive([...layout].flatMap(([name, bytes]) => [gnuLong("L", name), member({ name: "cut", magic: "gnu" }, bytes)])),
  archive([
    member({ name: "c.json" }, config),
    member({ name: "one.tar" }, layers[0]),
    link("1/layer.tar", "../one.tar"),
    member({ name: "2/layer.tar" }, layers[1]),
    member({ name: "manifest.json" }, saved),
  ]),
];

/** What an archive that still opens holds: its documents have digests, so they cannot be others. */
const WHOLE = toJson((await openContainerImage(asArchive(layout))).config).toString();

/** An archive, damaged. The one with a list that no digest names may come to hold less, or other layers, but no other configuration. */
export async function runArchive(number: number): Promise<Verdict> {
  const next = random(number);
  const seed = ARCHIVES[number % ARCHIVES.length]!;
  const path = scratchPath("image.tar");
  const bytes = mutate(seed, ARCHIVES[Math.floor(next() * ARCHIVES.length)]!, next);
  writeFileSync(path, bytes);
  return inTime(path, (image) => {
    for (const { source, size } of image.layers) {
      if (source.size !== size || source.position + size > bytes.length) throw new Error(`layer at ${source.position}`);
    }
    const isSaved = image.layers.some(({ mediaType }) => mediaType.includes("docker"));
    if (!isSaved && toJson(image.config).toString() !== WHOLE) throw new Error("another configuration");
  });
}

/** A layout whose documents have odd members, and are called by their digests all the same. */
export async function runDocuments(number: number): Promise<Verdict> {
  const next = random(number);
  const blobs = new Blobs();
  const odd = (value: Json): Json => (next() < 0.15 ? oddly(value, next) : value) as Json;
  const kept = layers.map((layer) => odd(blobs.keep(LAYER, layer)));
  const described = odd(
    blobs.keepJson(CONFIG, odd(configOf(layers, { history: [{ created: "x", empty_layer: true }] }))),
  );
  const manifest = odd({ schemaVersion: 2, mediaType: MANIFEST, config: described, layers: kept });
  const listed = odd(blobs.keepJson(MANIFEST, manifest, { platform: { os: "linux", architecture: "amd64" } }));
  const top = odd(blobs.index([listed as never]));
  const files: Files = blobs.layout([]);
  files.set("index.json", garbled(toJson(odd({ schemaVersion: 2, manifests: [top] })), next));
  return inTime(asFolder(files), (image) => {
    if (image.layers.length !== image.config.rootfs.diff_ids.length) throw new Error("layers without diff ids");
    for (const { diffId, source } of image.layers) {
      if (!/^sha(256|512):[0-9a-f]+$/.test(diffId) || !(source.size >= 0)) throw new Error(`diff id ${diffId}`);
    }
  });
}

async function inTime(path: string, check: (image: ContainerImage) => void): Promise<Verdict> {
  const began = process.cpuUsage();
  const verdict = await refusalOf(async () => check(await openContainerImage(path)));
  await refusalOf(() => listContainerImages(path));
  const { user, system } = process.cpuUsage(began);
  if (user + system > LONGEST_MICROSECONDS) throw new Error(`took ${user + system} µs`);
  return verdict;
}

async function refusalOf(work: () => Promise<unknown>): Promise<Verdict> {
  try {
    await work();
    return "opened";
  } catch (error) {
    if (!(error instanceof ImageError) || !REFUSALS.has(error.code)) throw error;
    if (error.message.length > 5000) throw new Error(`a message of ${error.message.length} characters`);
    if (HARMFUL.test(error.message))
      throw new Error(`a message that a terminal obeys: ${JSON.stringify(error.message)}`);
    return ErrorCode[error.code] as Verdict;
  }
}

const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}]/u;

const VALUES: unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  "",
  "x",
  "../../etc/passwd",
  "\0",
  "\u001b[2J\u009b\u202e",
  "\ud800",
  "sha256:",
  digestOf(new Uint8Array()),
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
  [],
  [[]],
  [null],
  {},
  { constructor: 1 },
  { toString: "x" },
  "y".repeat(100_000),
];

/** `value` with one member, somewhere in it, that is missing or something else. */
function oddly(value: unknown, next: Random): unknown {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
  if (typeof value !== "object" || value === null || next() < 0.1) return pick(VALUES);
  const names = Object.keys(value);
  const name =
    names.length === 0 || next() < 0.05
      ? pick(["__proto__", "length", "mediaType", "data", "urls", "annotations", "platform"])
      : pick(names);
  const kind = next();
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    if (kind < 0.2) copy.splice(Number(name) || 0, 1);
    else if (kind < 0.4) copy.push(...value);
    else copy[Number(name) || 0] = oddly(copy[Number(name) || 0], next);
    return copy;
  }
  const rest = Object.entries(value).filter(([key]) => key !== name);
  if (kind < 0.2) return Object.fromEntries(rest);
  const before = Object.hasOwn(value, name) ? (value as Json)[name] : undefined;
  return Object.fromEntries([...rest, [name, kind < 0.6 ? pick(VALUES) : oddly(before, next)]]);
}

/** Text, now and then with a byte that is another. */
function garbled(text: Uint8Array, next: Random): Uint8Array {
  if (next() < 0.9) return text;
  const copy = Uint8Array.from(text);
  copy[Math.floor(next() * copy.length)] = Math.floor(next() * 256);
  return copy;
}
