/** cimfs with its differ: layers of Windows go into snapshots as containerd has it, and are CIMs there. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Descriptor, Differ } from "../../src/host/diff/differ.ts";
import { openDiffer } from "../../src/host/diff/open.ts";
import { openSnapshotter } from "../../src/host/snapshots/open.ts";
import type { Snapshotter } from "../../src/host/snapshots/snapshotter.ts";
import { ErrorCode } from "../../src/index.ts";
import { filesIn, readCim, textsOf } from "../fixtures/cim.ts";
import { MemoryStore, sha256 } from "../fixtures/content-store.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { baseTar, CONFIG, childTar, file } from "../fixtures/windows-base.ts";
import { FakeWindows } from "../fixtures/windows-layers.ts";
import { windowsTar } from "../fixtures/windows-tar.ts";

const OCI = "application/vnd.oci.image.layer.v1.tar";

interface Bench {
  snapshots: Snapshotter;
  differ: Differ;
  store: MemoryStore;
  root: string;
  /** Path under snapshots/. */
  at(path: string): string;
}

const test = suite("cimfs: layers");

async function bench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const root = scratchFolder();
  const { platform } = new FakeWindows();
  const snapshots = await openSnapshotter("cimfs", root, platform);
  const store = new MemoryStore();
  const differ = (await openDiffer("cimfs", platform))!(store);
  try {
    await work({ snapshots, differ, store, root, at: (path) => join(root, "snapshots", path) });
  } finally {
    await snapshots.close();
  }
}

/** As containerd unpacks a layer: into a snapshot that is committed then. */
async function unpack(
  { snapshots, differ }: Bench,
  layer: Descriptor,
  name: string,
  parent: string,
): Promise<Descriptor> {
  const mounts = await snapshots.prepare(`extract-${name}`, parent);
  const applied = await differ.apply(layer, mounts);
  await snapshots.commit(name, `extract-${name}`);
  return applied;
}

test("a base and a layer on it are CIMs of the snapshots' own, with hives beside", () =>
  bench(async (all) => {
    const { store, at, snapshots } = all;
    const applied = await unpack(all, store.add(gzipSync(baseTar), `${OCI}+gzip`), "base", "");
    assert.equal(applied, { mediaType: OCI, digest: sha256(baseTar), size: baseTar.length });
    await unpack(all, store.add(childTar, OCI), "child", "base");

    const base = textsOf(await readCim(at("cim-layers/1.cim")));
    assert.is(base["Files/changed"], "as it was");
    const child = textsOf(await readCim(at("cim-layers/2.cim")));
    assert.is(child["Files/changed"], "as it is");
    assert.is(child["Files/kept"], "of the base");
    assert.is(child["Files/gone"], undefined);
    assert.equal(filesIn(at("1")), ["Files", "Hives", "layout"]);
    assert.is(readFileSync(at("2/Hives/SYSTEM_BASE"), "latin1"), child["Hives/SYSTEM_BASE"]);

    assert.is(filesIn(at("cim-layers")).length, 10, "two CIMs of five files");
    assert.ok((await snapshots.usage("child")).size > 100_000);
    await snapshots.remove("child");
    assert.is(filesIn(at("cim-layers")).length, 5);
    assert.equal(textsOf(await readCim(at("cim-layers/1.cim"))), base);
  }));

test("what layers below have is found whatever containerd says of their CIMs", async () => {
  const root = scratchFolder();
  const { platform } = new FakeWindows();
  const snapshots = await openSnapshotter("cimfs", root, platform, { cimPaths: "implied" });
  const store = new MemoryStore();
  const all = {
    snapshots,
    differ: (await openDiffer("cimfs", platform))!(store),
    store,
    root,
    at: (path: string) => path,
  };
  await unpack(all, store.add(baseTar, OCI), "base", "");
  await unpack(all, store.add(childTar, OCI), "child", "base");
  const tree = await readCim(join(root, "snapshots", "cim-layers", "2.cim"));
  assert.is(tree.get("Files/folder/inside")!.text, "in the base");
  await snapshots.close();
});

test("the directory of CIMs is made where it is missing", () =>
  bench(async (all) => {
    rmSync(all.at("cim-layers"), { recursive: true });
    await unpack(all, all.store.add(baseTar, OCI), "base", "");
    assert.ok(existsSync(all.at("cim-layers/1.cim")));
  }));

const REFUSED: [what: string, code: ErrorCode, layer: (store: MemoryStore) => Descriptor][] = [
  ["a blob of another digest", ErrorCode.Corrupt, (store) => swapped(store)],
  ["a layer that breaks off", ErrorCode.Corrupt, (store) => store.add(baseTar.subarray(0, 100_000), OCI)],
  ["a base without hives", ErrorCode.FailedPrecondition, (store) => store.add(windowsTar([file("Files/a", "b")]), OCI)],
  [
    "a base with one hive",
    ErrorCode.FailedPrecondition,
    (store) => store.add(windowsTar([file(`${CONFIG}/SAM`, "hive")]), OCI),
  ],
];

/** A layer as sound as the one that is asked for, in its place. */
function swapped(store: MemoryStore): Descriptor {
  const descriptor = store.add(baseTar, OCI);
  const { bytes } = store.blobs.get(descriptor.digest)!;
  bytes.write("of another", bytes.indexOf("of the base"));
  return descriptor;
}

for (const [what, code, layerIn] of REFUSED) {
  test(`${what} is refused, and nothing is left of it`, () =>
    bench(async ({ snapshots, differ, store, at }) => {
      const mounts = await snapshots.prepare("extract-0", "");
      await rejects(differ.apply(layerIn(store), mounts), code);
      assert.equal(filesIn(at("cim-layers")), []);
      assert.equal(filesIn(at(basename(mounts[0]!.source))), []);
      await differ.apply(store.add(baseTar, OCI), mounts); // and the next one goes in
      assert.ok(existsSync(at("cim-layers/1.cim")));
    }));
}

test.run();
