/** `dmverity-vhd`, run as scripts run hcsshim's: from archives, from docker, from a registry. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { verifyHashTree } from "../src/index.ts";
import { asArchive, Blobs, CONFIG, configOf, digestOf, MANIFEST, toJson } from "./fixtures/container-image.ts";
import { edgeTar, verityImages } from "./fixtures/edge.ts";
import { makeHcsshimImage } from "./fixtures/image.ts";
import { inRepository } from "./fixtures/repository.ts";
import { scratchFolder, scratchPath } from "./fixtures/scratch.ts";
import { archive, member } from "./fixtures/tar-builder.ts";

const PROGRAM = inRepository(JSON.parse(readFileSync(inRepository("package.json"), "utf8")).bin["dmverity-vhd"]);

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

/** Not by spawnSync: the servers that it asks are in this process. */
async function dmverityVhd(words: string[], env: Record<string, string> = {}): Promise<Ended> {
  try {
    const told = await promisify(execFile)(process.execPath, [PROGRAM, ...words], { env: { ...process.env, ...env } });
    return { status: 0, ...told };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, stdout, stderr };
  }
}

const NAMES = ["v7", "wh-opaque-root", "xattr-many", "v7"];
const TARS = NAMES.map(edgeTar);
const ROOT_HASHES = NAMES.map((name, layer) => `Layer ${layer} root hash: ${verityImages.get(name)!.rootHash}\n`).join(
  "",
);
const hexOf = (tar: Uint8Array): string => digestOf(tar).slice("sha256:".length);

const blobs = new Blobs();
const AMD64 = { architecture: "amd64" };
const MADE = blobs.image(TARS, AMD64);
const LAYOUT = asArchive(blobs.layout([MADE]));

/** As docker saved images up to release 24. */
function dockerArchive(): Uint8Array {
  const config = toJson(configOf(TARS, AMD64));
  const names = TARS.map((tar) => `${hexOf(tar)}/layer.tar`);
  const manifest = [{ Config: `${hexOf(config)}.json`, RepoTags: ["test:latest"], Layers: names }];
  return archive([
    ...[...new Set(names)].map((name) => member({ name }, TARS[names.indexOf(name)]!)),
    member({ name: `${hexOf(config)}.json` }, config),
    member({ name: "manifest.json" }, toJson(manifest)),
  ]);
}

/** Has `work` use a server, at `place` or at a port of its own. */
async function withServer<T>(
  answer: RequestListener,
  place: string | number,
  work: (port: number) => Promise<T>,
): Promise<T> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(place, resolve as never));
  try {
    const address = server.address();
    return await work(typeof address === "string" ? 0 : (address as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const test = suite("dmverity-vhd");

test("roothash prints what hcsshim's own code computes, of an OCI layout in a tar", async () => {
  const { status, stdout, stderr } = await dmverityVhd(["-t", LAYOUT, "roothash", "-i", "test:latest"]);
  assert.is(stderr, "");
  assert.is(stdout, ROOT_HASHES);
  assert.is(status, 0);
});

test("roothash prints the same of what docker saved in its older form", async () => {
  const path = scratchPath("docker.tar");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(path, dockerArchive());
  const { stdout, stderr } = await dmverityVhd(["--tarball", path, "--verbose", "roothash", "--image=test:latest"]);
  assert.is(stderr, "");
  assert.is(stdout, ROOT_HASHES);
});

test("create writes the VHDs that tar2ext4 would, named after the layers' diff ids", async () => {
  const folder = scratchPath("made/for/it");
  const { status, stdout, stderr } = await dmverityVhd(["-t", LAYOUT, "create", "-i", "test", "-o", folder]);
  assert.is(stderr, "");
  assert.is(status, 0);
  const paths = TARS.map((tar) => join(folder, `${hexOf(tar)}.vhd`));
  assert.is(stdout, paths.map((path) => `Layer VHD created at ${path}\n`).join(""));
  for (const [index, path] of paths.entries()) {
    const options = { whiteouts: "overlay", verity: true, vhd: true, maxSize: 128 * 2 ** 30 } as const;
    assert.ok(readFileSync(path).equals((await makeHcsshimImage(TARS[index]!, options)).image));
  }
  assert.is(readdirSync(folder).length, 3);
});

test("create -hdv writes hash devices, which hold the trees of the VHDs beside them", async () => {
  const folder = scratchFolder();
  const { status, stdout, stderr } = await dmverityVhd(["-t", LAYOUT, "create", "-hdv", "-i", "test", "-o", folder]);
  assert.is(stderr, "");
  assert.is(status, 0);
  assert.is(readdirSync(folder).length, 6);
  for (const [index, tar] of TARS.entries()) {
    const [disk, hashFile] = [join(folder, `${hexOf(tar)}.vhd`), join(folder, `${hexOf(tar)}.hash-dev.vhd`)];
    assert.ok(
      stdout.includes(`hash device created at ${hashFile}\n`) && stdout.includes(`Layer VHD created at ${disk}\n`),
    );
    const { rootHash } = verityImages.get(NAMES[index]!)!;
    const { verified } = await verifyHashTree(disk, rootHash, { hashFile, hashOffset: 0 });
    assert.ok(verified, NAMES[index]);
  }
});

test("asks docker for images with -d", async () => {
  const asked: string[] = [];
  const answer: RequestListener = ({ url }, response) => {
    asked.push(url!);
    if (url === "/images/registry.example/a%3Atag/get") return response.end(dockerArchive());
    response
      .writeHead(404, { "Content-Type": "application/json" })
      .end(JSON.stringify({ message: "No such image: \u001b[31mb" }));
  };
  const socket = scratchPath("docker.sock");
  await withServer(answer, socket, async () => {
    const env = { DOCKER_HOST: `unix://${socket}` };
    const { stdout, stderr } = await dmverityVhd(["-d", "roothash", "-i", "registry.example/a:tag"], env);
    assert.is(stderr, "");
    assert.is(stdout, ROOT_HASHES);
    const missing = await dmverityVhd(["-d", "roothash", "-i", "b"], env);
    assert.equal(missing, { status: 1, stdout: "", stderr: "docker: b: No such image: \\u{1b}[31mb\n" });
  });
  assert.is(asked.length, 2);
  const gone = await dmverityVhd(["-d", "roothash", "-i", "b"], { DOCKER_HOST: `unix://${socket}` });
  assert.is(gone.status, 1);
  assert.match(gone.stderr, /^docker: unix:.*docker\.sock: asked: /);
});

test("pulls from a registry otherwise, for linux/amd64 unless told", async () => {
  const others = blobs.image([edgeTar("empty")], { architecture: "s390x" });
  const platform = (architecture: string) => ({ platform: { os: "linux", architecture } });
  const index = blobs.index([
    { ...others, ...platform("s390x") },
    { ...MADE, ...platform("amd64") },
  ]);
  const answer: RequestListener = ({ url, method }, response) => {
    if (url === "/v2/") return response.end();
    const [, kind, name] = /^\/v2\/some\/thing\/(manifests|blobs)\/(.+)$/.exec(url!) ?? [];
    const digest = name === "latest" ? index.digest : name;
    const bytes = digest && blobs.all.get(digest);
    if (!bytes) return response.writeHead(404).end();
    const type = digest === index.digest ? index.mediaType : kind === "manifests" ? MANIFEST : CONFIG;
    response.writeHead(200, { "Content-Type": type, "Content-Length": bytes.length, "Docker-Content-Digest": digest });
    response.end(method === "HEAD" ? undefined : bytes);
  };
  await withServer(answer, 0, async (port) => {
    const name = `localhost:${port}/some/thing`;
    const { stdout, stderr } = await dmverityVhd(["roothash", "-i", name]);
    assert.is(stderr, "");
    assert.is(stdout, ROOT_HASHES);
    const other = await dmverityVhd(["roothash", "-i", name, "--platform", "linux/s390x"]);
    assert.is(other.stdout, `Layer 0 root hash: ${verityImages.get("empty")!.rootHash}\n`);
    const missing = await dmverityVhd(["roothash", "-i", `localhost:${port}/no/thing`]);
    assert.is(missing.status, 1);
    assert.is.not(missing.stderr, "");
  });
});

const MISTAKES: [words: string[], status: number, stderr: RegExp | string, stdout: RegExp | string][] = [
  [[], 0, "", /^NAME:\n {3}dmverity-vhd - /],
  [["--help"], 0, "", /^NAME:/],
  [["create", "-h"], 0, "", /--out-dir, -o value/],
  [["roothash"], 1, 'Required flag "image" not set\n', /--image, -i value/],
  [["create"], 1, 'Required flag "image, out-dir" not set\n'.replace("flag", "flags"), /--out-dir, -o value/],
  [
    ["roothash", "-x"],
    1,
    "flag provided but not defined: -x\n",
    /^Incorrect Usage\. flag provided but not defined: -x\n/,
  ],
  [["other"], 3, "No help topic for 'other'\n", ""],
  [["help", "other"], 3, "No help topic for 'other'\n", ""],
  [["help", "create"], 0, "", /^NAME:\n {3}dmverity-vhd create - /],
  [["-d", "-t", "x", "roothash", "-i", "y"], 1, "cannot use both docker and tarball for image source\n", ""],
  [["-t", "/no/such/file", "roothash", "-i", "y"], 1, /^\/no\/such\/file: no such file/, ""],
];
for (const [words, status, stderr, stdout] of MISTAKES) {
  test(`${words.join(" ") || "nothing"} is answered with exit code ${status}`, async () => {
    const ended = await dmverityVhd(words);
    assert.is(ended.status, status);
    for (const [said, expected] of [
      [ended.stderr, stderr],
      [ended.stdout, stdout],
    ] as const) {
      if (typeof expected === "string") assert.is(said, expected);
      else assert.match(said, expected);
    }
  });
}

test("leaves nothing of an image with a damaged layer", async () => {
  const damaged = new Blobs();
  const layout = damaged.layout([damaged.image([TARS[0]!, edgeTar("bad-checksum")], AMD64)]);
  const folder = scratchPath("none");
  const { status, stdout, stderr } = await dmverityVhd(["-t", asArchive(layout), "create", "-i", "x", "-o", folder]);
  assert.is(status, 1);
  assert.is(stdout, "");
  assert.match(stderr, /^layer 1, sha256:/);
  assert.not(existsSync(folder));
});

test.run();
