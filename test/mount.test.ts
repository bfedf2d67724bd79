/** Mounted by the kernel, an image shows what its layer says, entry by entry. */
import { suite } from "uvu";
import { edgeLayers, edgeTar, FLAG_SETS, type FlagSet } from "./fixtures/edge.ts";
import { makeHcsshimImage } from "./fixtures/image.ts";
import { realisticEntries, realisticTar } from "./fixtures/realistic.ts";
import { scratchFile } from "./fixtures/scratch.ts";
import { layerTree } from "./oracles/layer-tree.ts";
import { loopMount } from "./oracles/loop-mount.ts";
import { missing, type Oracle, present, run } from "./oracles/oracle.ts";
import { readTar } from "./oracles/tar-reader.ts";
import { assertSameTree } from "./oracles/tree.ts";

/** Layers of which hcsshim, and so we, show something else than they say; spec and golden digests hold us to it. */
const WRONG_IN_HCSSHIM: Record<string, string> = {
  "acl-xattr": "the kernel cannot read an ACL in the form of its own xattr",
  "dev-bigmajor": "a major past 12 bits runs into the minor",
  "dup-dir-xattr": "xattrs of an entry that is replaced survive in its inode",
  "dup-xattr-gone": "xattrs of an entry that is replaced survive in its inode",
  "pax-global-comment": "a global header becomes a file",
  "pax-global-mtime": "a global header becomes a file",
  "symlink-4096": "a target past PATH_MAX is written",
  "time-1900": "times before 1901 are clamped",
  "time-2038": "times with bit 31 set lose their epoch",
  "time-2446plus1": "times past 2446 are clamped",
  "time-pre1970": "times before 1970 come out past 2400",
  "time-pre1970-b256": "times before 1970 come out past 2400",
  "type-unknown": "a type that nobody knows becomes a file",
  "type-volume": "a volume label becomes a file",
  "wh-opaque-block": "an opaque mark in the xattr block goes when its directory comes again",
};

const mount = suite("mount");

if (present(loopMount, mount)) {
  for (const [name, layer] of edgeLayers) {
    if (name in WRONG_IN_HCSSHIM) continue;
    for (const flags of ["plain", "overlay-inline"] satisfies FlagSet[]) {
      if (!("sha256" in (layer[flags] ?? {}))) continue;
      mount(`${name} (${flags}) shows what it says: ${layer.what}`, async () => {
        const tar = edgeTar(name);
        const { image } = await makeHcsshimImage(tar, FLAG_SETS[flags]);
        const expected = layerTree(readTar(tar), { overlay: flags !== "plain" });
        assertSameTree(loopMount.tree(scratchFile(`${name}.img`, image)), expected);
      });
    }
  }

  mount("a small root filesystem shows all its files, links, devices and attributes", async () => {
    const entries = realisticEntries(3000);
    const { image } = await makeHcsshimImage(realisticTar(3000), { whiteouts: "overlay" });
    assertSameTree(loopMount.tree(scratchFile("root.img", image)), layerTree(entries));
  });

  const gnuTar: Oracle = { name: "GNU tar", missing: missing("tar", "tar") };
  if (present(gnuTar, mount)) {
    for (const format of ["gnu", "posix", "ustar", "v7"]) {
      mount(`this machine's /etc, as GNU tar packs it in ${format} format, shows what it says`, async () => {
        // v7 and ustar leave out what they cannot say, and tar tells of it by its exit code.
        const args = ["-C", "/etc", `--format=${format}`, "--sparse", "--ignore-failed-read", "-cf", "-", "."];
        const tar = Buffer.from(run("tar", format === "posix" ? ["--xattrs", ...args] : args).stdout, "latin1");
        const { image } = await makeHcsshimImage(tar);
        assertSameTree(loopMount.tree(scratchFile("etc.img", image)), layerTree(readTar(tar)));
      });
    }
  }
}

mount.run();
