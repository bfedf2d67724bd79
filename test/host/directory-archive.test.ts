/** Directories of this machine become layers. */
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { linux } from "../../src/adapters/linux/platform.ts";
import { archiveDirectory } from "../../src/host/archive/directory-archive.ts";
import { encodeEntry, padding, type TarType } from "../../src/host/archive/pax.ts";
import { ErrorCode } from "../../src/index.ts";
import { type LayerEntry, toBytes } from "../fixtures/layer.ts";
import { populate } from "../fixtures/populate.ts";
import { noise } from "../fixtures/random.ts";
import { randomLayer } from "../fixtures/random-layer.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { tarWriter } from "../fixtures/tar-writer.ts";
import { comparable } from "../oracles/apply-layer.ts";
import { layerTree } from "../oracles/layer-tree.ts";
import { loopMount, readMounted } from "../oracles/loop-mount.ts";
import { mke2fs } from "../oracles/mke2fs.ts";
import { ask, type Oracle, present } from "../oracles/oracle.ts";
import { overlay } from "../oracles/overlay.ts";
import { readTar } from "../oracles/tar-reader.ts";
import { assertSameTree, type Entry, type Tree } from "../oracles/tree.ts";
import { gnuTar, treeOf } from "../oracles/unpack.ts";

const calls = await linux.fileCalls!();
const fileCalls: Oracle = {
  name: "calls of files",
  missing: calls ? undefined : "koffi has no build for this machine",
};

async function archive(directory: string, signal?: AbortSignal): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of archiveDirectory(directory, { calls: calls!, signal })) pieces.push(piece);
  return Buffer.concat(pieces);
}

const paths = (tar: Uint8Array): string[] => readTar(tar).map(({ path }) => path);

const entries = suite("directory archive: entries");

const TYPES: Partial<Record<LayerEntry["kind"], TarType>> = { dir: "directory", char: "character" };

entries("have the bytes that the core writes for them", async () => {
  const byCore = await tarWriter();
  await fc.assert(
    fc.property(randomLayer(false), fc.bigInt(-(10n ** 19n), 10n ** 20n), ({ entries }, mtime) => {
      for (const item of entries) {
        if (item.kind === "file" && !(item.data instanceof Uint8Array)) continue; // holes are written out here
        const { path, target, xattrs, data, ...rest } = { ...item, mtime, atime: undefined, ctime: undefined };
        const content = item.kind === "file" ? (data as Uint8Array) : Buffer.alloc(0);
        const header = encodeEntry({
          ...rest,
          type: TYPES[item.kind] ?? (item.kind as TarType),
          name: toBytes(path),
          target: toBytes(target),
          size: content.length,
          xattrs: xattrs.map(([name, value]) => [toBytes(name), value] as const),
        });
        const ours = Buffer.concat([header, content, padding(content.length), Buffer.alloc(1024)]);
        const { atime, ctime, ...plain } = item;
        const wanted = byCore([{ ...plain, mtime, xattrs: xattrs.toSorted(([a], [b]) => (a < b ? -1 : 1)) }]);
        assert.ok(ours.equals(wanted), `${item.kind} ${path}`);
      }
    }),
    { seed: 20_260_401, numRuns: 200 },
  );
});

entries("with numbers past their fields, and attributes with odd names, read back", () => {
  const header = Buffer.from(
    encodeEntry({
      type: "file",
      name: Buffer.from("a"),
      mode: 0o644,
      uid: 2 ** 32 - 1,
      gid: 2_097_152,
      size: 2 ** 33,
      mtime: -1n,
      xattrs: [[Buffer.from("user.a=b%"), Buffer.from("value")]],
    }),
  ).toString("latin1");
  for (const record of ["uid=4294967295\n", "gid=2097152\n", "size=8589934592\n", "mtime=-0.000000001\n"]) {
    assert.ok(header.includes(record), record);
  }
  assert.ok(header.includes("LIBARCHIVE.xattr.user.a%3Db%25=dmFsdWU\n"));
});

entries("that say more than readers take are OutOfRange", async () => {
  const item = { type: "character", name: Buffer.from("a"), mode: 0, uid: 0, gid: 0, size: 0, mtime: 0n } as const;
  await rejects((async () => encodeEntry({ ...item, minor: 2 ** 21 }))(), ErrorCode.OutOfRange);
  await rejects(
    (async () => encodeEntry({ ...item, xattrs: [[Buffer.from("user.a"), Buffer.alloc(2 ** 20)]] }))(),
    ErrorCode.OutOfRange,
  );
});

entries.run();

const trees = suite("directory archive: trees");

const withoutSockets = (tree: Tree): Tree => new Map([...tree].filter(([, { kind }]) => kind !== "socket"));

if (present(fileCalls, trees)) {
  if (present(loopMount, trees) && present(mke2fs, trees)) {
    /** Of all kinds of files, but for those that overlayfs understands in a way of its own. */
    const filled = (): string => {
      const image = mke2fs.make("-t ext4 -b 4096 -O ea_inode", 96 * 2 ** 20);
      mke2fs.fill(image, (folder) => {
        populate(folder, 300);
        unlinkSync(join(folder, "whiteout"));
        ask("setfattr", ["-x", "trusted.overlay.opaque", join(folder, "xattrs")]);
      });
      return image;
    };

    trees("all that is in a mounted filesystem, the socket aside, and twice the same bytes", async () => {
      const image = filled();
      const folder = scratchFolder();
      ask("mount", ["-t", "ext4", "-o", "ro,loop", image, folder]);
      try {
        const tar = await archive(folder);
        assert.ok(tar.equals(await archive(folder)));
        const wanted = withoutSockets(readMounted(folder));
        assertSameTree(comparable(layerTree(readTar(tar))), comparable(wanted));
        if (gnuTar.missing !== undefined) return;
        const restored = (tree: Tree) =>
          new Map([...tree].map(([path, item]) => [path, gnuTar.restores(item, path) as Entry]));
        assertSameTree(restored(treeOf(gnuTar, scratchFile("directory.tar", tar), 2 ** 29)), restored(wanted));
      } finally {
        ask("umount", [folder]);
      }
    });
  }

  trees("the root first, directories before what is in them, names by their bytes", async () => {
    const root = scratchFolder();
    for (const name of ["b", "b/x", "c"]) mkdirSync(join(root, name));
    for (const name of ["b/y", "b-", "a", "B", "b.", "c/1"]) writeFileSync(join(root, name), name);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xff)]), "");
    assert.equal(paths(await archive(root)), ["./", "B", "a", "b/", "b/x/", "b/y", "b-", "b.", "c/", "c/1", "\xff"]);
  });

  trees("names that link to one file are links to the first", async () => {
    const root = scratchFolder();
    writeFileSync(join(root, "z"), "content");
    linkSync(join(root, "z"), join(root, "a"));
    symlinkSync("nowhere", join(root, "s"));
    linkSync(join(root, "s"), join(root, "t"));
    const found = readTar(await archive(root)).map(({ path, kind, target }) => [path, kind, target]);
    assert.equal(found.slice(1), [
      ["a", "file", ""],
      ["s", "symlink", "nowhere"],
      ["t", "hardlink", "s"],
      ["z", "hardlink", "a"],
    ]);
  });

  trees("a directory that is not there is NotFound, and a file is none", async () => {
    const root = scratchFolder();
    await rejects(archive(join(root, "x")), ErrorCode.NotFound);
    writeFileSync(join(root, "x"), "");
    await rejects(archive(join(root, "x")), ErrorCode.InvalidArgument);
  });
}

trees.run();

const uppers = suite("directory archive: upper directories");

if (present(fileCalls, uppers) && present(overlay, uppers)) {
  const node = (path: string): string => ask("mknod", [path, "c", "0", "0"]);
  const attribute = (name: string, value: string, path: string) =>
    ask("setfattr", ["-h", "-n", `trusted.overlay.${name}`, "-v", value, path]);

  uppers("whiteouts become entries, and what overlayfs noted for itself is gone", async () => {
    const root = scratchFolder();
    mkdirSync(join(root, "d"));
    node(join(root, "d/gone"));
    linkSync(join(root, "d/gone"), join(root, "d/gone-too"));
    attribute("opaque", "y", join(root, "d"));
    for (const note of ["impure", "origin", "uuid"]) attribute(note, "0x00ff", join(root, "d"));
    ask("setfattr", ["-n", "trusted.mine", "-v", "1", join(root, "d")]);
    const found = readTar(await archive(root));
    assert.equal(
      found.map(({ path }) => path),
      ["./", "d/", "d/.wh..wh..opq", "d/.wh.gone", "d/.wh.gone-too"],
    );
    assert.equal(found[1]!.xattrs, [["trusted.mine", Buffer.from("1")]]);
    assert.ok(found.slice(2).every(({ kind, data }) => kind === "file" && (data as Uint8Array).length === 0));
  });

  for (const note of ["redirect", "metacopy", "whiteout", "overlay.opaque"]) {
    uppers(`trusted.overlay.${note} is Unsupported`, async () => {
      const root = scratchFolder();
      mkdirSync(join(root, "d"));
      attribute(note, "y", join(root, "d"));
      assert.match((await rejects(archive(root), ErrorCode.Unsupported)).message, `d/: trusted.overlay.${note}`);
    });
  }

  uppers("a name that begins with .wh. is Unsupported", async () => {
    const root = scratchFolder();
    writeFileSync(join(root, ".wh.a"), "");
    assert.match((await rejects(archive(root), ErrorCode.Unsupported)).message, ".wh.a: a layer cannot hold");
  });
}

uppers.run();

const moving = suite("directory archive: trees that change");

if (present(fileCalls, moving)) {
  /** Calls `change` when the first bytes come that contain `mark`. */
  async function archiveWhile(root: string, mark: string, change: () => void): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    let done = false;
    for await (const piece of archiveDirectory(root, { calls: calls! })) {
      pieces.push(piece);
      if (done || !Buffer.from(piece).includes(mark)) continue;
      done = true;
      change();
    }
    return Buffer.concat(pieces);
  }

  const large = (path: string): void => writeFileSync(path, noise(2 ** 20));

  const CHANGES: [what: string, change: (file: string) => void][] = [
    ["grows", (file) => appendFileSync(file, "x")],
    ["becomes shorter", (file) => truncateSync(file, 600_000)],
    ["is written to", (file) => writeFileSync(file, noise(2 ** 20, 2))],
    ["has other permissions", (file) => chmodSync(file, 0o600)],
    ["has another time", (file) => utimesSync(file, 1, 1)],
  ];
  for (const [what, change] of CHANGES) {
    moving(`a file that ${what} while it is read: FailedPrecondition`, async () => {
      const root = scratchFolder();
      large(join(root, "name-of-file"));
      const work = archiveWhile(root, "name-of-file", () => change(join(root, "name-of-file")));
      assert.match(
        (await rejects(work, ErrorCode.FailedPrecondition)).message,
        "name-of-file: changed while it was read",
      );
    });
  }

  moving("a file that goes away before its turn: FailedPrecondition", async () => {
    const root = scratchFolder();
    for (const name of ["first", "second"]) writeFileSync(join(root, name), "");
    await rejects(
      archiveWhile(root, "first", () => unlinkSync(join(root, "second"))),
      ErrorCode.FailedPrecondition,
    );
  });

  moving("a directory that becomes a symbolic link leads nowhere else", async () => {
    const [root, secret] = [scratchFolder(), scratchFolder()];
    mkdirSync(join(root, "d"));
    for (const folder of [join(root, "d"), secret]) for (const name of ["a", "b"]) large(join(folder, name));
    writeFileSync(join(secret, "b"), "secret");
    const tar = await archiveWhile(root, "d/a", () => {
      renameSync(join(root, "d"), join(root, "elsewhere"));
      symlinkSync(secret, join(root, "d"));
    });
    assert.not.ok(tar.includes("secret"));
    assert.equal(paths(tar), ["./", "d/", "d/a", "d/b"]);
  });

  moving("stopped, it fails with the reason", async () => {
    const root = scratchFolder();
    for (let i = 0; i < 50; i++) large(join(root, `f${i}`));
    const reason = new Error("enough");
    const error = await archive(root, AbortSignal.abort(reason)).catch((failure: unknown) => failure);
    assert.is(error, reason);
  });
}

moving.run();
