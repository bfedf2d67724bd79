/** Without root a snapshotter of directories works in a user namespace, and elsewhere says what is missing. */
import { chmodSync, chownSync } from "node:fs";
import { dirname } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { scratchFolder } from "../fixtures/scratch.ts";
import { type Answer, type Oracle, present, run } from "../oracles/oracle.ts";
import { overlayMounts } from "../oracles/overlay-mounts.ts";

const NOBODY = 65534;

const built = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

/** Loads everything as whoever starts it, as nobody else may be able to. */
const LOAD = `
import fs from "node:fs";
import { join } from "node:path";
import { openSnapshotter } from ${built("host/snapshots/open.js")};
import "lmdb";
import { thisPlatform } from ${built("adapters/this-platform.js")};
await import(${built("host/metadata/store.js")});
const platform = thisPlatform();
const mounter = await platform.mounter();
const root = process.argv[1];
const drop = () => { process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY}); };
`;

/** Says what is mounted for a container, and what it sees of a directory that it replaced. */
const WORK = `
const snapshots = await openSnapshotter("overlay", root, platform);
await snapshots.prepare("of base", "");
fs.mkdirSync(join(root, "snapshots/1/fs/replaced"));
fs.writeFileSync(join(root, "snapshots/1/fs/replaced/hidden"), "");
await snapshots.commit("base", "of base");
const [mount] = await snapshots.prepare("container", "base");
const merged = join(root, "merged");
fs.mkdirSync(merged);
for (const content of [["hidden"], []]) {
  await mounter.mount(mount, merged);
  console.log(JSON.stringify(fs.readdirSync(join(merged, "replaced"))));
  fs.rmSync(join(merged, "replaced"), { recursive: true });
  fs.mkdirSync(join(merged, "replaced"));
  await mounter.unmount(merged);
}
console.log(mount.options.includes("userxattr") ? "user" : "trusted");
await snapshots.close();
`;

const FAIL = `
drop();
await openSnapshotter("overlay", root, platform).catch(({ code, message }) => console.log(String(code), message));
`;

function node(script: string, root: string, ...before: string[]): Answer {
  const [program, ...args] = [...before, process.execPath, "--input-type=module", "-e", LOAD + script, root];
  return run(program!, args);
}

/** A folder that nobody can come to. */
function reachable(): string {
  const folder = scratchFolder();
  chmodSync(dirname(folder), 0o711);
  return folder;
}

const namespaces: Oracle = {
  name: "overlayfs in a user namespace",
  missing:
    overlayMounts.missing ?? (run("unshare", ["-Urm", "true"]).status === 0 ? undefined : "unshare -Urm fails here"),
};

const test = suite("snapshots: rights");

if (present(namespaces, test)) {
  test("in a user namespace layers have marks that are allowed there", () => {
    const { stdout, stderr } = node(WORK, scratchFolder(), "unshare", "-Urm");
    assert.equal(stdout.trim().split("\n"), ['["hidden"]', "[]", "user"], stderr);
  });
}

if (present(overlayMounts, test)) {
  test("as root they have those of root", () => {
    const { stdout, stderr } = node(WORK, scratchFolder());
    assert.equal(stdout.trim().split("\n"), ['["hidden"]', "[]", "trusted"], stderr);
  });

  test("nobody is told what mounting takes", () => {
    const root = reachable();
    chownSync(root, NOBODY, NOBODY);
    assert.match(node(FAIL, root).stdout, /^5 .*needs root \(CAP_SYS_ADMIN\)/);
  });

  test("nobody is told to choose another root, where this one is another's", () => {
    assert.match(node(FAIL, reachable()).stdout, /^5 .*permission denied; run as root, or choose a root of your own/);
  });
}

test.run();
