/** Rules of profile modern that no edge layer shows. */
import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { makeImage, type Options } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { archive, base256, header, member, pax } from "../fixtures/tar-builder.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { loopMount } from "../oracles/loop-mount.ts";
import { present } from "../oracles/oracle.ts";
import type { Tree } from "../oracles/tree.ts";

const OVERLAY: Options = { whiteouts: "overlay" };
const hex = (text: string): string => Buffer.from(text).toString("hex");

const refusals = suite("modern: refused");

const REFUSED: [what: string, tar: Uint8Array, code: ErrorCode, options?: Options][] = [
  ["a user of 2³²", archive([...withRecord("uid", "4294967296")]), ErrorCode.OutOfRange],
  ["a user of no one", archive([...withRecord("uid", "4294967295")]), ErrorCode.OutOfRange],
  ["a group below zero", archive([...withRecord("gid", "-1")]), ErrorCode.OutOfRange],
  ["a minor number of 21 bits", device(1, 2 ** 20), ErrorCode.OutOfRange],
  ["a file for the root", archive([member({ name: "." }, "x")]), ErrorCode.FailedPrecondition],
  [
    "an attribute that overlayfs would obey",
    layerTar([entry("dir", "d", { xattrs: [["trusted.overlay.redirect", Buffer.from("/etc")]] })]),
    ErrorCode.FailedPrecondition,
    OVERLAY,
  ],
  [
    "an attribute of no namespace",
    layerTar([entry("file", "f", { xattrs: [["made.up", Buffer.of(1)]] })]),
    ErrorCode.Unsupported,
  ],
  [
    "an attribute of its prefix alone",
    layerTar([entry("file", "f", { xattrs: [["user.", Buffer.of(1)]] })]),
    ErrorCode.Corrupt,
  ],
  [
    "an ACL for what a directory gives, on a file",
    layerTar([entry("file", "f", { xattrs: [["system.posix_acl_default", acl()]] })]),
    ErrorCode.Corrupt,
  ],
  ["base64 that is none", archive([...withRecord("LIBARCHIVE.xattr.user.a", "*")]), ErrorCode.Corrupt],
  ["a link that leads in a circle", circle(), ErrorCode.FailedPrecondition],
  ["a hard link to what never comes", layerTar([entry("hardlink", "h", { target: "nowhere" })]), ErrorCode.NotFound],
  [
    "hard links to each other",
    layerTar([entry("hardlink", "a", { target: "b" }), entry("hardlink", "b", { target: "a" })]),
    ErrorCode.FailedPrecondition,
  ],
  ["a file below a whiteout", layerTar([entry("file", ".wh.a/b")]), ErrorCode.FailedPrecondition, OVERLAY],
  ["a symbolic link to nothing", layerTar([entry("symlink", "s", { target: "" })]), ErrorCode.Corrupt],
];

for (const [what, tar, code, options] of REFUSED) {
  refusals(what, async () => {
    const error = await rejects(makeImage(tar, options), code);
    assert.match(error.message, /^(ext4|tar): /);
  });
}

refusals.run();

/** A record, and the file that it is for. */
function withRecord(key: string, value: string): Uint8Array[] {
  return [pax([[key, value]]), member({ name: "f" }, "x")];
}

function device(major: number, minor: number): Uint8Array {
  const raw: [number, Uint8Array][] = [
    [329, base256(BigInt(major), 8)],
    [337, base256(BigInt(minor), 8)],
  ];
  return archive([header({ name: "d", type: "3", raw })]);
}

function circle(): Uint8Array {
  return layerTar([
    entry("symlink", "a", { target: "b" }),
    entry("symlink", "b", { target: "a" }),
    entry("file", "a/f"),
  ]);
}

function acl(): Buffer {
  return Buffer.from("0200000001000600ffffffff04000400ffffffff20000400ffffffff", "hex");
}

const shown = suite("modern: shown");

if (present(loopMount, shown) && present(e2fsck, shown)) {
  const treeOf = async (tar: Uint8Array, options?: Options): Promise<Tree> => {
    const { image } = await makeImage(tar, options);
    const path = scratchFile("layer.img", image);
    assert.equal(e2fsck.complaints(path), []);
    return loopMount.tree(path);
  };

  shown("attributes in all their forms, the plain one before all others", async () => {
    const records: [string, string][] = [
      ["SCHILY.xattr.user.both", "plain"],
      ["LIBARCHIVE.xattr.user.both", Buffer.from("encoded").toString("base64")],
      ["LIBARCHIVE.xattr.user.a%20b%3d", Buffer.from("value").toString("base64").replace(/=+$/, "")],
      ["RHT.security.selinux", "system_u:object_r:bin_t:s0"],
    ];
    const tree = await treeOf(archive([pax(records), member({ name: "f" }, "x")]));
    const { xattrs } = tree.get("f")!;
    assert.is(xattrs.get("user.both"), hex("plain"));
    assert.is(xattrs.get("user.a b="), hex("value"));
    assert.is(xattrs.get("security.selinux"), hex("system_u:object_r:bin_t:s0\0"));
  });

  shown("the times and owners of global records, where an entry has none of its own", async () => {
    const defaults: [string, string][] = [
      ["mtime", "1.5"],
      ["uid", "7"],
      ["comment", "none"],
    ];
    const members = [member({ name: "a" }, "x"), pax([["mtime", "2"]]), member({ name: "b" }, "x")];
    const tree = await treeOf(archive([pax(defaults, "g"), ...members]));
    assert.equal([tree.get("a")!.mtime, tree.get("a")!.uid], [1_500_000_000n, 7]);
    assert.equal([tree.get("b")!.mtime, tree.get("b")!.uid], [2_000_000_000n, 7]);
  });

  shown(
    "a directory that a whiteout stands for, and that came all the same, is opaque, in whatever order they come",
    async () => {
      const directory = entry("dir", "d");
      const whiteout = entry("file", ".wh.d");
      for (const entries of [
        [directory, whiteout],
        [whiteout, directory],
        [whiteout, entry("file", "d"), directory],
        [entry("file", "d/f"), whiteout],
        [whiteout, entry("file", "d/f")],
      ]) {
        const tree = await treeOf(layerTar(entries), OVERLAY);
        assert.is(tree.get("d")!.kind, "dir");
        assert.is(tree.get("d")!.xattrs.get("trusted.overlay.opaque"), hex("y"));
      }
    },
  );

  shown("a file where a directory was, whatever of that is listed as deleted, and in whatever order", async () => {
    const file = entry("file", "d");
    const whiteouts = [entry("file", "d/.wh.a"), entry("file", "d/.wh..wh..opq"), entry("file", "d/e/.wh.f")];
    for (const entries of [
      [file, ...whiteouts],
      [...whiteouts, file],
    ]) {
      const tree = await treeOf(layerTar(entries), OVERLAY);
      assert.equal([...tree.keys()].sort(), ["", "d", "lost+found"]);
      assert.is(tree.get("d")!.kind, "file");
    }
  });

  shown("hard links to hard links whose target comes last as one file", async () => {
    const links = [entry("hardlink", "b", { target: "a" }), entry("hardlink", "c", { target: "b" })];
    const tree = await treeOf(layerTar([...links, entry("file", "a", { data: Buffer.from("x") })]));
    assert.is(tree.get("c")!.links, 3);
    assert.is(tree.get("c")!.inode, "a");
  });

  shown("thousands of extents, and blocks of zeros between them", async () => {
    const data = Buffer.alloc(12_000 * 4096);
    for (let block = 0; block < 6000; block++) data.fill(1 + (block % 255), 8192 * block, 8192 * block + 4096);
    const tree = await treeOf(layerTar([entry("file", "f", { data })]));
    assert.is(tree.get("f")!.size, data.length);
    assert.is(tree.get("f")!.sha256, createHash("sha256").update(data).digest("hex"));
    const { image } = await makeImage(layerTar([entry("file", "f", { data })]));
    assert.ok(image.length < data.length / 2 + 2 ** 20, "half of it are holes");
  });
}

shown.run();
