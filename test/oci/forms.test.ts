/** One image, in every form in which images are kept, is one image. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ContainerImage, convert, openContainerImage } from "../../src/index.ts";
import {
  archiveFile,
  asArchive,
  asFolder,
  Blobs,
  CONFIG,
  configOf,
  DOCKER,
  digestOf,
  type Files,
  LAYER,
  layerOf,
  link,
  MANIFEST,
  THIS_ARCHITECTURE,
  toJson,
} from "../fixtures/container-image.ts";
import { makeImage } from "../fixtures/image.ts";
import { needing } from "../fixtures/needing.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { imageOf } from "../fixtures/some-layer.ts";
import { bytesOfSource } from "../fixtures/source-bytes.ts";
import { gnuLong, member, pax } from "../fixtures/tar-builder.ts";

const forms = suite("container images: forms");

const layers = [layerOf("bottom"), layerOf("middle"), layerOf("top")];
const diffIds = layers.map((layer) => digestOf(layer));

/** The image as it is taken to be, whatever it is kept in. */
const blobs = new Blobs();
const manifest = blobs.image(layers);
const layout = blobs.layout([manifest]);
const config = toJson(configOf(layers));

/** What `docker save` wrote until its release 25: layers in folders of their own. */
const oldArchive = [
  ...layers.flatMap((layer, i) => [
    member({ name: `${i}${"0".repeat(63)}/`, type: "5" }),
    member({ name: `${i}${"0".repeat(63)}/VERSION` }, "1.0"),
    member({ name: `${i}${"0".repeat(63)}/json` }, "{}"),
    member({ name: `${i}${"0".repeat(63)}/layer.tar` }, layer),
  ]),
  member({ name: "repositories" }, "{}"),
];
const layerNames = layers.map((_, i) => `${i}${"0".repeat(63)}/layer.tar`);
const configName = `${digestOf(config).slice("sha256:".length)}.json`;
const listed = (more = {}) => toJson([{ Config: configName, RepoTags: ["a:1"], Layers: layerNames, ...more }]);

const entries = (files: Files) => [...files].map(([name, bytes]) => member({ name }, bytes));

/** skopeo's `dir:`. */
const bare: Files = new Map([
  ["version", Buffer.from("Directory Transport Version: 1.1\n")],
  ["manifest.json", blobs.all.get(manifest.digest)!],
  ...[...blobs.all].map(([digest, bytes]): [string, Uint8Array] => [digest.slice("sha256:".length), bytes]),
]);

const FORMS: [what: string, make: () => string][] = [
  ["an OCI layout in a directory", () => asFolder(layout)],
  ["an OCI layout in a tar", () => asArchive(layout)],
  [
    "a tar whose names begin with ./",
    () =>
      archiveFile(
        ["", ...layout.keys()].map((name) =>
          member({ name: `./${name}`, ...(name === "" && { type: "5" }) }, layout.get(name) ?? ""),
        ),
      ),
  ],
  [
    "a tar of Unix v7",
    () => archiveFile([...layout].map(([name, bytes]) => member({ name, magic: "v7", type: "\0" }, bytes))),
  ],
  [
    "a tar of GNU with long names",
    () =>
      archiveFile(
        [...layout].flatMap(([name, bytes]) => [gnuLong("L", name), member({ name: "cut", magic: "gnu" }, bytes)]),
      ),
  ],
  [
    "a tar with pax names and sizes",
    () =>
      archiveFile(
        [...layout].flatMap(([name, bytes]) => [
          pax([
            ["path", name],
            ["size", String(bytes.length)],
            ["mtime", "1.5"],
          ]),
          member({ name: "cut" }, bytes),
        ]),
      ),
  ],
  ["a tar with a comment for all", () => archiveFile([pax([["comment", "path=index.json"]], "g"), ...entries(layout)])],
  ["what docker save writes today", () => asArchive(new Map([...layout, ["manifest.json", listed({ Layers: [] })]]))],
  [
    "what docker save wrote",
    () =>
      archiveFile([...oldArchive, member({ name: configName }, config), member({ name: "manifest.json" }, listed())]),
  ],
  [
    "the same in a directory",
    () =>
      asFolder(
        new Map([
          [configName, config],
          ["manifest.json", listed()],
          ...layers.map((layer, i): [string, Uint8Array] => [layerNames[i]!, layer]),
        ]),
      ),
  ],
  [
    "podman's docker-archive, of links",
    () =>
      archiveFile([
        ...layers.map((layer, i) => member({ name: `${diffIds[i]!.slice(7)}.tar` }, layer)),
        ...layers.map((_, i) => link(layerNames[i]!, `../${diffIds[i]!.slice(7)}.tar`)),
        member({ name: configName }, config),
        member({ name: "manifest.json" }, listed()),
      ]),
  ],
  [
    "a docker-archive whose layers are gzip",
    () =>
      archiveFile([
        ...layers.map((layer, i) => member({ name: layerNames[i]! }, gzipSync(layer))),
        member({ name: configName }, config),
        member({ name: "manifest.json" }, listed()),
      ]),
  ],
  ["skopeo's dir", () => asFolder(bare)],
  ["skopeo's dir in a tar", () => asArchive(bare)],
];

/** Each layer, uncompressed: what a conversion says of it. */
async function readLayers(image: ContainerImage): Promise<(string | undefined)[]> {
  const read = await Promise.all(image.layers.map(({ source }) => convert(source, { write() {}, commit() {} })));
  for (const [i, { input }] of read.entries()) {
    const { digest, size } = image.layers[i]!;
    assert.is(input.size, size);
    if (digest !== undefined) assert.is(input.digest, digest);
  }
  return read.map(({ diffId }) => diffId);
}

for (const [what, make] of FORMS) {
  forms(what, async () => {
    const image = await openContainerImage(make());
    assert.equal(
      image.layers.map(({ diffId }) => diffId),
      diffIds,
    );
    assert.equal(image.config, {
      architecture: THIS_ARCHITECTURE,
      os: "linux",
      config: { Env: ["PATH=/bin"], Cmd: ["/bin/sh"] },
      rootfs: { type: "layers", diff_ids: diffIds },
      history: [],
    });
    assert.equal(await readLayers(image), diffIds);
  });
}

forms("a layer in an archive becomes the image that its bytes become", async () => {
  const { layers: found } = await openContainerImage(asArchive(layout));
  const image = await imageOf(found[1]!.source);
  assert.ok(image.equals((await makeImage(layers[1]!)).image));
});

forms("blobs are the bytes that were stored, wherever they stand", async () => {
  for (const path of [asFolder(layout), asArchive(layout), asFolder(bare)]) {
    const { layers: found } = await openContainerImage(path);
    for (const { source, digest } of found) {
      assert.ok((await bytesOfSource(source)).equals(blobs.all.get(digest!)!));
    }
  }
});

needing("symbolic links", forms)("a directory of links to blobs elsewhere is a layout", async () => {
  const store = asFolder(layout);
  const folder = scratchFolder();
  mkdirSync(join(folder, "blobs/sha256"), { recursive: true });
  for (const name of layout.keys()) symlinkSync(join(store, name), join(folder, name));
  assert.equal(await readLayers(await openContainerImage(folder)), diffIds);
});

forms("a hard link in an archive is the file that it links to", async () => {
  const [first, ...rest] = [...layout].filter(([name]) => name.startsWith("blobs/"));
  const path = archiveFile([
    member({ name: "kept" }, first![1]),
    member({ name: first![0], type: "1", link: "kept", size: 4711 }),
    ...[...layout].filter(([name]) => name !== first![0]).map(([name, bytes]) => member({ name }, bytes)),
  ]);
  assert.ok(rest.length > 0);
  assert.equal(await readLayers(await openContainerImage(path)), diffIds);
});

forms("a folder that is a link leads on, and .. in a link climbs", async () => {
  const path = archiveFile([
    link("blobs", "./there/../store/blobs"),
    ...[...layout].map(([name, bytes]) => member({ name: name.replace(/^blobs/, "store/blobs") }, bytes)),
  ]);
  assert.equal(await readLayers(await openContainerImage(path)), diffIds);
});

forms("what follows the end of an archive is nothing to it", async () => {
  const path = asArchive(layout);
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from("no tar at all".repeat(100))]));
  assert.equal(await readLayers(await openContainerImage(path)), diffIds);
});

forms("an archive may end without blocks of zeros", async () => {
  const path = asArchive(layout);
  writeFileSync(path, Buffer.concat(entries(layout)));
  assert.equal(await readLayers(await openContainerImage(path)), diffIds);
});

forms("what a writer leaves while it works is no blob", async () => {
  const folder = asFolder(
    new Map([...layout, ["index.json.lock", new Uint8Array()], [".partial/sha256-x", new Uint8Array(9)]]),
  );
  assert.equal(await readLayers(await openContainerImage(folder)), diffIds);
});

forms("types of Docker and of OCI stand beside one another", async () => {
  const mixed = new Blobs();
  const kept = [
    mixed.keep(`${DOCKER}.image.rootfs.diff.tar.gzip`, gzipSync(layers[0]!)),
    mixed.keep(LAYER, layers[1]!),
    mixed.keep(`${DOCKER}.image.rootfs.foreign.diff.tar.gzip`, gzipSync(layers[2]!), {
      urls: ["https://example.invalid/"],
    }),
  ];
  const config = mixed.keepJson(`${DOCKER}.container.image.v1+json`, configOf(layers));
  const value = { schemaVersion: 2, mediaType: `${DOCKER}.distribution.manifest.v2+json`, config, layers: kept };
  const root = mixed.keepJson(value.mediaType, value);
  const image = await openContainerImage(asFolder(mixed.layout([root])));
  assert.equal(await readLayers(image), diffIds);
  assert.equal(
    image.layers.map(({ mediaType }) => mediaType),
    kept.map(({ mediaType }) => mediaType),
  );
});

forms("a layer's compression is told by its bytes, whatever its type says", async () => {
  const odd = new Blobs();
  const kept = [
    odd.keep(LAYER, gzipSync(layers[0]!)),
    odd.keep(`${LAYER}+gzip`, layers[1]!),
    odd.keep(`${LAYER}+zstd`, layers[2]!),
  ];
  const root = odd.manifest(odd.keepJson(CONFIG, configOf(layers)), kept);
  assert.equal(await readLayers(await openContainerImage(asFolder(odd.layout([root])))), diffIds);
});

forms("one layer may be there twice", async () => {
  const twice = new Blobs();
  const root = twice.image([layers[0]!, layers[0]!]);
  assert.equal(await readLayers(await openContainerImage(asFolder(twice.layout([root])))), [diffIds[0], diffIds[0]]);
});

forms("an image may have no layers", async () => {
  const none = new Blobs();
  const manifest = none.keepJson(MANIFEST, {
    schemaVersion: 2,
    config: none.keepJson(CONFIG, { architecture: "arm", os: "plan9", rootfs: { type: "layers", diff_ids: null } }),
    layers: null,
  });
  const image = await openContainerImage(asFolder(none.layout([manifest])));
  assert.equal(image.layers, []);
  assert.equal(image.config, {
    architecture: "arm",
    os: "plan9",
    config: {},
    rootfs: { type: "layers", diff_ids: [] },
    history: [],
  });
});

forms("digests may be SHA-512", async () => {
  const long = new Blobs();
  const layer = long.keep(LAYER, layers[0]!, {}, "sha512");
  const config = long.keep(CONFIG, toJson(configOf([layers[0]!])), {}, "sha512");
  const manifest = toJson({ schemaVersion: 2, config, layers: [layer] });
  const root = long.keep(MANIFEST, manifest, {}, "sha512");
  const image = await openContainerImage(asFolder(long.layout([root])));
  assert.is(image.digest, root.digest);
  assert.is(image.layers[0]!.digest, layer.digest);
});

forms("a document may stand in its descriptor", async () => {
  const inline = new Blobs();
  const data = (described: { digest: string }) => Buffer.from(inline.all.get(described.digest)!).toString("base64");
  const layer = inline.keep(LAYER, layers[0]!);
  const config = inline.keepJson(CONFIG, configOf([layers[0]!]));
  const root = inline.manifest({ ...config, data: data(config) }, [layer]);
  const files = inline.layout([{ ...root, data: data(root) }]);
  for (const { digest } of [root, config]) files.delete(`blobs/${digest.replace(":", "/")}`);
  assert.equal(await readLayers(await openContainerImage(asFolder(files))), [diffIds[0]]);
});

forms("all that a configuration says is given on", async () => {
  const full = new Blobs();
  const said = {
    created: "2026-01-02T03:04:05Z",
    author: "someone",
    variant: "v8",
    "os.version": "1.2",
    history: [
      { created: "2026-01-02T03:04:05Z", created_by: "RUN x", author: "a", comment: "c", empty_layer: true },
      {},
    ],
  };
  const run = {
    User: "1000:1000",
    Env: ["A=b", "PATH=/bin"],
    Entrypoint: ["/init"],
    Cmd: ["-v"],
    WorkingDir: "/srv",
    Labels: { __proto__x: "y", constructor: "z" },
    StopSignal: "SIGTERM",
  };
  const root = full.image([layers[0]!], {
    ...said,
    config: {
      ...run,
      ExposedPorts: { "80/tcp": {} },
      Volumes: { "/data": {} },
      Healthcheck: { Test: [] },
      OnBuild: null,
      Domainname: "",
    },
  });
  const { config: found } = await openContainerImage(asFolder(full.layout([root])));
  assert.equal(found, {
    ...said,
    architecture: THIS_ARCHITECTURE,
    os: "linux",
    config: { ...run, ExposedPorts: ["80/tcp"], Volumes: ["/data"] },
    rootfs: { type: "layers", diff_ids: [diffIds[0]] },
  });
});

forms.run();
