/** Behaviours that files show: what a layer changes is seen in those over it, and nowhere else. */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/host/errors.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import {
  all,
  type Change,
  copy,
  directory,
  file,
  link,
  mode,
  owner,
  remove,
  rename,
  symlink,
  time,
} from "./file-changes.ts";
import { assertSameFiles } from "./file-tree.ts";
import type { Behaviour } from "./snapshotter.ts";
import type { Workbench } from "./workbench.ts";

/**
 * Makes layers of `changes`, each over the one before it, and holds each snapshot against a plain directory: before the change,
 * after it, and as a view when it is committed. Gives their names, the base first.
 */
async function stack(bench: Workbench, changes: Change[]): Promise<string[]> {
  const plain = scratchFolder();
  const names: string[] = [];
  for (const [index, change] of changes.entries()) {
    const key = `layer ${index}`;
    await bench.mounted(await bench.prepare(key, names.at(-1)), (folder) => {
      assertSameFiles(folder, plain);
      change(folder);
      change(plain);
      assertSameFiles(folder, plain);
    });
    names.push(`committed ${index}`);
    await bench.commit(names.at(-1)!, key);
    await sees(bench, names.at(-1)!, plain);
  }
  return names;
}

/** That a view of `parent` shows what stands in the plain directory. */
async function sees(bench: Workbench, parent: string, plain: string): Promise<void> {
  const name = `view of ${parent}`;
  await bench.mounted(await bench.view(name, parent), (folder) => assertSameFiles(folder, plain));
  await bench.snapshots.remove(bench.key(name));
}

const someFiles = all(
  directory("etc"),
  file("etc/hosts", "127.0.0.1 localhost\n", 0o644),
  file("etc/profile", "PATH=/usr/bin\n", 0o755),
  symlink("hosts", "etc/link"),
  directory("home", 0o700),
  file("home/secret", "", 0o600),
  directory("home/deep"),
  directory("home/deep/deeper", 0o711),
  file("home/deep/deeper/file", "x".repeat(70_000)),
);

export const fileBehaviours: Behaviour[] = [
  [
    "has a whole life: layers, a view, and removal from the top down",
    async (bench) => {
      const { snapshots } = bench;
      const plain = scratchFolder();
      const [initial, changed] = [
        all(directory("a"), directory("a/b"), directory("c"), file("foo", "foo\n", 0o777), file("c/bar", "bar\n")),
        all(file("new", "new\n"), file("foo", "other\n", 0o600), remove("a"), file("c/more", "more\n", 0o400)),
      ];
      const mounts = await bench.prepare("preparing");
      assert.ok(mounts.length > 0, "there is something to mount");
      await bench.mounted(mounts, initial);
      initial(plain);
      await bench.commit("committed", "preparing");
      const committed = await snapshots.stat("committed");
      assert.is(committed.kind, "committed");
      assert.is(committed.parent, "");
      await rejects(snapshots.stat(bench.key("preparing")), ErrorCode.NotFound);

      await bench.mounted(await bench.prepare("next", "committed"), (folder) => {
        assertSameFiles(folder, plain);
        changed(folder);
      });
      changed(plain);
      const active = await snapshots.stat(bench.key("next"));
      assert.is(active.kind, "active");
      assert.is(active.parent, "committed");
      await bench.commit("top", "next");
      for await (const info of snapshots.walk()) assert.equal(await snapshots.stat(info.name), info);

      await sees(bench, "top", plain);
      const error = await rejects(snapshots.remove("committed"), ErrorCode.FailedPrecondition);
      assert.match(error.message, /remove/);
      await snapshots.remove("top");
      await snapshots.remove("committed");
    },
  ],
  [
    "shows files that were overwritten and modes that changed, though size and time are the same",
    async (bench) => {
      const at = 1_700_000_000;
      const version = (number: number): Change =>
        all(
          file("same-size", `version ${number}`),
          time("same-size", at),
          mode("mode", number % 2 === 0 ? 0o777 : 0o755),
          file("deep/file", `version ${number}`, 0o600 + number),
          time("deep/file", at),
        );
      const base = all(directory("deep"), file("mode", "mode"), file("same-size", ""), file("deep/file", ""));
      await stack(bench, [base, version(1), version(2), version(3), version(4), version(5)]);
    },
  ],
  [
    "shows nothing of a lower directory that was removed and made again",
    async (bench) => {
      await stack(bench, [
        all(directory("dir"), directory("dir/in"), file("dir/in/hidden", "hidden"), file("dir/hidden", "hidden")),
        all(remove("dir"), directory("dir"), file("dir/seen", "seen")),
        all(file("dir/more", "more"), directory("dir/in")),
      ]);
    },
  ],
  [
    "shows who owns a file since its owner changed",
    async (bench) => {
      await stack(bench, [
        all(directory("opt"), directory("opt/a"), file("opt/a/file", "x"), file("opt/b", "y"), symlink("b", "opt/c")),
        all(
          owner("opt", 1, 1),
          owner("opt/a", 1, 2),
          owner("opt/a/file", 3, 4),
          owner("opt/b", 100_000, 5),
          owner("opt/c", 6, 7),
        ),
        all(owner("opt/a/file", 0, 0), mode("opt/b", 0o4755)),
      ]);
    },
  ],
  [
    "keeps owners and modes of directories that are changed, deleted and made again",
    async (bench) => {
      await stack(bench, [
        all(
          directory("dir1", 0o700),
          directory("dir2"),
          directory("dir3", 0o1777),
          file("dir1/f", "1"),
          file("dir2/f", "2"),
        ),
        all(owner("dir1", 1, 1), owner("dir3", 2, 2), remove("dir2"), directory("dir4", 0o750), owner("dir4", 9, 9)),
        all(
          directory("dir2", 0o711),
          owner("dir2", 5, 5),
          mode("dir1", 0o755),
          file("dir4/f", "4"),
          remove("dir3"),
          directory("dir3"),
        ),
      ]);
    },
  ],
  [
    "keeps a file deleted in the layers over the one that deleted it",
    async (bench) => {
      await stack(bench, [
        someFiles,
        all(remove("etc/hosts"), remove("home/deep/deeper/file")),
        all(file("etc/new", "new"), directory("home/deep/other")),
        remove("home/deep"),
      ]);
    },
  ],
  [
    "shows a file of a lower layer that was moved by copy, and one with another name in a new directory",
    async (bench) => {
      await stack(bench, [
        all(someFiles, file("moved", "moved content", 0o640), file("linked", "linked content")),
        all(
          directory("new"),
          copy("moved", "new/moved"),
          remove("moved"),
          link("linked", "new/linked"),
          remove("linked"),
        ),
        all(file("new/moved", "changed"), remove("new/linked")),
      ]);
    },
  ],
  [
    // Directories of a lower layer cannot be: overlayfs says EXDEV.
    "shows files that were renamed, and directories of the same layer",
    async (bench) => {
      const base = all(someFiles, directory("dir"), file("dir/file", "in a directory"), rename("dir", "home/dir"));
      const renamed = [
        rename("etc/hosts", "home/hosts"),
        rename("home/secret", "etc/profile"),
        rename("home/dir/file", "etc/file"),
        directory("fresh"),
        rename("fresh", "etc/fresh"),
      ];
      await stack(bench, [base, all(...renamed), file("home/hosts", "changed")]);
    },
  ],
  [
    "lets nobody write through a view",
    async (bench) => {
      const assertReadOnly = (folder: string): void => {
        assert.throws(() => writeFileSync(join(folder, "foo"), "changed"), /EROFS/);
        assert.throws(() => writeFileSync(join(folder, "other"), "new"), /EROFS/);
      };
      await bench.layer("base", "", file("foo", "foo"));
      await bench.layer("top", "base", file("bar", "bar"));
      await bench.mounted(await bench.view("of one", "base"), assertReadOnly);
      await bench.mounted(await bench.view("of two", "top"), assertReadOnly);
      await bench.mounted(await bench.view("of none"), (folder) => {
        assert.throws(() => writeFileSync(join(folder, "other"), "new"), /EROFS/);
      });
    },
  ],
  [
    "shows what an active snapshot has, in `mounts` as in `prepare`",
    async (bench) => {
      await bench.layer("base", "", someFiles);
      const mounts = await bench.prepare("active", "base");
      await bench.mounted(mounts, file("etc/hosts", "changed"));
      assert.equal(await bench.snapshots.mounts(bench.key("active")), mounts);
      await bench.mounted(await bench.snapshots.mounts(bench.key("active")), (folder) => {
        assert.is(statSync(join(folder, "etc/hosts")).size, "changed".length);
      });
    },
  ],
  [
    "begins with an empty root of mode 0755",
    async (bench) => {
      await bench.mounted(await bench.prepare("empty"), (folder) => {
        assert.is(statSync(folder).mode & 0o7777, 0o755);
        assert.equal(readdirSync(folder), []);
      });
    },
  ],
  [
    "gives the root of a snapshot to whom its parent's belongs to",
    async (bench) => {
      await bench.layer("base", "", owner(".", 12, 34));
      await bench.mounted(await bench.prepare("active", "base"), (folder) => {
        assert.equal([statSync(folder).uid, statSync(folder).gid], [12, 34]);
      });
    },
  ],
  [
    "counts in an active snapshot what was written, and in a committed one what it had",
    async (bench, { mounter }) => {
      const { snapshots } = bench;
      const size = 1_000_000;
      await bench.mounted(await bench.prepare("of base"), file("data", new Uint8Array(size).fill(1)));
      const before = await snapshots.usage(bench.key("of base"));
      await bench.commit("base", "of base");
      const committed = await snapshots.usage("base");
      await bench.prepare("of top", "base");
      const own = await snapshots.usage(bench.key("of top"));
      await bench.view("view", "base");
      assert.equal(await snapshots.usage(bench.key("view")), { inodes: 0, size: 0 });
      if (mounter === undefined) return;
      assert.ok(before.size >= size && before.size < 2 * size, `${before.size} bytes`);
      assert.ok(before.inodes >= 2);
      assert.ok(committed.size >= size, `${committed.size} bytes`);
      assert.ok(own.size < size, `${own.size} bytes, without its parent`);
    },
  ],
  [
    "stacks 128 layers",
    async (bench) => {
      const changes = Array.from({ length: 128 }, (_, index) => {
        const replaced = index % 3 === 0 || index < 2 ? [] : [remove(`dir/file ${index - 2}`)];
        const first = index === 0 ? [directory("dir")] : [];
        return all(...first, file(`dir/file ${index}`, `content ${index}`), file("last", String(index)), ...replaced);
      });
      const names = await stack(bench, changes);
      for (const name of names.reverse()) await bench.snapshots.remove(name);
    },
  ],
];
