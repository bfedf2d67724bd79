/** Layers go into snapshots: each differ makes the image that `convert` makes, whole or not at all. */
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Descriptor, Differ } from "../../src/host/diff/differ.ts";
import { Ext4Differ } from "../../src/host/diff/ext4.ts";
import { LcowDiffer } from "../../src/host/diff/lcow.ts";
import type { Mount, Platform } from "../../src/host/platform.ts";
import type { WindowsLayers } from "../../src/host/windows.ts";
import { ErrorCode, ImageError } from "../../src/index.ts";
import { MemoryStore, sha256 } from "../fixtures/content-store.ts";
import { edgeLayers, edgeTar } from "../fixtures/edge.ts";
import { makeImage, type Options } from "../fixtures/image.ts";
import { entry, type LayerEntry, layerTar } from "../fixtures/layer.ts";
import { needing } from "../fixtures/needing.ts";
import { noise } from "../fixtures/random.ts";
import { realisticEntries, realisticTar } from "../fixtures/realistic.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { pieces } from "../fixtures/some-layer.ts";
import { frame, raw } from "../fixtures/zstd.ts";
import { e2fsck, INODE_BITMAP_PADDING } from "../oracles/e2fsck.ts";
import { layerTree } from "../oracles/layer-tree.ts";
import { loopMount } from "../oracles/loop-mount.ts";
import { present } from "../oracles/oracle.ts";
import { assertSameTree, type Tree } from "../oracles/tree.ts";
import { unpackedTree } from "../oracles/unpacked-tree.ts";

const GIB = 1024 ** 3;
const OCI = "application/vnd.oci.image.layer.v1.tar";
const DOCKER = "application/vnd.docker.image.rootfs.diff.tar";
const NONE: Platform = { copyRange: async () => undefined };

interface Kind {
  name: string;
  /** What `convert` is asked for. */
  options: Options;
  open(store: MemoryStore, platform?: Platform): Differ;
  /** A snapshot's directory, ready for a layer. */
  prepare(): string;
  mounts(directory: string): Mount[];
  /** What the kernel sees of a layer's image. */
  tree(entries: LayerEntry[]): Tree;
}

const lcow: Kind = {
  name: "lcow",
  options: { profile: "hcsshim", whiteouts: "overlay", vhd: true, maxSize: 128 * GIB },
  open: (store, platform = NONE) => new LcowDiffer(store, platform),
  prepare: scratchFolder,
  mounts: (directory) => [mount("lcow-layer", directory, ["rw", "parentLayerPaths=null"])],
  tree: layerTree,
};

/** A layer of nothing, for ext4's snapshots to stand on. */
const below = scratchFolder();
writeFileSync(join(below, ".ext4layer"), "");
writeFileSync(join(below, "layer.vhd"), (await makeImage(layerTar([]), { vhd: true })).image);

const ext4: Kind = {
  name: "ext4",
  options: {
    profile: "modern",
    whiteouts: "overlay",
    vhd: true,
    maxSize: 128 * GIB,
    filesystem: { readOnly: true },
  },
  open: (store, platform = NONE) => new Ext4Differ(store, platform),
  prepare: () => {
    const directory = scratchFolder();
    for (const name of ["fs", "work"]) mkdirSync(join(directory, name));
    writeFileSync(join(directory, ".ext4layer"), "");
    return directory;
  },
  mounts: (directory) => {
    const [upper, work] = [`upperdir=${directory}/fs`, `workdir=${directory}/work`];
    return [mount("overlay", "overlay", [work, upper, `lowerdir=${directory}/top:${below}/mnt`])];
  },
  tree: unpackedTree,
};

function mount(type: string, source: string, options: string[] = []): Mount {
  return { type, source, target: "", options };
}

const tar = realisticTar(300);
const gzip = gzipSync(tar);
const zstd = frame(
  pieces(tar, 128 * 1024).map((piece) => raw(piece)),
  { window: 128 * 1024 },
);

for (const kind of [lcow, ext4]) {
  const tests = suite(`${kind.name}: apply`);
  const apply = kind === ext4 ? needing("sockets and paths as those of Unix", tests) : tests;

  /** What is in a snapshot after an attempt, besides what was there before. */
  const attempt = async (store: MemoryStore, layer: Descriptor, signal?: AbortSignal, platform?: Platform) => {
    const directory = kind.prepare();
    const before = readdirSync(directory);
    const work = kind.open(store, platform).apply(layer, kind.mounts(directory), signal && { signal });
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { directory, error, left: readdirSync(directory).filter((name) => !before.includes(name)) };
  };

  /** The image of a layer, and what is said of it. */
  const applied = async (blob: Uint8Array, mediaType: string) => {
    const store = new MemoryStore();
    const directory = kind.prepare();
    const result = await kind.open(store).apply(store.add(blob, mediaType), kind.mounts(directory));
    return { result, path: join(directory, "layer.vhd") };
  };

  const refused = async (store: MemoryStore, layer: Descriptor, code: ErrorCode, message: RegExp) => {
    const { error, left } = await attempt(store, layer);
    assert.ok(error instanceof ImageError, String(error));
    assert.is(ErrorCode[error.code], ErrorCode[code], error.message);
    assert.match(error.message, message);
    assert.equal(left, [], "nothing is left");
  };

  for (const [mediaType, blob] of [
    [OCI, tar],
    [`${OCI}+gzip`, gzip],
    [DOCKER, tar],
    [DOCKER, gzip],
    [`${DOCKER}.gzip`, gzip],
    [`${OCI}+gzip`, tar],
    [`${OCI}+zstd`, gzip],
    [`${OCI}+zstd`, zstd],
    [DOCKER, zstd],
  ] as const) {
    apply(
      `${mediaType}, ${blob === tar ? "plain" : blob === gzip ? "gzip" : "zstd"}: the image of convert, and the uncompressed layer`,
      async () => {
        const { result, path } = await applied(blob, mediaType);
        assert.equal(result, { mediaType: OCI, digest: sha256(tar), size: tar.length });
        assert.ok(readFileSync(path).equals((await makeImage(tar, kind.options)).image));
      },
    );
  }

  apply("edge layers: the image of convert or its refusal, and every byte counts for the digest", async () => {
    let count = 0;
    for (const [name, { tarSha256 }] of edgeLayers) {
      if (tarSha256 !== undefined) continue; // large
      const edge = edgeTar(name);
      const store = new MemoryStore();
      const { directory, error, left } = await attempt(store, store.add(gzipSync(edge), `${OCI}+gzip`));
      const wanted = await makeImage(edge, kind.options).catch((reason: ImageError) => reason);
      if (wanted instanceof Error) {
        assert.is((error as Error).message, wanted.message, name);
        assert.equal(left, [], name);
      } else {
        assert.is(error, undefined, name);
        assert.ok(readFileSync(join(directory, "layer.vhd")).equals(wanted.image), name);
        count++;
      }
    }
    assert.ok(count > 60, `${count} layers`);
  });

  apply("what follows the end of the archive is read too", async () => {
    const padded = Buffer.concat([tar, Buffer.alloc(70_000), noise(1000)]);
    const { result } = await applied(gzipSync(padded), `${OCI}+gzip`);
    assert.equal([result.digest, result.size], [sha256(padded), padded.length]);
  });

  const changed = Buffer.from(tar);
  changed[changed.length - 1]! ^= 1; // behind the archive's end: no part of any file

  const WRONG: [what: string, bytes: Uint8Array, mediaType: string, message: RegExp][] = [
    ["other bytes", changed, OCI, /its bytes are sha256:/],
    ["one byte more", Buffer.concat([tar, Buffer.alloc(1)]), OCI, /longer than its \d+ bytes/],
    ["one byte fewer", tar.subarray(0, -1), OCI, /has \d+ bytes, not \d+/],
    ["nothing", Buffer.alloc(0), OCI, /has 0 bytes/],
  ];
  for (const [what, bytes, mediaType, message] of WRONG) {
    apply(`a blob that is not the one of its digest, ${what}: Corrupt`, async () => {
      const store = new MemoryStore();
      const layer = store.add(tar, mediaType);
      store.blobs.set(layer.digest, { bytes: Buffer.from(bytes), labels: new Map() });
      await refused(store, layer, ErrorCode.Corrupt, message);
    });
  }

  for (const [what, bytes, mediaType, message] of [
    ["gzip, called plain", gzip, OCI, /is gzip, and its type is/],
    ["gzip that breaks off", gzip.subarray(0, gzip.length - 5000), `${OCI}+gzip`, /gzip: ends/],
    ["gzip without its sum", gzip.subarray(0, -4), `${OCI}+gzip`, /gzip: ends/],
    ["noise", noise(100_000), OCI, /./],
  ] as const) {
    apply(`${what}: Corrupt`, async () => {
      const store = new MemoryStore();
      await refused(store, store.add(bytes, mediaType), ErrorCode.Corrupt, message);
    });
  }

  apply("media types of no layer are Unsupported, and the blob is not read", async () => {
    for (const mediaType of [`${OCI}+gzip+encrypted`, "application/vnd.oci.image.config.v1+json", "text/plain"]) {
      const store = new MemoryStore();
      await refused(store, store.add(gzip, mediaType), ErrorCode.Unsupported, /media type/);
      assert.is(store.bytesRead, 0);
    }
  });

  apply("a digest that is no SHA-256 is Unsupported, and the blob is not read", async () => {
    const store = new MemoryStore();
    const layer = { ...store.add(tar, OCI), digest: `sha512:${"0".repeat(128)}` };
    await refused(store, layer, ErrorCode.Unsupported, /not a SHA-256/);
    assert.is(store.bytesRead, 0);
  });

  apply("a blob that is not there is NotFound", async () => {
    const digest = sha256(Buffer.from("other"));
    await refused(new MemoryStore(), { mediaType: OCI, digest, size: 5 }, ErrorCode.NotFound, /not found/);
  });

  apply("mounts of others are Unsupported, so that the next differ is asked, and nothing is read", async () => {
    const store = new MemoryStore();
    const layer = store.add(tar, OCI);
    for (const other of ["windows-layer", "CimFS", "overlay", "bind", "erofs"]) {
      const work = kind.open(store).apply(layer, [mount(other, scratchFolder(), ["rw"])]);
      await rejects(work, ErrorCode.Unsupported);
    }
    assert.is(store.bytesRead, 0);
  });

  apply("stopped in the middle, it leaves nothing, and fails with the reason", async () => {
    const store = new MemoryStore();
    store.piece = 1000;
    const stop = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 5);
    const { error, left } = await attempt(store, store.add(tar, OCI), stop.signal);
    assert.is(error, reason);
    assert.equal(left, []);
    assert.ok(store.bytesRead < tar.length, "in the middle");
  });

  apply("a store that fails in the middle: its error, and nothing left", async () => {
    const store = new MemoryStore();
    const layer = store.add(tar, OCI);
    store.read = async function* () {
      yield tar.subarray(0, 5000);
      throw new ImageError(ErrorCode.Unavailable, "store: gone");
    };
    await refused(store, layer, ErrorCode.Unavailable, /store: gone/);
  });

  apply("a snapshot whose directory is not there is NotFound", async () => {
    const store = new MemoryStore();
    const work = kind.open(store).apply(store.add(tar, OCI), kind.mounts(scratchPath("nowhere")));
    await rejects(work, kind === lcow ? ErrorCode.NotFound : ErrorCode.Unsupported);
  });

  if (present(loopMount, tests) && present(e2fsck, tests)) {
    apply("the kernel mounts the image and shows the layer, and e2fsck finds it sound", async () => {
      const { path } = await applied(gzip, `${OCI}+gzip`);
      assertSameTree(loopMount.tree(path), kind.tree(realisticEntries(300)));
      const raw = scratchPath("raw.img");
      writeFileSync(raw, readFileSync(path));
      truncateSync(raw, statSync(path).size - 512);
      assert.equal(
        e2fsck.complaints(raw).filter((line) => line !== INODE_BITMAP_PADDING),
        [],
      );
    });
  }

  tests.run();
}

const windows = suite("lcow: apply on Windows");

const withWindows = (layers: Partial<WindowsLayers>): Platform => ({
  ...NONE,
  windowsLayers: async () => layers as WindowsLayers,
});

windows("virtual machines may open the image, once it is there", async () => {
  const store = new MemoryStore();
  const directory = scratchFolder();
  const granted: string[] = [];
  const platform = withWindows({
    grantVirtualMachineGroupAccess: async (path) => {
      granted.push(path);
      assert.is(statSync(path).size % 512, 0);
    },
  });
  await lcow.open(store, platform).apply(store.add(tar, OCI), lcow.mounts(directory));
  assert.equal(granted, [join(directory, "layer.vhd")]);
});

windows("if they may not, there is no image", async () => {
  const store = new MemoryStore();
  const directory = scratchFolder();
  const platform = withWindows({
    grantVirtualMachineGroupAccess: async () => {
      throw new ImageError(ErrorCode.PermissionDenied, "layer.vhd: access is denied");
    },
  });
  const work = lcow.open(store, platform).apply(store.add(tar, OCI), lcow.mounts(directory));
  await rejects(work, ErrorCode.PermissionDenied);
  assert.equal(readdirSync(directory), []);
});

windows("none and two mounts are InvalidArgument", async () => {
  const store = new MemoryStore();
  const [one] = lcow.mounts(scratchFolder());
  for (const mounts of [[], [one!, one!]]) {
    await rejects(lcow.open(store).apply(store.add(tar, OCI), mounts), ErrorCode.InvalidArgument);
  }
});

windows.run();

const linuxTests = suite("ext4: apply on Linux");
const linux = needing("sockets and paths as those of Unix", linuxTests);

linux(
  "a snapshot with nothing below it is known by its bind mount, and one of containerd's own overlay is not",
  async () => {
    const store = new MemoryStore();
    const layer = store.add(tar, OCI);
    const directory = ext4.prepare();
    await ext4.open(store).apply(layer, [mount("bind", join(directory, "fs"), ["rw", "rbind"])]);
    assert.is(statSync(join(directory, "layer.vhd")).size % 512, 0);

    const other = scratchFolder();
    mkdirSync(join(other, "fs"));
    const mounts = [
      mount("overlay", "overlay", [`upperdir=${other}/fs`, `workdir=${other}/work`, `lowerdir=${directory}/mnt`]),
    ];
    assert.match(
      (await rejects(ext4.open(store).apply(layer, mounts), ErrorCode.Unsupported)).message,
      "no .ext4layer",
    );
  },
);

linux("only the last mount counts: those before it are what it stands on", async () => {
  const store = new MemoryStore();
  const [directory, parent] = [ext4.prepare(), ext4.prepare()];
  const below = mount("ext4", join(parent, "layer.vhd"), ["ro", "loop"]);
  await ext4.open(store).apply(store.add(tar, OCI), [below, ...ext4.mounts(directory)]);
  assert.ok(readdirSync(directory).includes("layer.vhd"));
  assert.not.ok(readdirSync(parent).includes("layer.vhd"));
});

linux("mounts to be read only are Unsupported, none are InvalidArgument", async () => {
  const store = new MemoryStore();
  const view = [mount("overlay", "overlay", [`lowerdir=${ext4.prepare()}/top:${ext4.prepare()}/mnt`])];
  await rejects(ext4.open(store).apply(store.add(tar, OCI), view), ErrorCode.Unsupported);
  await rejects(ext4.open(store).apply(store.add(tar, OCI), []), ErrorCode.InvalidArgument);
});

linux("asked for hcsshim's bytes, it makes them, and refuses what hcsshim refuses", async () => {
  const store = new MemoryStore();
  const differ = new Ext4Differ(store, NONE, { profile: "hcsshim" });
  const directory = ext4.prepare();
  await differ.apply(store.add(tar, OCI), ext4.mounts(directory));
  assert.ok(readFileSync(join(directory, "layer.vhd")).equals((await makeImage(tar, lcow.options)).image));
  const replaced = layerTar([entry("file", "a", { data: noise(9000) }), entry("file", "a", { data: noise(9) })]);
  await rejects(differ.apply(store.add(replaced, OCI), ext4.mounts(ext4.prepare())), ErrorCode.FailedPrecondition);
  await ext4.open(store).apply(store.add(replaced, OCI), ext4.mounts(ext4.prepare()));
});

linuxTests.run();
