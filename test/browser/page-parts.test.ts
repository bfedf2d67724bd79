/** The parts of the page that need no page: bundled as vite would, and called here. */
import { execFileSync } from "node:child_process";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Blobs, layerOf } from "../fixtures/container-image.ts";
import { smallImage } from "../fixtures/images.ts";
import { inRepository } from "../fixtures/repository.ts";
import { archive, base256, gnuLong, header, member, padded, pax } from "../fixtures/tar-builder.ts";

// biome-ignore lint/suspicious/noExplicitAny: the page has types of its own, for another compiler
type Part = any;

/** What a file of the page exports. */
async function part(path: string): Promise<Part> {
  const { outputFiles } = await build({
    entryPoints: [inRepository(`web/${path}`)],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`);
}

const state = suite("page: states");

const SUBJECT = { kind: "layers", layers: [{ name: "layer.tar", kind: "layer" }] };
const ORDER = { make: "layer" };
const EMPTY = { at: "empty" };
const LOOKING = { at: "looking", name: "layer.tar" };
const READY = { at: "ready", subject: SUBJECT, order: ORDER };
const WORKING = { at: "working", subject: SUBJECT, order: ORDER };
const DONE = { at: "done", subject: SUBJECT, order: ORDER, made: {} };
const FAILED = { at: "failed", failure: { sentence: "tar: no" }, subject: SUBJECT, order: ORDER };
const STATES = [EMPTY, LOOKING, READY, WORKING, DONE, FAILED];

const recognised = { type: "recognised", subject: SUBJECT, order: ORDER };
const STEPS: [from: object, event: object, to: string][] = [
  [EMPTY, { type: "dropped", name: "layer.tar" }, "looking"],
  [LOOKING, recognised, "ready"],
  [LOOKING, { type: "failed", failure: {} }, "failed"],
  [READY, { type: "refused", failure: {} }, "failed"],
  [READY, { type: "ordered", order: { make: "rootfs" } }, "ready"],
  [READY, { type: "started", order: ORDER }, "working"],
  [WORKING, { type: "progressed", progress: { bytesRead: 1 } }, "working"],
  [WORKING, { type: "made", made: {} }, "done"],
  [WORKING, { type: "failed", failure: {} }, "failed"],
  [WORKING, { type: "cancelled" }, "ready"],
  [DONE, { type: "changed" }, "ready"],
  [FAILED, { type: "changed" }, "ready"],
  [DONE, { type: "dropped", name: "other.tar" }, "looking"],
  [READY, { type: "left" }, "empty"],
];

for (const [from, event, to] of STEPS) {
  const { at } = from as { at: string };
  state(`${at}, ${(event as { type: string }).type}: ${to}`, async () => {
    const { next } = await part("state.ts");
    assert.is(next(from, event).at, to);
  });
}

state("what comes too late changes nothing", async () => {
  const { next } = await part("state.ts");
  for (const event of [{ type: "made", made: {} }, { type: "progressed", progress: {} }, { type: "cancelled" }]) {
    for (const from of STATES) if (from !== WORKING) assert.is(next(from, event), from, `${event.type} at ${from.at}`);
  }
});

state("nothing is dropped or left while a disk is being made", async () => {
  const { next } = await part("state.ts");
  for (const event of [{ type: "dropped", name: "" }, recognised, { type: "refused", failure: {} }, { type: "left" }]) {
    assert.is(next(WORKING, event), WORKING);
  }
});

state("what failed before there was anything to order cannot be tried again", async () => {
  const { next } = await part("state.ts");
  const failed = next(LOOKING, { type: "failed", failure: {} });
  assert.is(next(failed, { type: "changed" }), failed);
});

state.run();

const session = suite("page: what the store gives out");

session("is let go of when it is not looked at, or not any more", async () => {
  const { Session } = await part("session.ts");
  const page = new Session();
  const released: string[] = [];
  const kept = (name: string) => ({
    name,
    file: new Blob([smallImage("extents") as Uint8Array<ArrayBuffer>]),
    release: async () => void released.push(name),
  });
  await page.drop([kept("shown")]);
  assert.is(page.state.at, "ready");
  assert.equal(released, []);
  const making = page.make(page.state.order);
  await page.drop([kept("while a disk is made")]);
  assert.equal(released, ["while a disk is made"]);
  await making;
  await Promise.all([page.drop([kept("too soon")]), page.drop([kept("last")])]);
  assert.equal(released, ["while a disk is made", "shown", "too soon"]);
});

session.run();

const rate = suite("page: rate and time left");

rate("are those of the last seconds", async () => {
  const { Rate } = await part("rate.ts");
  const measured = new Rate();
  assert.is(measured.perSecond(), undefined);
  for (let second = 0; second <= 60; second++)
    measured.add(second, second < 50 ? second * 10 : 500 + (second - 50) * 100);
  assert.is(measured.perSecond(), 100);
  assert.is(measured.secondsLeft(2000), 5);
  assert.is(measured.secondsLeft(undefined), undefined);
});

const DURATIONS: [seconds: number, text: string][] = [
  [0.04, "0.0 s"],
  [9.949, "9.9 s"],
  [9.96, "10 s"],
  [59.6, "1 min 0 s"],
  [125, "2 min 5 s"],
  [4800, "1 h 20 min"],
];

for (const [seconds, text] of DURATIONS) {
  rate(`${seconds} seconds are ${text}`, async () => {
    const { formatSeconds } = await part("rate.ts");
    assert.is(formatSeconds(seconds), text);
  });
}

rate.run();

const recognition = suite("page: what a file is");

const blobs = new Blobs();
blobs.keep("a", layerOf("file"));
const [[digest, blob]] = [...blobs.all] as [[string, Uint8Array]];
const hex = digest.slice("sha256:".length);
const blobName = `blobs/sha256/${hex}`;
const layoutWith = (blob: Uint8Array[]): Uint8Array => archive([...blob, member({ name: "index.json" }, "{}")]);
const vhd = Buffer.alloc(4096 + 512);
vhd.write("conectix", 4096);

const FILES: [what: string, bytes: Uint8Array, kind: string][] = [
  ["a layer", archive([member({ name: "etc/" }), member({ name: "etc/passwd" }, "root")]), "layer"],
  [
    "a layer that begins with a header for the next",
    archive([pax([["path", "a/long/name"]]), member({ name: "x" })]),
    "layer",
  ],
  [
    "a layer with a manifest.json behind other files",
    archive([member({ name: "a" }), member({ name: "manifest.json" }, "[]")]),
    "layer",
  ],
  [
    "an OCI layout",
    archive([
      member({ name: "blobs/", type: "5" }),
      member({ name: `blobs/sha256/${hex}` }, blob),
      member({ name: "oci-layout" }, "{}"),
    ]),
    "archive",
  ],
  [
    "what docker save once wrote",
    archive([
      member({ name: `${hex}/`, type: "5" }),
      member({ name: `${hex}/layer.tar` }, blob),
      member({ name: `${hex}.json` }, "{}"),
      member({ name: "manifest.json" }, "[]"),
    ]),
    "archive",
  ],
  [
    "an archive with long names in headers of GNU's",
    archive([
      gnuLong("L", `blobs/sha256/${hex}`),
      member({ name: `blobs/sha256/${hex}` }, blob),
      member({ name: "index.json" }, "{}"),
    ]),
    "archive",
  ],
  [
    "an OCI layout with a size in the way of GNU's, as it takes from 8 GiB on",
    layoutWith([member({ name: blobName, raw: [[124, base256(blob.length, 12)]] }, blob)]),
    "archive",
  ],
  [
    "an OCI layout with a size in a header of pax",
    layoutWith([pax([["size", String(blob.length)]]), header({ name: blobName, size: 0 }), padded(blob)]),
    "archive",
  ],
  [
    "a folder called blobs",
    archive([member({ name: "blobs/", type: "5" }), member({ name: "blobs/a" }, "a")]),
    "layer",
  ],
  ["gzip", Buffer.from([0x1f, 0x8b, 8, 0]), "gzip"],
  ["zlib", Buffer.from([0x78, 0x9c, 3, 0]), "zlib"],
  ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), "zstd"],
  ["zstd behind a frame to be passed over", Buffer.from([0x50, 0x2a, 0x4d, 0x18]), "zstd"],
  ["ext4", smallImage("extents"), "disk"],
  ["a fixed VHD, by its end", vhd, "disk"],
  ["a VHDX", Buffer.from("vhdxfile"), "disk"],
  ["a CIM", Buffer.from("cimfile0"), "cim"],
  ["text", Buffer.from("hello"), "unknown"],
  ["nothing", Buffer.alloc(0), "unknown"],
  ["zeros", Buffer.alloc(10_240), "unknown"],
];

for (const [what, bytes, kind] of FILES) {
  recognition(`${what}: ${kind}`, async () => {
    const { recognise } = await part("recognise.ts");
    assert.is(await recognise(new Blob([bytes as Uint8Array<ArrayBuffer>])), kind);
  });
}

recognition.run();

const command = suite("page: the same on the command line");

const plain = async (subject: object, changes: object = {}): Promise<string | undefined> => {
  const { commandOf } = await part("command.ts");
  const { orderOf } = await part("order.ts");
  return commandOf(subject, { ...orderOf(subject), ...changes });
};
const named = (name: string): object => ({ kind: "layers", layers: [{ name, kind: "layer" }] });
const IMAGE = {
  kind: "archive",
  name: "app.tar",
  chosen: 1,
  images: [
    { kind: "image", digest: "sha256:a" },
    { kind: "image", digest: "sha256:b", platform: { os: "linux", architecture: "arm64" } },
  ],
  image: { config: { os: "linux" }, layers: [{ diffId: "sha256:c" }] },
};

const COMMANDS: [subject: object, changes: object, command: string | undefined][] = [
  [named("layer.tar.gz"), {}, "layerkiln ext4 layer.tar.gz -o layer.ext4"],
  [named("it's a layer.tar"), {}, "layerkiln ext4 'it'\\''s a layer.tar' -o 'it'\\''s a layer.ext4'"],
  [named("$(reboot).tar"), { verity: true }, "layerkiln ext4 '$(reboot).tar' -o '$(reboot).ext4' --verity"],
  [
    named("layer.tar"),
    { container: "vhdx", whiteouts: "overlay", room: "size", bytes: "20G" },
    "layerkiln ext4 layer.tar -o layer.vhdx --whiteouts overlay --size 20G --vhdx",
  ],
  [
    named("layer.tar"),
    { profile: "hcsshim", journal: true },
    "layerkiln ext4 layer.tar -o layer.ext4 --profile hcsshim",
  ],
  [named("base.tar.zst"), { make: "cim" }, "layerkiln cim base.tar.zst -o . --name base"],
  [
    IMAGE,
    { owner: "1000:1000" },
    "layerkiln rootfs app.tar -o app.ext4 --reference sha256:b --platform linux/arm64 --owner 1000:1000",
  ],
  [IMAGE, { make: "layer" }, undefined],
  [{ kind: "disk", name: "scratch.vhdx" }, { container: "vhd" }, "layerkiln disk scratch.vhdx -o scratch.vhd --vhd"],
];

for (const [subject, changes, expected] of COMMANDS) {
  command(expected ?? "there is none for one layer of an image", async () => {
    assert.is(await plain(subject, changes), expected);
  });
}

command("names that begin with a dash are no flags", async () => {
  assert.is(await plain(named("-rf.tar")), "layerkiln ext4 ./-rf.tar -o ./-rf.ext4");
});

command("names with controls are written so that nothing of them is obeyed", async () => {
  const name = "it's\\\u001b[201~\n\u202e.tar";
  const line = (await plain(named(name))) as string;
  assert.match(line, /^[ -~]+$/);
  const printed = ["--norc", "-c", `printf '%s\\0' ${line}`];
  assert.is(execFileSync("bash", printed, { encoding: "utf8" }).split("\0")[2], name);
});

command.run();

const steps = suite("page: how layers were made");

const stepsOf = async (created_by: string): Promise<string[]> =>
  (await part("steps.ts")).stepsOf({ layers: [{}], config: { history: [{ created_by }, { empty_layer: true }] } });

steps("is said without what builders put around it", async () => {
  assert.equal(await stepsOf("RUN /bin/sh -c make # buildkit"), ["RUN /bin/sh -c make"]);
  assert.equal(await stepsOf("/bin/sh -c #(nop) COPY . /"), ["COPY . /"]);
  assert.equal(await stepsOf("/bin/sh -c make # buildkit, they say"), ["make # buildkit, they say"]);
});

steps("takes no longer for a step of nothing but spaces", async () => {
  const begun = performance.now();
  await stepsOf(`${" ".repeat(4_000_000)}.`);
  assert.ok(performance.now() - begun < 20_000, "an expression that tries all beginnings takes hours");
});

steps.run();

const names = suite("page: names");

names("stand in the order of their numbers, and are soon sorted", async () => {
  const { compareNames } = await part("names.ts");
  assert.equal(["b", "a10", "a2"].sort(compareNames), ["a2", "a10", "b"]);
  const many = Array.from({ length: 20_000 }, (_, index) => `file-${(index * 7919) % 100_003}.txt`);
  const timeOf = (compare: (a: string, b: string) => number): number => {
    const begun = performance.now();
    [...many].sort(compare);
    return performance.now() - begun;
  };
  const slow = timeOf((a, b) => a.localeCompare(b, "en", { numeric: true }));
  assert.ok(timeOf(compareNames) < slow / 3);
});

names.run();

const mistakes = suite("page: mistakes in the form");

const MISTAKES: [changes: object, field: string | undefined][] = [
  [{}, undefined],
  [{ room: "size", bytes: "20G" }, undefined],
  [{ room: "size", bytes: "lots" }, "bytes"],
  [{ room: "fit", bytes: "lots" }, undefined],
  [{ label: "sixteen bytes ok" }, undefined],
  [{ label: "ümläute sind lang" }, "label"],
  [{ label: "much too long a label", profile: "hcsshim" }, undefined],
  [{ uuid: "01234567" }, "uuid"],
  [{ make: "rootfs", owner: "root" }, "owner"],
  [{ make: "rootfs", owner: "0:4294967295" }, "owner"],
  [{ make: "rootfs", owner: "0:4294967294" }, undefined],
];

for (const [changes, field] of MISTAKES) {
  mistakes(`${JSON.stringify(changes)}: ${field ?? "none"}`, async () => {
    const { orderOf, problemsOf } = await part("order.ts");
    assert.equal(Object.keys(problemsOf({ ...orderOf(named("layer.tar")), ...changes })), field ? [field] : []);
  });
}

mistakes.run();
