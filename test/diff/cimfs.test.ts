/** Layers of Windows containers go to what writes CIMs, with the places where they belong. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { CimLayer, WriteCimLayer } from "../../src/host/diff/cim-layer.ts";
import { CimFsDiffer } from "../../src/host/diff/cimfs.ts";
import { ImageFile } from "../../src/host/image-file.ts";
import type { Mount } from "../../src/host/platform.ts";
import { convert, ErrorCode } from "../../src/index.ts";
import { MemoryStore, sha256 } from "../fixtures/content-store.ts";
import { makeImage } from "../fixtures/image.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchPath } from "../fixtures/scratch.ts";

const OCI = "application/vnd.oci.image.layer.v1.tar";
const tar = realisticTar(100);

/** Keeps the rules of a writer, and makes an ext4 of the layer: what is in the file is not the question here. */
function recordingWriter(): { write: WriteCimLayer; layers: CimLayer[] } {
  const layers: CimLayer[] = [];
  const write: WriteCimLayer = async (blob, layer, accept, signal) => {
    layers.push(layer);
    const file = ImageFile.create(layer.cim, signal);
    try {
      const target = { write: (at: number, bytes: Uint8Array) => file.write(at, bytes), commit: () => {} };
      const read = await convert(blob, target, signal ? { signal } : {});
      accept(read);
      await file.commit(read.size);
      return read;
    } catch (error) {
      file.discard();
      throw error;
    }
  };
  return { write, layers };
}

const mountOf = (source: string, ...options: string[]): Mount => ({ type: "CimFS", source, target: "", options });

const apply = suite("cimfs: apply");

for (const [what, blob, mediaType] of [
  ["plain", tar, OCI],
  ["gzip", gzipSync(tar), `${OCI}+gzip`],
] as const) {
  apply(`a layer, ${what}, becomes what the mount names, and is described as it is uncompressed`, async () => {
    const store = new MemoryStore();
    const cim = scratchPath("7.cim");
    const { write, layers } = recordingWriter();
    const options = [
      "rw",
      `cimpath=${cim}`,
      'parentLayerPaths=["/s/3","/s/1"]',
      'parentCimPaths=["/c/3.cim","/c/1.cim"]',
    ];
    const applied = await new CimFsDiffer(store, write).apply(store.add(blob, mediaType), [
      mountOf("/s/7", ...options),
    ]);
    assert.equal(applied, { mediaType: OCI, digest: sha256(tar), size: tar.length });
    assert.ok(readFileSync(cim).equals((await makeImage(tar)).image));
    const parents = [
      { directory: "/s/3", cim: "/c/3.cim" },
      { directory: "/s/1", cim: "/c/1.cim" },
    ];
    assert.equal(layers, [{ directory: "/s/7", cim, parents }]);
  });
}

/** What comes of a mount; the writer is not to make anything. */
async function layerOf(...mounts: Mount[]): Promise<CimLayer> {
  const store = new MemoryStore();
  const seen: CimLayer[] = [];
  const write: WriteCimLayer = async (_blob, layer) => {
    seen.push(layer);
    return { input: { size: 0 }, compression: "none", diffId: "", diffSize: 0 };
  };
  await new CimFsDiffer(store, write).apply(store.add(tar, OCI), mounts);
  return seen[0]!;
}

apply("CIMs that a mount does not name follow from the directories' names", async () => {
  assert.equal(await layerOf(mountOf("/r/7", "rw", 'parentLayerPaths=["/r/3"]')), {
    directory: "/r/7",
    cim: join("/r/cim-layers/7.cim"),
    parents: [{ directory: "/r/3", cim: join("/r/cim-layers/3.cim") }],
  });
  assert.equal((await layerOf(mountOf("/r/7", "rw", "parentLayerPaths=null"))).parents, []);
});

const REFUSED: [what: string, code: ErrorCode, mounts: Mount[]][] = [
  ["no mount", ErrorCode.InvalidArgument, []],
  ["two mounts", ErrorCode.InvalidArgument, [mountOf("/a"), mountOf("/b")]],
  ["another's", ErrorCode.Unsupported, [{ ...mountOf("/a"), type: "windows-layer" }]],
  [
    "fewer CIMs than parents",
    ErrorCode.InvalidArgument,
    [mountOf("/a", 'parentLayerPaths=["/b"]', "parentCimPaths=[]")],
  ],
  ["parents that are no JSON", ErrorCode.InvalidArgument, [mountOf("/a", "parentLayerPaths=/b")]],
  ["parents that are no paths", ErrorCode.InvalidArgument, [mountOf("/a", "parentLayerPaths=[1]")]],
];
for (const [what, code, mounts] of REFUSED)
  apply(`${what}: refused`, async () => void (await rejects(layerOf(...mounts), code)));

apply("a blob that is not the one of its digest is Corrupt, and makes no CIM", async () => {
  const store = new MemoryStore();
  const cim = scratchPath("7.cim");
  const layer = store.add(tar, OCI);
  const changed = Buffer.from(tar);
  changed[changed.length - 1]! ^= 1; // behind the archive's end
  store.blobs.set(layer.digest, { bytes: changed, labels: new Map() });
  const differ = new CimFsDiffer(store, recordingWriter().write);
  await rejects(differ.apply(layer, [mountOf("/s/7", `cimpath=${cim}`)]), ErrorCode.Corrupt);
  assert.not.ok(existsSync(cim));
});

apply("media types of no layer are Unsupported, as is comparing", async () => {
  const store = new MemoryStore();
  const differ = new CimFsDiffer(store, recordingWriter().write);
  const layer = store.add(tar, `${OCI}+gzip+encrypted`);
  await rejects(differ.apply(layer, [mountOf("/s/7")]), ErrorCode.Unsupported);
  await rejects(differ.compare(), ErrorCode.Unsupported);
  assert.is(store.bytesRead, 0);
});

apply.run();
