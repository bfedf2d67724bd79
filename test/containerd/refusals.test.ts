/** What a real containerd makes of answers of ours that are not the usual ones. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { thisPlatform } from "../../src/adapters/this-platform.ts";
import type { ContentStore, Descriptor, Differ } from "../../src/host/diff/differ.ts";
import { ErrorCode, ImageError } from "../../src/host/errors.ts";
import { containerdConfig } from "../../src/host/grpc/containerd-config.ts";
import { SnapshotServer } from "../../src/host/grpc/server.ts";
import { openSnapshotter } from "../../src/host/snapshots/open.ts";
import { keptLog } from "../fixtures/log.ts";
import { ARCHITECTURE, busyboxLayer, digestOf, ociImage } from "../fixtures/oci-image.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { Containerd, containerd2, containerd17, type Installation } from "../oracles/containerd.ts";
import { present } from "../oracles/oracle.ts";
import { overlayMounts } from "../oracles/overlay-mounts.ts";

const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

for (const installation of [containerd17, containerd2]) {
  const refusals = suite(`answers to ${installation.name}`);
  if (present(installation, refusals) && present(overlayMounts, refusals)) tests(refusals, installation);
  refusals.run();
}

function tests(refusals: ReturnType<typeof suite>, installation: Installation): void {
  const test = (title: string, apply: Apply, check: (imported: Imported) => void) =>
    refusals(title, async () => check(await importWith(installation, apply)));

  test(
    "a layer that is not what the image promises is refused",
    async (layer, content) => {
      for await (const _ of content.read(layer)); // it does come to us
      return { mediaType: OCI_LAYER, digest: digestOf(Buffer.from("other")), size: 5 };
    },
    ({ status, output, asked }) => {
      assert.is.not(status, 0);
      assert.match(output, "wrong diff id");
      assert.ok(asked > 0);
    },
  );

  test(
    "a differ that does not know a layer is passed over",
    async () => {
      throw new ImageError(ErrorCode.Unsupported, "layer: is none of mine");
    },
    ({ status, output, asked }) => {
      if (installation === containerd17) assert.is(status, 0, output);
      else assert.match(output, "not implemented"); // it asks the one differ that is named for the snapshotter
      assert.ok(asked > 0);
    },
  );

  test(
    "a layer that is broken is said to be, in our words, once",
    async () => {
      throw new ImageError(ErrorCode.Corrupt, "tar: header at 1536: checksum 4100, computed 4711");
    },
    ({ status, output }) => {
      assert.is.not(status, 0);
      assert.match(output, /: tar: header at 1536: checksum 4100, computed 4711: data loss(: unknown)?$/m);
    },
  );
}

type Apply = (layer: Descriptor, content: ContentStore) => Promise<Descriptor>;

interface Imported {
  status: number;
  output: string;
  /** How often our differ was asked. */
  asked: number;
}

/** Imports an image by way of a server whose differ is `apply`. */
async function importWith(installation: Installation, apply: Apply): Promise<Imported> {
  const folder = scratchFolder();
  const address = scratchPath("s.sock");
  let asked = 0;
  const open = (content: ContentStore): Differ => ({
    apply: (layer) => {
      asked++;
      return apply(layer, content);
    },
    compare: async () => {
      throw new ImageError(ErrorCode.Unsupported, "not here");
    },
  });
  const snapshots = await openSnapshotter("overlay", scratchFolder(), thisPlatform()!);
  const diff = { open, containerdAddress: Containerd.addressIn(folder) };
  const server = await SnapshotServer.start({ address, snapshots, diff, log: keptLog() });
  const config = containerdConfig({
    file: "/nowhere/config.toml",
    version: installation.configVersion === "3" ? 3 : 2,
    name: "ours",
    address,
    root: "/nowhere",
    hasDiffer: true,
    platform: `linux/${ARCHITECTURE}`,
    builtIn: { snapshotter: "overlayfs", platform: `linux/${ARCHITECTURE}`, differs: ["walking"] },
  });
  try {
    return await Containerd.with(
      installation,
      config,
      async (store) => {
        const file = scratchFile("image.tar", ociImage("example.org/a:1", [busyboxLayer()]).archive);
        const { status, stdout, stderr } = await store.tryCtr("images", "import", "--snapshotter", "ours", file);
        return { status, output: `${stdout}${stderr}`, asked };
      },
      folder,
    );
  } finally {
    await server.stop(5000);
    await snapshots.close();
  }
}
