/** A root filesystem is the tree that the kernel's overlayfs shows of the layers, and that umoci unpacks, entry by entry. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asArchive, asFolder } from "../fixtures/container-image.ts";
import { layerTar } from "../fixtures/layer.ts";
import { blobPath, dockerFiles, layoutFiles } from "../fixtures/one-image.ts";
import { callLayerkiln } from "../fixtures/program.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { WHITEOUT_LAYERS } from "../fixtures/whiteout-layers.ts";
import { comparable } from "../oracles/apply-layer.ts";
import { buildah } from "../oracles/buildah.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { layerFolders } from "../oracles/layer-folders.ts";
import { loopMount } from "../oracles/loop-mount.ts";
import { present } from "../oracles/oracle.ts";
import { assertSameTree, differences, type Entry, type Tree } from "../oracles/tree.ts";
import { umoci } from "../oracles/umoci.ts";

const BY_HAND = WHITEOUT_LAYERS.map((layer) => layerTar(layer));

/** The tree of the root filesystem that `layerkiln` makes of the container image at `path`. */
function rootfsTree(path: string, words: string[] = []): Tree {
  const rootfs = scratchPath("rootfs.ext4");
  callLayerkiln(["rootfs", path, "-o", rootfs, ...words]);
  assert.equal(e2fsck.complaints(rootfs), []);
  const tree = comparable(loopMount.tree(rootfs));
  tree.delete("lost+found");
  return tree;
}

const overlaid = (layers: Uint8Array[]): Tree =>
  comparable(layerFolders.tree(layers.map((layer) => scratchFile("layer.tar", layer))));

/** The layers in a layout that has one image, uncompressed. */
function layersIn(layout: string): Uint8Array[] {
  const read = (digest: string): Buffer => readFileSync(join(layout, blobPath(digest)));
  const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
  const manifest = JSON.parse(read(index.manifests.at(-1).digest).toString());
  return manifest.layers.map(({ digest }: { digest: string }) => gunzipSync(read(digest)));
}

/**
 * What umoci brings back: not the time of a directory that a later layer changes something in, and it unpacks what aufs left in
 * archives as if it were files.
 */
function asUmociHasIt(tree: Tree): Tree {
  const kept = [...tree].filter(([path]) => !path.startsWith(".wh."));
  return new Map(kept.map(([path, entry]) => [path, entry.kind === "dir" ? withoutTime(entry) : entry]));
}

function withoutTime({ mtime, ...rest }: Entry): Entry {
  return rest as Entry;
}

/** What a script does in the root of an image, a layer each: what archivers of layers find after a build. */
const CHANGES = [
  `umask 022
   mkdir -p etc usr/bin usr/lib/deep/er var/cache srv
   echo one > etc/one; echo two > etc/two; ln etc/two etc/two-too; ln -s one etc/link
   head -c 3000000 /dev/urandom > usr/bin/large; chmod 4755 usr/bin/large
   echo x > usr/lib/deep/er/x; mkfifo srv/fifo; mknod srv/null c 1 3; mknod srv/disk b 7 1
   chown 1000:2000 var/cache; chmod 1777 var/cache; touch -d 1999-12-31T23:59:59.123456789Z etc/one
   setfattr -n user.note -v kept etc/one`,
  "rm etc/one; echo three > etc/three; rm -r usr/lib/deep; echo cached > var/cache/entry",
  "rm etc/link; mkdir etc/link; echo in > etc/link/in; rm srv/fifo; ln -s /etc srv/fifo; chmod 700 srv",
  "rm -r etc; mkdir etc; echo four > etc/four; setfattr -n user.more -v x usr; chown 7:8 usr/bin/large",
  "rm -r var; echo a file > var; mkdir usr/lib/deep",
];

const trees = suite("rootfs: its tree");

if (present(loopMount, trees) && present(e2fsck, trees) && present(layerFolders, trees)) {
  trees("of twenty layers with every whiteout is overlayfs'", () => {
    const tree = rootfsTree(asFolder(layoutFiles({ layers: BY_HAND })));
    assertSameTree(tree, overlaid(BY_HAND));
  });

  trees("overlayfs shows another where a layer is missing, or two changed places", () => {
    const tree = overlaid(BY_HAND);
    for (const missing of [1, 2, 6, 9, 13, 19]) {
      const fewer = BY_HAND.filter((_, index) => index !== missing);
      assert.ok(differences(overlaid(fewer), tree).length > 0, `without layer ${missing}`);
    }
    const swapped = BY_HAND.with(2, BY_HAND[3]!).with(3, BY_HAND[2]!);
    assert.ok(differences(overlaid(swapped), tree).length > 0);
  });

  trees("is the same, byte for byte, whatever form the container image comes in", () => {
    const content = { layers: BY_HAND, name: "example:latest" };
    const forms = [
      asFolder(layoutFiles(content)),
      asArchive(layoutFiles(content)),
      asArchive(dockerFiles(content)),
      asArchive(new Map([...layoutFiles(content), ...dockerFiles(content)])),
    ];
    const digests = forms.map((path) => {
      const rootfs = scratchPath("rootfs.ext4");
      callLayerkiln(["rootfs", path, "-o", rootfs, "--free", "1M", "--verity"]);
      return createHash("sha256").update(readFileSync(rootfs)).digest("hex");
    });
    assert.is(new Set(digests).size, 1);
  });

  trees("has one owner where it is asked for, and is the same besides", () => {
    const expected = overlaid(BY_HAND);
    for (const entry of expected.values()) Object.assign(entry, { uid: 1234, gid: 70_000 });
    assertSameTree(rootfsTree(asFolder(layoutFiles({ layers: BY_HAND })), ["--owner", "1234:70000"]), expected);
  });

  if (present(umoci, trees)) {
    trees("of twenty layers with every whiteout is what umoci unpacks", () => {
      const layout = asFolder(layoutFiles({ layers: BY_HAND }));
      assertSameTree(asUmociHasIt(rootfsTree(layout)), asUmociHasIt(comparable(umoci.tree(layout, "latest"))));
    });

    trees("umoci unpacks another where a layer is missing", () => {
      const unpacked = (layers: Uint8Array[]): Tree =>
        asUmociHasIt(comparable(umoci.tree(asFolder(layoutFiles({ layers })), "latest")));
      assert.ok(differences(unpacked(BY_HAND.slice(0, -5)), unpacked(BY_HAND)).length > 0);
    });

    trees("of an image that umoci made is overlayfs', and what umoci unpacks", () => {
      const layout = umoci.make("made", CHANGES);
      const layers = layersIn(layout);
      assert.is(layers.length, CHANGES.length);
      const tree = rootfsTree(layout);
      assertSameTree(tree, overlaid(layers));
      assertSameTree(asUmociHasIt(tree), asUmociHasIt(comparable(umoci.tree(layout, "made"))));
    });
  }

  if (present(buildah, trees)) {
    trees("of an image that buildah made is overlayfs', in all forms that it writes", () => {
      const folder = scratchFolder();
      const forms = ["oci:layout:made", "oci-archive:layout.tar:made", "docker-archive:docker.tar:made:latest"];
      const places = forms.map((form) => form.replace(":", `:${folder}/`));
      buildah.make(CHANGES, ["--env", "A=b", "--entrypoint", '["/bin/app"]'], places);
      const expected = overlaid(layersIn(join(folder, "layout")));
      for (const name of ["layout", "layout.tar", "docker.tar"]) {
        assertSameTree(rootfsTree(join(folder, name)), expected);
      }
    });
  }
}

trees.run();
