/** Layers come out of lcow's snapshots: of images, and of the scratch disk that a container wrote to. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { CompareOptions, Descriptor } from "../../src/host/diff/differ.ts";
import { LcowDiffer } from "../../src/host/diff/lcow.ts";
import type { Mount } from "../../src/host/platform.ts";
import { convertDisk, ErrorCode, makeFilesystem } from "../../src/index.ts";
import { MemoryStore, sha256 } from "../fixtures/content-store.ts";
import { makeImage } from "../fixtures/image.ts";
import { entry, type LayerEntry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { comparable } from "../oracles/apply-layer.ts";
import { layerTree } from "../oracles/layer-tree.ts";
import { loopMount, readMounted } from "../oracles/loop-mount.ts";
import { ask, present } from "../oracles/oracle.ts";
import { overlay } from "../oracles/overlay.ts";
import { readTar } from "../oracles/tar-reader.ts";
import { assertSameTree, type Tree } from "../oracles/tree.ts";

const OCI = "application/vnd.oci.image.layer.v1.tar";
const MIB = 2 ** 20;

const file = (path: string, more: Partial<LayerEntry> = {}): LayerEntry =>
  entry("file", path, { data: noise(5000, path.length), ...more });

const BASE = [
  entry("dir", "./"),
  entry("dir", "etc/"),
  file("etc/hosts"),
  file("etc/passwd"),
  entry("dir", "old/"),
  file("old/a"),
];
const TOP = [
  entry("dir", "./", { mode: 0o711 }),
  entry("dir", "etc/"),
  entry("file", "etc/.wh.hosts", { mode: 0, mtime: 0n }),
  file("etc/new", { mtime: 1_700_000_000_123_456_789n, uid: 70_000, xattrs: [["user.a", noise(20)]] }),
  entry("hardlink", "etc/newer", { target: "etc/new" }),
  entry("dir", "old/"),
  entry("file", "old/.wh..wh..opq", { mode: 0, mtime: 0n }),
  entry("char", "tty", { major: 4, minor: 64 }),
];

/** Snapshots of layers, each over the one before. */
async function snapshots(
  layers: LayerEntry[][],
): Promise<{ store: MemoryStore; differ: LcowDiffer; directories: string[] }> {
  const store = new MemoryStore();
  const differ = new LcowDiffer(store, { copyRange: async () => undefined });
  const directories: string[] = [];
  for (const layer of layers) {
    const directory = scratchFolder();
    await differ.apply(store.add(layerTar(layer), OCI), active(directory));
    directories.unshift(directory);
  }
  return { store, differ, directories };
}

const parentsOption = (parents: string[]): string =>
  `parentLayerPaths=${parents.length === 0 ? "null" : JSON.stringify(parents)}`;

function active(directory: string, parents: string[] = []): Mount[] {
  return [{ type: "lcow-layer", source: directory, target: "", options: ["rw", parentsOption(parents)] }];
}

/** Of layers, the topmost first. */
function view([source = scratchPath("not-made"), ...parents]: string[]): Mount[] {
  return [{ type: "lcow-layer", source, target: "", options: ["ro", parentsOption(parents)] }];
}

const blobOf = (store: MemoryStore, { digest }: Descriptor): Buffer => store.blobs.get(digest)!.bytes;

const compare = suite("lcow: compare");

compare("a layer over its parents is the layer that was applied, whiteouts and all", async () => {
  const { store, differ, directories } = await snapshots([BASE, [file("between")], TOP]);
  const result = await differ.compare(view(directories.slice(1)), view(directories));
  assert.is(result.mediaType, `${OCI}+gzip`);
  const blob = blobOf(store, result);
  assert.equal([result.digest, result.size], [sha256(blob), blob.length]);
  assertSameTree(comparable(layerTree(readTar(gunzipSync(blob)))), comparable(layerTree(TOP)));
});

compare("the base layer over nothing is the base layer", async () => {
  const { store, differ, directories } = await snapshots([BASE]);
  const result = await differ.compare(view([]), view(directories));
  assertSameTree(comparable(layerTree(readTar(gunzipSync(blobOf(store, result))))), comparable(layerTree(BASE)));
});

compare("a layer that is applied and not committed yet counts as one", async () => {
  const { store, differ, directories } = await snapshots([BASE, TOP]);
  const result = await differ.compare(view(directories.slice(1)), active(directories[0]!, directories.slice(1)));
  assertSameTree(comparable(layerTree(readTar(gunzipSync(blobOf(store, result))))), comparable(layerTree(TOP)));
});

compare("a snapshot over itself is an empty layer, and so is nothing over nothing", async () => {
  const { store, differ, directories } = await snapshots([BASE, TOP]);
  for (const mounts of [view(directories), view([])]) {
    const result = await differ.compare(mounts, mounts, { mediaType: OCI });
    assert.ok(blobOf(store, result).equals(Buffer.alloc(1024)));
  }
});

compare("two base layers are compared by their files", async () => {
  const one = await snapshots([BASE]);
  const other = await snapshots([[...BASE.slice(0, 3), file("etc/other")]]);
  const { store } = one;
  const result = await one.differ.compare(view(one.directories), view(other.directories), { mediaType: OCI });
  const paths = readTar(blobOf(store, result)).map(({ path }) => path);
  assert.equal(paths.sort(), ["./", ".wh.old", "etc/", "etc/.wh.passwd", "etc/other"]);
});

compare("what would take several layers at once is Unsupported, and nothing is kept", async () => {
  const { store, differ, directories } = await snapshots([BASE, [file("x")], TOP]);
  const before = store.blobs.size;
  for (const [lower, upper] of [
    [view([]), view(directories)],
    [view(directories), view(directories.slice(1))],
    [view(directories.slice(2)), view(directories)],
    [view(directories.slice(1)), active(scratchFolder(), directories)],
    [active(scratchFolder(), []), view(directories.slice(2))],
  ] as const) {
    assert.match((await rejects(differ.compare(lower, upper), ErrorCode.Unsupported)).message, /^compare: /);
  }
  assert.is(store.blobs.size, before);
  assert.is(store.begun.size, 0);
});

compare("mounts of others are Unsupported, none or two InvalidArgument, and parents that are no list", async () => {
  const { differ, directories } = await snapshots([BASE]);
  const mounts = view(directories);
  const other = mounts.map((mount) => ({ ...mount, type: "overlay" }));
  await rejects(differ.compare(other, mounts), ErrorCode.Unsupported);
  await rejects(differ.compare(mounts, other), ErrorCode.Unsupported);
  await rejects(differ.compare([], mounts), ErrorCode.InvalidArgument);
  await rejects(differ.compare(mounts, [...mounts, ...mounts]), ErrorCode.InvalidArgument);
  for (const parents of ["{}", "[1]", "[", "7"]) {
    const broken = mounts.map((mount) => ({ ...mount, options: ["ro", `parentLayerPaths=${parents}`] }));
    await rejects(differ.compare(broken, mounts), ErrorCode.InvalidArgument);
  }
});

compare("a layer whose image is gone is NotFound, and one that is broken Corrupt; nothing is kept", async () => {
  const { store, differ, directories } = await snapshots([BASE, TOP]);
  const image = join(directories[0]!, "layer.vhd");
  const { image: bytes } = await makeImage(layerTar(BASE), { vhd: true });
  bytes.fill(0xff, 4096, 8192);
  writeFileSync(image, bytes);
  await rejects(differ.compare(view(directories.slice(1)), view(directories)), ErrorCode.Corrupt);
  assert.is(store.begun.size, 0);
  rmSync(image);
  await rejects(differ.compare(view(directories.slice(1)), view(directories)), ErrorCode.NotFound);
});

compare.run();

const blobs = suite("lcow: what a compared layer is kept as");

const kept = async (options: CompareOptions) => {
  const { store, differ, directories } = await snapshots([BASE, TOP]);
  const result = await differ.compare(view(directories.slice(1)), view(directories), options);
  return { store, result, blob: blobOf(store, result), labels: store.blobs.get(result.digest)!.labels };
};

blobs("plain and gzip hold the same layer, whose digest is a label beside the caller's", async () => {
  const plain = await kept({ mediaType: OCI, labels: new Map([["a", "b"]]) });
  const gzip = await kept({ mediaType: `${OCI}+gzip`, labels: new Map([["containerd.io/uncompressed", "a lie"]]) });
  assert.ok(gunzipSync(gzip.blob).equals(plain.blob));
  const diffId = sha256(plain.blob);
  assert.equal(
    [...plain.labels],
    [
      ["a", "b"],
      ["containerd.io/uncompressed", diffId],
    ],
  );
  assert.equal([...gzip.labels], [["containerd.io/uncompressed", diffId]]);
});

blobs("equal snapshots give equal blobs, which name no system", async () => {
  const [one, other] = [await kept({}), await kept({})];
  assert.is(one.result.digest, other.result.digest);
  assert.equal([...one.blob.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
});

blobs("Docker's types are written too", async () => {
  const type = "application/vnd.docker.image.rootfs.diff.tar";
  const plain = await kept({ mediaType: type });
  assert.is(plain.result.mediaType, type);
  assert.ok(gunzipSync((await kept({ mediaType: `${type}.gzip` })).blob).equals(plain.blob));
});

blobs("zstd is written where Node has it, and Unsupported where not", async () => {
  const zlib = (await import("node:zlib")) as unknown as { zstdDecompressSync?: (bytes: Uint8Array) => Buffer };
  const work = kept({ mediaType: `${OCI}+zstd` });
  if (zlib.zstdDecompressSync === undefined) await rejects(work, ErrorCode.Unsupported);
  else assert.ok(zlib.zstdDecompressSync((await work).blob).equals((await kept({ mediaType: OCI })).blob));
});

blobs("of another type nothing is written", async () => {
  for (const mediaType of ["text/plain", `${OCI}+gzip+encrypted`]) {
    await rejects(kept({ mediaType }), ErrorCode.Unsupported);
  }
});

blobs("a store that fails leaves nothing begun, and its error is told", async () => {
  const { store, differ, directories } = await snapshots([BASE, TOP]);
  const write = store.write.bind(store);
  store.write = async (reference) => ({
    ...(await write(reference)),
    write: async () => {
      throw new Error("disk full");
    },
  });
  const error = await rejects(differ.compare(view([]), view(directories.slice(1))), ErrorCode.FailedPrecondition);
  assert.match(error.message, "disk full");
  assert.is(store.begun.size, 0);
});

blobs("stopped in the middle, it fails with the reason and leaves nothing", async () => {
  const large = Array.from({ length: 40 }, (_, i) => file(`f${i}`, { data: noise(MIB, i) }));
  const { store, differ, directories } = await snapshots([large]);
  const stop = new AbortController();
  const reason = new Error("enough");
  const work = differ.compare(view([]), view(directories), { signal: stop.signal });
  setTimeout(() => stop.abort(reason), 50);
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  assert.is(error, reason);
  assert.is(store.begun.size, 0);
});

blobs.run();

const scratch = suite("lcow: compare of a scratch disk");

/** Overlayfs with its upper directory in `upper`, changed by `change` as a container would; the tree that comes of it. */
function changeOver(layer: string, upper: string, work: string, change: (root: string) => void): Tree {
  const [lower, merged] = [scratchFolder(), scratchFolder()];
  ask("mount", ["-t", "ext4", "-o", "ro,loop", layer, lower]);
  try {
    ask("mount", ["-t", "overlay", "overlay", "-o", `lowerdir=${lower},upperdir=${upper},workdir=${work}`, merged]);
    try {
      change(merged);
      return readMounted(merged);
    } finally {
      ask("umount", [merged]);
    }
  } finally {
    ask("umount", [lower]);
  }
}

function changeAsContainer(root: string): void {
  rmSync(join(root, "etc/hosts"));
  rmSync(join(root, "old"), { recursive: true });
  mkdirSync(join(root, "old"));
  writeFileSync(join(root, "old/b"), "new in a directory that was made again");
  writeFileSync(join(root, "etc/passwd"), "changed");
  mkdirSync(join(root, "var"));
  ask("ln", [join(root, "etc/passwd"), join(root, "var/linked")]);
  ask("mknod", [join(root, "var/null"), "c", "1", "3"]);
  ask("setfattr", ["-n", "user.note", "-v", "1", join(root, "var")]);
}

/** A scratch disk in `directory` whose filesystem `fill` fills. */
async function makeScratch(directory: string, fill: (root: string) => void, journal = false): Promise<void> {
  const raw = scratchPath("raw.img");
  await makeFilesystem(raw, { size: 64 * MIB, journal });
  loopMount.writable(raw, fill);
  await convertDisk(raw, join(directory, "sandbox.vhdx"), { container: "vhdx" });
}

if (present(loopMount, scratch) && present(overlay, scratch)) {
  for (const place of ["", "scratch/container-1"]) {
    scratch(
      `what a container wrote, in /${place}, laid over its layer as one more, is what the container saw`,
      async () => {
        const { store, differ, directories } = await snapshots([BASE]);
        const directory = scratchFolder();
        const layer = join(directories[0]!, "layer.vhd");
        let seen: Tree = new Map();
        await makeScratch(directory, (root) => {
          const [upper, work] = [join(root, place, "upper"), join(root, place, "work")];
          for (const each of [upper, work]) mkdirSync(each, { recursive: true });
          seen = changeOver(layer, upper, work, changeAsContainer);
        });
        const result = await differ.compare(view(directories), active(directory, directories), { mediaType: OCI });
        const tar = blobOf(store, result);
        const entries = readTar(tar);
        assert.ok(
          entries.every(({ xattrs }) => xattrs.every(([name]) => !name.startsWith("trusted."))),
          "no notes of overlayfs",
        );
        const { image } = await makeImage(tar, { whiteouts: "overlay" });
        assertSameTree(withoutInodes(overlay.tree([layer, scratchFile("changes.img", image)])), withoutInodes(seen));
      },
    );
  }

  scratch("nobody has written yet: an empty layer", async () => {
    const { store, differ, directories } = await snapshots([BASE]);
    const directory = scratchFolder();
    await makeScratch(directory, () => {});
    const result = await differ.compare(view(directories), active(directory, directories), { mediaType: OCI });
    assert.ok(blobOf(store, result).equals(Buffer.alloc(1024)));
  });

  scratch("shared by two containers: Unsupported", async () => {
    const { differ, directories } = await snapshots([BASE]);
    const directory = scratchFolder();
    await makeScratch(directory, (root) => {
      for (const name of ["a", "b"]) mkdirSync(join(root, "scratch", name, "upper"), { recursive: true });
    });
    const work = differ.compare(view(directories), active(directory, directories));
    assert.match((await rejects(work, ErrorCode.Unsupported)).message, "shared by 2 containers");
  });

  scratch("still mounted, its journal not written back: FailedPrecondition, and nothing kept", async () => {
    const { store, differ, directories } = await snapshots([BASE]);
    const directory = scratchFolder();
    const [raw, copy] = [scratchPath("raw.img"), scratchPath("copy.img")];
    await makeFilesystem(raw, { size: 64 * MIB, journal: true });
    loopMount.writable(raw, (root) => {
      mkdirSync(join(root, "upper"));
      writeFileSync(join(root, "upper/a"), "a");
      ask("sync", ["-f", root]);
      copyFileSync(raw, copy);
    });
    await convertDisk(copy, join(directory, "sandbox.vhdx"), { container: "vhdx" });
    const before = store.blobs.size;
    const work = differ.compare(view(directories), active(directory, directories));
    assert.match((await rejects(work, ErrorCode.FailedPrecondition)).message, "in use, or was not unmounted");
    assert.equal([store.blobs.size, store.begun.size], [before, 0]);
  });

  for (const note of ["redirect", "metacopy"]) {
    scratch(`a file that is not whole without its layers, by trusted.overlay.${note}: Unsupported`, async () => {
      const { differ, directories } = await snapshots([BASE]);
      const directory = scratchFolder();
      await makeScratch(directory, (root) => {
        mkdirSync(join(root, "upper/d"), { recursive: true });
        ask("setfattr", ["-n", `trusted.overlay.${note}`, "-v", "/old", join(root, "upper/d")]);
      });
      const work = differ.compare(view(directories), active(directory, directories));
      assert.match((await rejects(work, ErrorCode.Unsupported)).message, `trusted.overlay.${note}`);
    });
  }

  scratch("there is none: NotFound", async () => {
    const { differ, directories } = await snapshots([BASE]);
    const directory = scratchFolder();
    await rejects(differ.compare(view(directories), active(directory, directories)), ErrorCode.NotFound);
    assert.equal(readdirSync(directory), []);
  });
}

/** Overlayfs makes numbers of inodes of its own, and links of a file in several layers are one there. */
function withoutInodes(tree: Tree): Tree {
  return new Map([...comparable(tree)].map(([path, item]) => [path, { ...item, inode: "" }]));
}

scratch.run();
