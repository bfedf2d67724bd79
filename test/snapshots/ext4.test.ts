/** Layers as ext4 images under overlayfs: what a container does to them comes out as a layer, and goes in again. */
import {
  chmodSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import type { Descriptor } from "../../src/host/diff/differ.ts";
import { Ext4Differ } from "../../src/host/diff/ext4.ts";
import type { Mount, Platform } from "../../src/host/platform.ts";
import { type OpenSnapshotterOptions, openSnapshotter } from "../../src/host/snapshots/open.ts";
import type { Snapshotter } from "../../src/host/snapshots/snapshotter.ts";
import { ErrorCode, type ImageError } from "../../src/index.ts";
import { MemoryStore, sha256 } from "../fixtures/content-store.ts";
import { entry, type LayerEntry, layerTar } from "../fixtures/layer.ts";
import { mountedUnder, unmountUnder } from "../fixtures/mounted-under.ts";
import { noise } from "../fixtures/random.ts";
import { randomLayer } from "../fixtures/random-layer.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { comparable } from "../oracles/apply-layer.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { readMounted } from "../oracles/loop-mount.ts";
import { ask, present } from "../oracles/oracle.ts";
import { overlayMounts } from "../oracles/overlay-mounts.ts";
import { readTar } from "../oracles/tar-reader.ts";
import { assertSameTree, type Entry, type Tree } from "../oracles/tree.ts";

const OCI = "application/vnd.oci.image.layer.v1.tar";
const linux = thisPlatform()!;
const calls = await linux.fileCalls!();
const mounter = await linux.mounter!();

/** A snapshotter with its differ and a store of blobs. */
class Bench {
  readonly store = new MemoryStore();
  readonly differ = new Ext4Differ(this.store, linux);

  private constructor(
    readonly root: string,
    public snapshots: Snapshotter,
    readonly warnings: ImageError[],
  ) {}

  static async open(options: OpenSnapshotterOptions = {}): Promise<Bench> {
    const root = scratchFolder();
    const warnings: ImageError[] = [];
    const warn = (failure: ImageError) => warnings.push(failure);
    return new Bench(root, await openSnapshotter("ext4", root, linux, { warn, ...options }), warnings);
  }

  directoryOf(mounts: readonly Mount[]): string {
    const { type, source, options } = mounts.at(-1)!;
    const upper = type === "bind" ? source : options.find((option) => option.startsWith("upperdir="))!.slice(9);
    return join(upper, "..");
  }

  /** Unpacks `tar` as containerd does. */
  async unpack(name: string, parent: string, tar: Uint8Array): Promise<void> {
    const key = `extract-${name}`;
    const mounts = await this.snapshots.prepare(key, parent);
    await this.differ.apply(this.store.add(tar, OCI), mounts);
    await this.snapshots.commit(name, key);
  }

  /** Shows `mounts` to `look`. */
  async see<T>(mounts: readonly Mount[], look: (folder: string) => T | Promise<T>): Promise<T> {
    const folder = scratchFolder();
    for (const mount of mounts) await mounter!.mount(mount, folder);
    try {
      return await look(folder);
    } finally {
      await mounter!.unmount(folder);
    }
  }

  /** The tree that a view of `name` shows. */
  async tree(name: string): Promise<Tree> {
    const mounts = await this.snapshots.view(`view of ${name}`, name);
    try {
      return await this.see(mounts, readMounted);
    } finally {
      await this.snapshots.remove(`view of ${name}`);
    }
  }

  /** What the active snapshot `key` has over `parent`. */
  async compare(parent: string, key: string): Promise<Descriptor> {
    const lower = await this.snapshots.view("lower", parent);
    try {
      return await this.differ.compare(lower, await this.snapshots.mounts(key));
    } finally {
      await this.snapshots.remove("lower");
    }
  }

  tarOf({ digest }: Descriptor): Buffer {
    return gunzipSync(this.store.blobs.get(digest)!.bytes);
  }

  async close(): Promise<void> {
    await this.snapshots.close();
    unmountUnder(this.root);
    assert.equal(this.warnings, []);
  }
}

/** Inodes are numbered anew by overlayfs, no copy keeps times of access and change, and a view's root has its time to a microsecond. */
function shown(tree: Tree): Tree {
  const plain = [...comparable(tree)].map(([path, item]): [string, Entry] => [path, { ...item, inode: "" }]);
  return new Map(plain.map(([path, item]) => [path, path === "" ? { ...item, mtime: 0n } : item]));
}

const file = (path: string, more: Partial<LayerEntry> = {}): LayerEntry =>
  entry("file", path, { data: noise(5000, path.length), ...more });

const BASE = layerTar([
  entry("dir", "./", { mode: 0o711, uid: 5, gid: 6 }),
  entry("dir", "etc/"),
  file("etc/hosts"),
  file("etc/passwd"),
  entry("hardlink", "etc/group", { target: "etc/passwd" }),
  entry("dir", "old/"),
  file("old/a"),
]);

/** A test with a bench of its own. */
const benched =
  (work: (bench: Bench) => Promise<void>, options?: OpenSnapshotterOptions) => async (): Promise<void> => {
    const bench = await Bench.open(options);
    try {
      await work(bench);
    } finally {
      await bench.close();
    }
  };

type Act = [what: string, pick: number, other: number];

const WHAT = [
  "write",
  "remove",
  "mkdir",
  "chmod",
  "chown",
  "link",
  "symlink",
  "xattr",
  "node",
  "touch",
  "rename",
  "remake",
];
const acts: fc.Arbitrary<Act[]> = fc.array(fc.tuple(fc.constantFrom(...WHAT), fc.nat(10_000), fc.nat(10_000)), {
  minLength: 1,
  maxLength: 15,
});

/** Does to the tree under `root` what a container may do. What cannot be done there is left undone. */
function act(root: string, list: Act[]): void {
  for (const [index, [what, pick, other]] of list.entries()) {
    const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
    const folders = ["", ...paths.filter((path) => lstatSync(join(root, path)).isDirectory())];
    const path = join(root, paths[pick % Math.max(paths.length, 1)] ?? "");
    const fresh = join(root, folders[other % folders.length]!, `new${index}`);
    try {
      actOne(what, path, fresh, other);
    } catch (error) {
      if (
        !["EBUSY", "EPERM", "EXDEV", "EISDIR", "ENXIO", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")
      )
        throw error;
    }
  }
}

function actOne(what: string, path: string, fresh: string, number: number): void {
  const isFile = lstatSync(path).isFile();
  if (what === "write") writeFileSync(isFile ? path : fresh, noise(number % 9000, number));
  else if (what === "mkdir") mkdirSync(fresh);
  else if (what === "symlink") symlinkSync(`to/${number}`, fresh);
  else if (what === "node") calls!.makeNode(fresh, 0o20_640, 1 + (number % 200), number % 300);
  else if (what === "chown") lchownSync(path, number, number * 7);
  else if (what === "xattr") calls!.setXattr(path, "trusted.note", Buffer.from(String(number)));
  else if (what === "chmod" && !lstatSync(path).isSymbolicLink()) chmodSync(path, number & 0o7777);
  else if (what === "touch" && isFile) utimesSync(path, number, number + 0.25);
  else if (what === "link" && isFile) linkSync(path, fresh);
  else if (what === "rename") renameSync(path, fresh);
  else if (what === "remove") rmSync(path, { recursive: true, force: true });
  else if (what === "remake" && lstatSync(path).isDirectory()) {
    rmSync(path, { recursive: true });
    mkdirSync(path);
  }
}

const round = suite("ext4: out and in again");

if (present(overlayMounts, round)) {
  round(
    "what a container did to a random layer comes out as a layer, which gives the same tree when it is unpacked",
    async () => {
      const bench = await Bench.open();
      let count = 0;
      try {
        await fc.assert(
          fc.asyncProperty(randomLayer(false, { plainNames: true, plainXattrs: true }), acts, async ({ tar }, list) => {
            const [base, key, again, sealed] = ["base", "container", "again", "sealed"].map(
              (name) => `${name}${count}`,
            ) as [string, string, string, string];
            count++;
            await bench.unpack(base, "", tar);
            const seen = await bench.see(await bench.snapshots.prepare(key, base), (folder) => {
              act(folder, list);
              return readMounted(folder);
            });
            await bench.unpack(again, base, bench.tarOf(await bench.compare(base, key)));
            assertSameTree(shown(await bench.tree(again)), shown(seen));
            await bench.snapshots.commit(sealed, key);
            assertSameTree(shown(await bench.tree(sealed)), shown(seen));
            for (const name of [sealed, again, base]) await bench.snapshots.remove(name);
          }),
          { seed: 20_260_402, numRuns: 40, includeErrorInReport: true },
        );
        assert.equal(mountedUnder(bench.root), [], "layers that are removed are not mounted");
      } finally {
        await bench.close();
      }
    },
  );

  round(
    "layers over layers, compared as they lie, are those that were unpacked",
    benched(async (bench) => {
      const top = layerTar([
        entry("dir", "./", { mode: 0o755 }),
        entry("dir", "etc/"),
        entry("file", "etc/.wh.hosts", { mode: 0, mtime: 0n }),
        file("etc/new"),
      ]);
      await bench.unpack("base", "", BASE);
      await bench.unpack("top", "base", top);
      const [none, base, both] = [
        await bench.snapshots.view("v0", ""),
        await bench.snapshots.view("v1", "base"),
        await bench.snapshots.view("v2", "top"),
      ];
      const paths = async (lower: Mount[], upper: Mount[]): Promise<string[]> =>
        readTar(bench.tarOf(await bench.differ.compare(lower, upper))).map(({ path }) => path);
      assert.equal(await paths(base, both), ["./", "etc/", "etc/.wh.hosts", "etc/new"]);
      assert.is(new Set(await paths(none, base)).size, 7);
      assert.equal(await paths(base, base), []);
      assert.equal(await paths(none, none), []);
      await rejects(bench.differ.compare(none, both), ErrorCode.Unsupported);
      const other = [{ type: "overlay", source: "overlay", target: "", options: [`lowerdir=${bench.root}:/tmp`] }];
      await rejects(bench.differ.compare(other, both), ErrorCode.Unsupported);
    }),
  );

  for (const mediaType of [OCI, `${OCI}+gzip`]) {
    round(
      `a directory that a layer does not list stays what it was below, ${mediaType.slice(-5)}`,
      benched(async (bench) => {
        const open = entry("dir", "tmp/", { mode: 0o1777, mtime: 5n, xattrs: [["user.a", Buffer.from("1")]] });
        await bench.unpack(
          "base",
          "",
          layerTar([open, entry("dir", "srv/", { uid: 7 }), entry("dir", "gone/", { uid: 7 })]),
        );
        await bench.unpack("middle", "base", layerTar([entry("file", ".wh.gone")]));
        const top = layerTar([
          file("tmp/a"),
          file("tmp/new/b"),
          file("gone/c"),
          entry("dir", "srv/", { mtime: 0n }), // listed, and looks as if it were not
          file("srv/d"),
        ]);
        const mounts = await bench.snapshots.prepare("extract", "middle");
        const blob = mediaType === OCI ? top : gzipSync(top);
        const applied = await bench.differ.apply(bench.store.add(blob, mediaType), mounts);
        assert.equal([applied.digest, applied.size], [sha256(top), top.length]);
        await bench.snapshots.commit("top", "extract");
        const tree = await bench.tree("top");
        const said = (path: string) => {
          const { mode, uid, mtime, xattrs } = tree.get(path)!;
          return [mode, uid, mtime, [...xattrs.keys()]];
        };
        assert.equal(said("tmp"), [0o1777, 0, 5n, ["user.a"]]);
        for (const path of ["tmp/new", "gone", "srv"]) assert.equal(said(path), [0o755, 0, 0n, []], path);
      }),
    );
  }

  round(
    "a store that has other bytes when a layer is read again: Corrupt, and nothing is left",
    benched(async (bench) => {
      await bench.unpack("base", "", layerTar([entry("dir", "tmp/", { mode: 0o1777 })]));
      const mounts = await bench.snapshots.prepare("extract", "base");
      const [one, other] = [layerTar([file("tmp/a")]), layerTar([file("tmp/b")])];
      const layer = bench.store.add(one, OCI);
      let reads = 0;
      bench.store.read = async function* () {
        yield reads++ === 0 ? one : other;
      };
      const { message } = await rejects(bench.differ.apply(layer, mounts), ErrorCode.Corrupt);
      assert.match(message, "when it is read again");
      assert.not.ok(readdirSync(bench.directoryOf(mounts)).includes("layer.vhd"));
    }),
  );

  round(
    "what was written to a snapshot with nothing below it comes out too",
    benched(async (bench) => {
      const mounts = await bench.snapshots.prepare("alone", "");
      await bench.see(mounts, (folder) => writeFileSync(join(folder, "a"), "a"));
      const layer = bench.tarOf(await bench.compare("", "alone"));
      assert.equal(
        readTar(layer).map(({ path }) => path),
        ["./", "a"],
      );
    }),
  );

  round(
    "a renamed directory that overlayfs only redirects is Unsupported, and nothing is kept",
    benched(async (bench) => {
      await bench.unpack("base", "", BASE);
      const mounts = await bench.snapshots.prepare("c", "base");
      const directory = bench.directoryOf(mounts);
      mkdirSync(join(directory, "fs/moved"));
      calls!.setXattr(join(directory, "fs/moved"), "trusted.overlay.redirect", Buffer.from("/old"));
      const blobs = bench.store.blobs.size;
      assert.match(
        (await rejects(bench.compare("base", "c"), ErrorCode.Unsupported)).message,
        "trusted.overlay.redirect",
      );
      assert.equal([bench.store.blobs.size, bench.store.begun.size], [blobs, 0]);
    }),
  );
}

round.run();

const shape = suite("ext4: mounts and directories");

if (present(overlayMounts, shape)) {
  shape(
    "nothing below: a bind; layers: an overlay of their mounted images, under what hides lost+found",
    benched(async (bench) => {
      const home = join(bench.root, "snapshots");
      await bench.unpack("one", "", BASE); // id 1
      await bench.unpack("two", "one", layerTar([file("x")])); // id 2
      const overlay = (options: string[]) => [{ type: "overlay", source: "overlay", target: "", options }];
      const more = ["xino=on", ...((await linux.overlayOptions?.()) ?? [])];
      const bind = (access: string, id: number) => [
        { type: "bind", source: `${home}/${id}/fs`, target: "", options: [access, "rbind"] },
      ];
      assert.equal(await bench.snapshots.prepare("a", ""), bind("rw", 3));
      assert.equal(await bench.snapshots.view("b", ""), bind("ro", 4));
      assert.equal(
        await bench.snapshots.prepare("c", "two"),
        overlay([
          `workdir=${home}/5/work`,
          `upperdir=${home}/5/fs`,
          `lowerdir=${home}/5/top:${home}/2/mnt:${home}/1/mnt`,
          ...more,
        ]),
      );
      assert.equal(await bench.snapshots.view("d", "one"), overlay([`lowerdir=${home}/6/top:${home}/1/mnt`, ...more]));
      assert.equal(await bench.snapshots.mounts("d"), await bench.snapshots.mounts("d"));
    }),
  );

  shape(
    "containerd may mount the images: then each is a mount, and none is mounted here",
    benched(
      async (bench) => {
        const home = join(bench.root, "snapshots");
        await bench.unpack("one", "", BASE);
        await bench.unpack("two", "one", layerTar([file("x")]));
        const image = (id: number) => ({
          type: "ext4",
          source: `${home}/${id}/layer.vhd`,
          target: "",
          options: ["ro", "loop", "noload"],
        });
        const mounts = await bench.snapshots.view("v", "two");
        assert.equal(mounts.slice(0, 2), [image(2), image(1)]);
        assert.is(mounts[2]!.type, "format/overlay");
        assert.is(mounts[2]!.options[0], `lowerdir=${home}/3/top:{{ overlay 0 1 }}`);
        assert.equal(mountedUnder(bench.root), []);
        const layer = await bench.differ.compare(await bench.snapshots.view("lower", "one"), mounts);
        assert.equal(
          readTar(bench.tarOf(layer)).map(({ path }) => path),
          ["./", "x"],
        );
      },
      { imagesMounted: "containerd" },
    ),
  );

  shape(
    "the root is that of the topmost layer, in a view and in what is written to, and has no lost+found",
    benched(async (bench) => {
      await bench.unpack("base", "", BASE);
      for (const mounts of [await bench.snapshots.view("v", "base"), await bench.snapshots.prepare("c", "base")]) {
        await bench.see(mounts, (folder) => {
          const { mode, uid, gid, mtimeMs } = statSync(folder);
          assert.equal([mode & 0o7777, uid, gid, mtimeMs], [0o711, 5, 6, 1_700_000_000_000]);
          assert.equal(readdirSync(folder), ["etc", "old"]);
        });
      }
      const layer = bench.tarOf(await bench.compare("base", "c"));
      assert.equal(
        readTar(layer).map(({ path, mode, uid }) => [path, mode, uid]),
        [["./", 0o711, 5]],
      );
    }),
  );

  shape(
    "a layer is mounted when it is first wanted, stays when the snapshotter is closed, and comes back after a restart",
    benched(async (bench) => {
      const mounted = join(bench.root, "snapshots/1/mnt");
      await bench.unpack("base", "", BASE);
      assert.equal(mountedUnder(bench.root), []);
      const mounts = await bench.snapshots.prepare("c", "base");
      await bench.snapshots.prepare("d", "base");
      assert.equal(mountedUnder(bench.root), [mounted]);
      await bench.snapshots.close();
      assert.equal(mountedUnder(bench.root), [mounted]);
      unmountUnder(bench.root); // the machine was switched off
      bench.snapshots = await openSnapshotter("ext4", bench.root, linux);
      assert.equal(mountedUnder(bench.root), []);
      assert.equal(await bench.snapshots.mounts("c"), mounts);
      assert.equal(mountedUnder(bench.root), [mounted]);
    }),
  );

  shape(
    "many that want a layer at once mount it once",
    benched(async (bench) => {
      await bench.unpack("base", "", BASE);
      await Promise.all(Array.from({ length: 8 }, (_, i) => bench.snapshots.view(`v${i}`, "base")));
      unmountUnder(bench.root);
      await Promise.all(Array.from({ length: 8 }, (_, i) => bench.snapshots.mounts(`v${i}`)));
      assert.is(mountedUnder(bench.root).length, 1);
    }),
  );

  shape(
    "removal takes off what is mounted, although a container still has it below, and the loop device goes with the container",
    benched(async (bench) => {
      const devices = (): string => ask("losetup", ["-l", "-n", "-O", "BACK-FILE"]);
      await bench.unpack("base", "", BASE);
      const mounts = await bench.snapshots.view("v", "base");
      await bench.see(mounts, async (folder) => {
        for (const key of ["v", "base"]) await bench.snapshots.remove(key);
        assert.equal(mountedUnder(bench.root), []);
        assert.is(readFileSync(join(folder, "etc/hosts")).length, 5000);
        assert.ok(devices().includes(bench.root));
      });
      assert.equal(readdirSync(join(bench.root, "snapshots")), []);
      await until(() => !devices().includes(bench.root));
    }),
  );

  shape(
    "what a crash left behind is unmounted and swept",
    benched(async (bench) => {
      await bench.unpack("base", "", BASE);
      await bench.snapshots.view("v", "base");
      await bench.snapshots.close();
      const home = join(bench.root, "snapshots");
      for (const name of ["77", "new-1234", "rm-78"]) {
        mkdirSync(join(home, name, "mnt"), { recursive: true });
        ask("cp", [join(home, "1/layer.vhd"), join(home, name)]);
        ask("mount", ["-o", "ro,loop", join(home, name, "layer.vhd"), join(home, name, "mnt")]);
      }
      bench.snapshots = await openSnapshotter("ext4", bench.root, linux);
      assert.equal(readdirSync(home).sort(), ["1", "2"]);
      assert.equal(mountedUnder(bench.root), [join(home, "1/mnt")]);
    }),
  );
}

shape.run();

const commit = suite("ext4: commit");

if (present(overlayMounts, commit)) {
  commit(
    "of what was unpacked leaves the image as it is, and takes a moment",
    benched(async (bench) => {
      const mounts = await bench.snapshots.prepare("extract", "");
      const image = join(bench.directoryOf(mounts), "layer.vhd");
      await bench.differ.apply(bench.store.add(BASE, OCI), mounts);
      const before = statSync(image, { bigint: true });
      await bench.snapshots.commit("base", "extract");
      const after = statSync(image, { bigint: true });
      assert.equal([after.ino, after.mtimeNs, after.nlink], [before.ino, before.mtimeNs, 1n]);
      assert.equal(readdirSync(join(image, "..")).sort(), [".ext4layer", "layer.vhd"]);
      assert.equal(await bench.snapshots.usage("base"), { inodes: 1, size: Number(after.blocks) * 512 });
    }),
  );

  commit(
    "of what was written makes a sound image of it, and keeps nothing twice",
    benched(async (bench) => {
      await bench.unpack("base", "", BASE);
      const mounts = await bench.snapshots.prepare("c", "base");
      await bench.see(mounts, (folder) => {
        rmSync(join(folder, "etc/hosts"));
        writeFileSync(join(folder, "etc/new"), noise(100_000));
      });
      await bench.snapshots.commit("changed", "c");
      const directory = bench.directoryOf(mounts);
      assert.equal(readdirSync(directory).sort(), [".ext4layer", "layer.vhd"]);
      const image = readFileSync(join(directory, "layer.vhd"));
      if (e2fsck.missing === undefined) {
        assert.equal(e2fsck.complaints(scratchFile("raw.img", image.subarray(0, -512))), []);
      }
      const tree = await bench.tree("changed");
      assert.ok(!tree.has("etc/hosts") && tree.get("etc/new")!.size === 100_000 && tree.has("old/a"));
    }),
  );

  commit(
    "that fails leaves the snapshot as it was, to be written to and committed again",
    benched(async (bench) => {
      await bench.unpack("base", "", BASE);
      const mounts = await bench.snapshots.prepare("c", "base");
      const write = (name: string) => bench.see(mounts, (folder) => writeFileSync(join(folder, name), name));
      await write("first");
      await rejects(bench.snapshots.commit("base", "c"), ErrorCode.AlreadyExists);
      await write("second");
      await bench.snapshots.commit("changed", "c");
      const tree = await bench.tree("changed");
      assert.ok(tree.has("first") && tree.has("second"));
    }),
  );

  commit(
    "that fails, and then a layer is unpacked into the snapshot: that is what is committed",
    benched(async (bench) => {
      await bench.unpack("base", "", layerTar([file("x")]));
      const mounts = await bench.snapshots.prepare("c", "");
      await rejects(bench.snapshots.commit("base", "c"), ErrorCode.AlreadyExists);
      await bench.differ.apply(bench.store.add(BASE, OCI), mounts);
      await bench.snapshots.commit("layer", "c");
      assert.ok((await bench.tree("layer")).has("etc/hosts"));
    }),
  );

  commit(
    "by several at once makes one layer, and is NotFound to the others",
    benched(async (bench) => {
      const mounts = await bench.snapshots.prepare("c", "");
      writeFileSync(join(bench.directoryOf(mounts), "fs/a"), noise(100_000));
      const attempts = [1, 2, 3, 4].map((i) => bench.snapshots.commit(`layer ${i}`, "c"));
      await attempts[0];
      for (const attempt of attempts.slice(1)) await rejects(attempt, ErrorCode.NotFound);
      assert.ok((await bench.tree("layer 1")).has("a"));
      assert.equal(readdirSync(bench.directoryOf(mounts)).sort(), [".ext4layer", "layer.vhd", "mnt"]);
    }),
  );

  commit(
    "of a snapshot whose last commit broke off behind its image begins anew",
    benched(async (bench) => {
      const mounts = await bench.snapshots.prepare("c", "");
      const directory = bench.directoryOf(mounts);
      for (const name of [".sealed", "layer.vhd"]) writeFileSync(join(directory, name), "old");
      writeFileSync(join(directory, "fs/a"), "a");
      await bench.snapshots.commit("layer", "c");
      assert.ok((await bench.tree("layer")).has("a"));
    }),
  );

  commit(
    "of a snapshot that was unpacked into and written to besides is refused: one of the two would be lost",
    benched(async (bench) => {
      const mounts = await bench.snapshots.prepare("c", "");
      await bench.differ.apply(bench.store.add(BASE, OCI), mounts);
      writeFileSync(join(bench.directoryOf(mounts), "fs/a"), "a");
      const { message } = await rejects(bench.snapshots.commit("layer", "c"), ErrorCode.FailedPrecondition);
      assert.match(message, "files were written to it besides");
      assert.is((await bench.snapshots.stat("c")).kind, "active");
    }),
  );
}

commit.run();

const missing = suite("ext4: machines that lack something");

missing("where nothing can be mounted it is Unavailable, and says what to install", async () => {
  const bare: Platform = { copyRange: async () => undefined };
  const root = scratchFolder();
  const { message } = await rejects(openSnapshotter("ext4", root, bare), ErrorCode.Unavailable);
  assert.match(message, "npm install koffi");
  assert.not.ok(existsSync(join(root, basename("snapshots"), "1")));
});

missing.run();

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 100, "within five seconds");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
