/** Images that other programs made, and copied from form to form, are read as those programs read them. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ContainerImage, convert, ErrorCode, listContainerImages, openContainerImage } from "../../src/index.ts";
import { asArchive, Blobs, configOf, digestOf, layerOf, toJson } from "../fixtures/container-image.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { bytesOfSource } from "../fixtures/source-bytes.ts";
import { Containerd, containerd } from "../oracles/containerd.ts";
import { ask, missing, type Oracle, present } from "../oracles/oracle.ts";
import { skopeo } from "../oracles/skopeo.ts";
import { umoci } from "../oracles/umoci.ts";

const IGNORED_SINK = { write() {}, commit() {} };

/** Each layer's diff id, of its bytes. Blobs are held against their digests on the way. */
async function readLayers({ layers }: ContainerImage): Promise<(string | undefined)[]> {
  const read = [];
  for (const { source, digest } of layers) {
    const { input, diffId } = await convert(source, IGNORED_SINK, { whiteouts: "overlay" });
    if (digest !== undefined) assert.is(input.digest, digest);
    read.push(diffId);
  }
  return read;
}

const blobPath = (layout: string, digest: string): string => join(layout, "blobs", digest.replace(":", "/"));

const others = suite("container images of others: umoci and skopeo");

const CHANGES = [
  "mkdir etc; echo a >etc/a; echo b >etc/b; ln etc/a etc/hard; head -c 3000000 /dev/urandom >large",
  "rm etc/b; echo c >etc/c; chmod 700 etc",
  "rm -r etc; mkdir etc; echo d >etc/d",
];

/** From the layout that umoci made. */
const COPIES: [form: string, transport: string, path: () => string, name: string][] = [
  ["an OCI layout", "oci", () => scratchPath("layout"), ":copy"],
  ["an OCI archive", "oci-archive", () => scratchPath("oci.tar"), ":copy"],
  ["a docker-archive", "docker-archive", () => scratchPath("docker.tar"), ":docker.io/library/copy:1"],
  ["a dir", "dir", () => scratchPath("dir"), ""],
];

const zstd: Oracle = { name: "zstd", missing: missing("zstd", "zstd") };

if ([umoci, skopeo, zstd].every((oracle) => present(oracle, others))) {
  const layout = umoci.make("made", CHANGES);
  umoci.configure(layout, "made", [
    "--config.user=1:2",
    "--config.env=A=b",
    "--config.cmd=/bin/x",
    "--config.workingdir=/w",
  ]);
  const made = await openContainerImage(layout);

  others("umoci's layout is read as skopeo reads it", async () => {
    const from = `oci:${layout}:made`;
    const { config, rootfs, architecture, os } = skopeo.inspect(from, "--config");
    assert.equal(
      { config, rootfs, architecture, os },
      {
        config: { User: "1:2", Env: made.config.config.Env, Cmd: ["/bin/x"], WorkingDir: "/w" },
        rootfs: made.config.rootfs,
        architecture: made.config.architecture,
        os: "linux",
      },
    );
    assert.ok(made.config.config.Env?.includes("A=b"));
    const { Digest, Layers } = skopeo.inspect(from);
    assert.equal([made.digest, made.layers.map(({ digest }) => digest)], [Digest, Layers]);
    assert.equal(await readLayers(made), rootfs && (rootfs as { diff_ids: string[] }).diff_ids);
  });

  for (const [form, transport, path, name] of COPIES) {
    others(`what skopeo copies to ${form} is the same image`, async () => {
      const place = path();
      skopeo.copy(`oci:${layout}:made`, `${transport}:${place}${name}`);
      const copy = await openContainerImage(place, { platform: `linux/${made.config.architecture}` });
      assert.equal(copy.config, made.config);
      assert.equal(await readLayers(copy), made.config.rootfs.diff_ids);
      if (transport !== "docker-archive") assert.is(copy.digest, made.digest);
    });
  }

  others("what skopeo compresses with zstd is the same image", async () => {
    const place = scratchPath("layout");
    skopeo.copy(`oci:${layout}:made`, `oci:${place}:copy`, "--dest-compress-format=zstd");
    const { layers, config } = await openContainerImage(place);
    assert.equal(config, made.config);
    for (const { source, mediaType, diffId } of layers) {
      assert.is(mediaType, "application/vnd.oci.image.layer.v1.tar+zstd");
      const decompressed = execFileSync("zstd", ["-dc"], { input: await bytesOfSource(source), maxBuffer: 1 << 30 });
      assert.is(digestOf(decompressed), diffId);
    }
  });

  others("in Docker's format it is the same image", async () => {
    const place = scratchPath("dir");
    skopeo.copy(`oci:${layout}:made`, `dir:${place}`, "--format=v2s2");
    const copy = await openContainerImage(place);
    assert.equal(await readLayers(copy), made.config.rootfs.diff_ids);
    assert.match(copy.layers[0]!.mediaType, "vnd.docker");
  });

  others("skopeo reads the archives that our tests make", () => {
    const blobs = new Blobs();
    const layer = layerOf("x");
    const files = blobs.layout([blobs.image([layer])]);
    assert.is(skopeo.complaint(`oci-archive:${asArchive(files)}`, `dir:${scratchPath("dir")}`), "");
    const saved = new Map([
      ["c.json", toJson(configOf([layer]))],
      ["l/layer.tar", layer],
    ]);
    saved.set("manifest.json", toJson([{ Config: "c.json", RepoTags: ["x:1"], Layers: ["l/layer.tar"] }]));
    assert.is(skopeo.complaint(`docker-archive:${asArchive(saved)}`, `dir:${scratchPath("dir")}`), "");
  });

  others("skopeo refuses a configuration that was changed, as we do", async () => {
    const place = scratchPath("layout");
    skopeo.copy(`oci:${layout}:made`, `oci:${place}:copy`);
    const manifest = JSON.parse(readFileSync(blobPath(place, made.digest), "utf8"));
    const path = blobPath(place, manifest.config.digest);
    const bytes = readFileSync(path);
    bytes[bytes.length - 10]! ^= 1;
    writeFileSync(path, bytes);
    assert.match(skopeo.complaint(`oci:${place}:copy`, `dir:${scratchPath("dir")}`), /./);
    const { message } = await rejects(openContainerImage(place), ErrorCode.Corrupt);
    assert.match(message, manifest.config.digest);
  });
}

others.run();

const buildah: Oracle = { name: "buildah", missing: missing("buildah", "buildah") };
const many = suite("container images of others: buildah, for several platforms");

const PLATFORMS = ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x"];

/** An index of an image for each platform, pushed to `place`. */
function build(place: string): void {
  const folder = scratchFolder();
  const storage = scratchFolder();
  const policy = scratchFile("policy.json", Buffer.from('{"default":[{"type":"insecureAcceptAnything"}]}'));
  const own = ["--root", join(storage, "root"), "--runroot", join(storage, "run"), "--storage-driver=vfs"];
  writeFileSync(join(folder, "file"), "content");
  const lines = ["FROM scratch", "ARG TARGETPLATFORM", "LABEL for=$TARGETPLATFORM", "COPY file /file", 'CMD ["/file"]'];
  writeFileSync(join(folder, "Containerfile"), lines.join("\n"));
  const isolated = ["--isolation=chroot", `--signature-policy=${policy}`];
  ask("buildah", [...own, "build", "-q", ...isolated, "--platform", PLATFORMS.join(), "--manifest", "many", folder]);
  ask("buildah", [...own, "manifest", "push", "-q", "--all", `--signature-policy=${policy}`, "many", place]);
}

if ([buildah, skopeo].every((oracle) => present(oracle, many))) {
  const layout = scratchPath("layout");
  build(`oci:${layout}:many`);
  const places = { layout, archive: scratchPath("oci.tar"), dir: scratchPath("dir") };
  skopeo.copy(`oci:${layout}:many`, `oci-archive:${places.archive}:many`, "--all");
  skopeo.copy(`oci:${layout}:many`, `dir:${places.dir}`, "--all");

  for (const platform of PLATFORMS) {
    const [, architecture, variant] = platform.split("/");
    for (const [form, path] of Object.entries(places)) {
      many(`${platform} of a ${form}: the one that skopeo takes`, async () => {
        const image = await openContainerImage(path, { platform });
        assert.is(image.config.config.Labels?.for, platform);
        const overrides = [`--override-arch=${architecture}`, ...(variant ? [`--override-variant=${variant}`] : [])];
        const { Digest, Labels } = skopeo.inspect(`oci:${layout}:many`, "--override-os=linux", ...overrides);
        assert.is((Labels as Record<string, string>).for, platform);
        assert.is(typeof Digest, "string"); // of the index, whichever image of it was looked at
        assert.equal(await readLayers(image), image.config.rootfs.diff_ids);
      });
    }
  }

  many("all are listed", async () => {
    const listed = await listContainerImages(layout);
    assert.equal(
      listed.map(({ names, kind, layers }) => [names, kind, layers?.length]),
      PLATFORMS.map(() => [["many"], "image", 1]),
    );
    assert.is(readdirSync(join(layout, "blobs/sha256")).length, 1 + 2 * PLATFORMS.length + 1);
  });
}

many.run();

const exported = suite("container images of others: containerd");

if (present(containerd, exported)) {
  exported("what ctr imports from us and exports is the same image", async () => {
    const blobs = new Blobs();
    const root = blobs.image(
      [layerOf("one"), layerOf("two")],
      {},
      {
        annotations: {
          "io.containerd.image.name": "docker.io/library/ours:1",
          "org.opencontainers.image.ref.name": "1",
        },
      },
    );
    const path = scratchPath("exported.tar");
    await Containerd.with(containerd, "version = 2\n", async (server) => {
      await server.ctr("images", "import", asArchive(blobs.layout([root])));
      await server.ctr("images", "export", path, "docker.io/library/ours:1");
    });
    const image = await openContainerImage(path, { reference: "ours:1" });
    assert.is(image.digest, root.digest);
    assert.equal(await readLayers(image), image.config.rootfs.diff_ids);
    const [listed] = await listContainerImages(path);
    assert.equal(listed?.names, ["docker.io/library/ours:1", "1"]);
  });
}

exported.run();
