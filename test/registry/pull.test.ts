/** `pullImage` from Debian's docker-registry, and from it through a server that meddles. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ErrorCode,
  ImageError,
  openContainerImage,
  type PullOptions,
  type PullResult,
  pullImage,
} from "../../src/index.ts";
import {
  answerWith,
  breakAfter,
  corruptAt,
  ignoreRange,
  type Meddling,
  MeddlingServer,
  stallAfter,
} from "../fixtures/meddling-server.ts";
import { ARCHITECTURE } from "../fixtures/oci-image.ts";
import {
  DOCKER,
  type Document,
  descriptorOf,
  documentOf,
  imageOf,
  indexOf,
  layerOf,
  OCI,
  Pusher,
} from "../fixtures/registry-image.ts";
import { rejects } from "../fixtures/rejects.ts";
import { times } from "../fixtures/runs.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { DockerRegistry, dockerRegistry } from "../oracles/docker-registry.ts";
import { present } from "../oracles/oracle.ts";

const MIB = 2 ** 20;

interface Scene {
  registry: DockerRegistry;

  /** Stands before it. */
  front: MeddlingServer;

  /** What went wrong and was tried again, in a test. */
  troubles: string[];
}

const test = suite<Scene>("registry: pull");

const SMALL = layerOf(5000);
const LARGE = layerOf(3 * MIB);
const IMAGE = imageOf([SMALL, LARGE]);
const SIZE = IMAGE.blobs.reduce((sum, { size }) => sum + size, 0);
const OTHER = ARCHITECTURE === "s390x" ? "ppc64le" : "s390x";

/** The path of a blob's requests. */
const pathOf = ({ digest }: Document) => new RegExp(`/blobs/${digest}$`);

/** No test waits long for a second try. */
const RETRY = { tries: 4, firstPauseMs: 20 };

function pull(
  { front, troubles }: Scene,
  name: string,
  directory: string,
  options: PullOptions = {},
): Promise<PullResult> {
  const onTrouble = (sentence: string) => troubles.push(sentence);
  return pullImage(`${front.address}/${name}`, directory, { retry: RETRY, onTrouble, ...options });
}

/** What stands in a layout, by its path; blobs are what their names say. */
function filesIn(directory: string): string[] {
  const all = readdirSync(directory, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1))
    .sort();
}

const blobPath = ({ digest }: { digest: string }) => join("blobs", digest.replace(":", "/"));

function assertHolds(directory: string, documents: readonly Document[]): void {
  assert.equal(filesIn(directory), [...documents.map(blobPath), "index.json", "oci-layout"].sort());
  for (const document of documents) {
    assert.ok(readFileSync(join(directory, blobPath(document))).equals(document.bytes), document.digest);
  }
}

const endless: Meddling = ({ answer }) => {
  answer.write(Buffer.alloc(LARGE.size + 1));
};

const indexIn = (directory: string) => JSON.parse(readFileSync(join(directory, "index.json"), "utf8"));

if (present(dockerRegistry, test)) {
  test.before(async (scene) => {
    scene.registry = await DockerRegistry.start();
    const pusher = new Pusher(`${scene.registry.url}/v2/test/image`);
    await pusher.image(IMAGE, "1.0");
    await pusher.image(imageOf([SMALL], { docker: true }), "docker");
  });
  test.after(({ registry }) => registry.end());
  test.before.each(async (scene) => {
    scene.troubles = [];
    scene.front = await MeddlingServer.start(scene.registry.url);
  });
  test.after.each(({ front }) => front.end());

  test("an image becomes a layout, every byte of it", async (scene) => {
    const directory = scratchPath("layout");
    const shown: number[] = [];
    const blobs: string[] = [];
    const result = await pull(scene, "test/image:1.0", directory, {
      onProgress: ({ bytesRead, totalBytes }) => shown.push(bytesRead / totalBytes!),
      onBlob: ({ digest }) => blobs.push(digest),
    });
    const name = `${scene.front.address}/test/image:1.0`;
    const layers = [SMALL, LARGE].map(descriptorOf);
    const platform = { os: "linux", architecture: "amd64" };
    assert.equal(result, {
      name,
      digest: IMAGE.digest,
      images: [{ digest: IMAGE.digest, platform, layers }],
      bytesFetched: SIZE,
    });
    assertHolds(directory, [IMAGE, ...IMAGE.blobs]);
    assert.equal(indexIn(directory), {
      schemaVersion: 2,
      mediaType: `${OCI}.index.v1+json`,
      manifests: [
        {
          ...descriptorOf(IMAGE),
          annotations: { "org.opencontainers.image.ref.name": "1.0", "io.containerd.image.name": name },
          platform,
        },
      ],
    });
    assert.is(shown.at(-1), 1);
    assert.equal(blobs.sort(), IMAGE.blobs.map(({ digest }) => digest).sort());
    assert.equal(scene.troubles, []);
    const image = await openContainerImage(directory, { reference: "1.0" });
    assert.is(image.digest, IMAGE.digest);
  });

  test("what is there is not fetched again", async (scene) => {
    const directory = scratchPath("layout");
    await pull(scene, "test/image:1.0", directory);
    scene.front.seen.length = 0;
    const { bytesFetched } = await pull(scene, "test/image:1.0", directory);
    assert.is(bytesFetched, 0);
    assert.equal(scene.front.asked(/blobs/), []);
  });

  test("a blob that is damaged on the disk is fetched again", async (scene) => {
    const directory = scratchPath("layout");
    await pull(scene, "test/image:1.0", directory);
    const path = join(directory, blobPath(SMALL));
    const bytes = readFileSync(path);
    bytes[100]! ^= 1;
    writeFileSync(path, bytes);
    const { bytesFetched } = await pull(scene, "test/image:1.0", directory);
    assert.is(bytesFetched, SMALL.size);
    assertHolds(directory, [IMAGE, ...IMAGE.blobs]);
  });

  test("other images of a layout stay, and what others wrote of them", async (scene) => {
    const directory = scratchPath("layout");
    await pull(scene, "test/image:1.0", directory);
    const index = indexIn(directory);
    const theirs = { ...index.manifests[0], annotations: { "org.opencontainers.image.ref.name": "theirs" }, extra: 1 };
    writeFileSync(
      join(directory, "index.json"),
      JSON.stringify({ ...index, annotations: { a: "b" }, manifests: [theirs] }),
    );
    await pull(scene, "test/image:docker", directory);
    await pull(scene, "test/image:1.0", directory);
    await pull(scene, "test/image:1.0", directory);
    const { annotations, manifests } = indexIn(directory);
    assert.equal(annotations, { a: "b" });
    assert.equal(manifests[0], theirs);
    assert.equal(
      manifests
        .slice(1)
        .map(
          (entry: { annotations: Record<string, string> }) => entry.annotations["org.opencontainers.image.ref.name"],
        ),
      ["docker", "1.0"],
    );
  });

  for (const name of ["ingest", "blobs"]) {
    test(`a layout whose ${name} is no directory is told of`, async (scene) => {
      const directory = scratchFolder();
      writeFileSync(join(directory, name), "");
      const error = await rejects(pull(scene, "test/image:1.0", directory), ErrorCode.InvalidArgument);
      assert.match(error.message, directory);
    });
  }

  test("a directory with other things in it is left alone", async (scene) => {
    const directory = scratchFolder();
    writeFileSync(join(directory, "thesis.txt"), "");
    await rejects(pull(scene, "test/image:1.0", directory), ErrorCode.FailedPrecondition);
    assert.equal(filesIn(directory), ["thesis.txt"]);
    mkdirSync(join(directory, "later"));
    writeFileSync(join(directory, "later/oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
    await rejects(pull(scene, "test/image:1.0", join(directory, "later")), ErrorCode.Unsupported);
  });

  test("Docker's manifests are kept as they are", async (scene) => {
    const directory = scratchPath("layout");
    const image = imageOf([SMALL], { docker: true });
    const { digest } = await pull(scene, "test/image:docker", directory);
    assert.is(digest, image.digest);
    assert.is(indexIn(directory).manifests[0].mediaType, `${DOCKER}.distribution.manifest.v2+json`);
    assertHolds(directory, [image, ...image.blobs]);
  });

  test("by its digest an image is asked for, whatever the tag", async (scene) => {
    const directory = scratchPath("layout");
    const { name, digest } = await pull(scene, `test/image@${IMAGE.digest}`, directory);
    assert.is(digest, IMAGE.digest);
    assert.is(name, `${scene.front.address}/test/image@${IMAGE.digest}`);
    assert.equal(indexIn(directory).manifests[0].annotations, { "io.containerd.image.name": name });
    const tagged = await pull(scene, `test/image:gone@${IMAGE.digest}`, directory);
    assert.is(tagged.name, `${scene.front.address}/test/image:gone`);
  });

  const breaks: [why: string, meddling: Meddling, ranges: (string | undefined)[]][] = [
    ["breaks", breakAfter(MIB), [undefined, `bytes=${MIB}-`]],
    ["stalls", stallAfter(MIB), [undefined, `bytes=${MIB}-`]],
  ];
  for (const [what, meddling, ranges] of breaks) {
    test(`a connection that ${what} is gone on with from where it was`, async (scene) => {
      const directory = scratchPath("layout");
      scene.front.on(pathOf(LARGE), meddling);
      const { bytesFetched } = await pull(scene, "test/image:1.0", directory, { stallMs: 2000 });
      assertHolds(directory, [IMAGE, ...IMAGE.blobs]);
      assert.equal(
        scene.front.asked(pathOf(LARGE)).map(({ headers }) => headers.range),
        ranges,
      );
      assert.is(bytesFetched, SIZE);
      assert.is(scene.troubles.length, 1, scene.troubles.join("\n"));
    });
  }

  test("a connection that breaks again and again gets there, a step at a time", async (scene) => {
    const directory = scratchPath("layout");
    scene.front.on(pathOf(LARGE), breakAfter(200_000), 12);
    const { bytesFetched } = await pull(scene, "test/image:1.0", directory);
    assertHolds(directory, [IMAGE, ...IMAGE.blobs]);
    assert.is(bytesFetched, SIZE);
    assert.is(scene.front.asked(pathOf(LARGE)).length, 13);
  });

  test("a connection that gets nowhere is given up, and what came is kept", async (scene) => {
    const directory = scratchPath("layout");
    scene.front.on(pathOf(LARGE), breakAfter(MIB)).on(pathOf(LARGE), breakAfter(10), 100);
    const error = await rejects(pull(scene, "test/image:1.0", directory), ErrorCode.FailedPrecondition);
    assert.match(error.message, `blob ${LARGE.digest}: the connection broke`);
    assert.is(scene.front.asked(pathOf(LARGE)).length, RETRY.tries);
    assert.not.ok(existsSync(join(directory, "index.json")));
    assert.not.ok(existsSync(join(directory, blobPath(LARGE))));
    scene.front.seen.length = 0;
    const calm = await MeddlingServer.start(scene.registry.url);
    const { bytesFetched } = await pull({ ...scene, front: calm }, "test/image:1.0", directory);
    assert.ok(bytesFetched < LARGE.size - MIB + 5000, String(bytesFetched));
    assertHolds(directory, [IMAGE, ...IMAGE.blobs]);
    await calm.end();
  });

  test("a server that knows no ranges begins again", async (scene) => {
    const directory = scratchPath("layout");
    scene.front.on(pathOf(LARGE), breakAfter(MIB)).on(pathOf(LARGE), ignoreRange);
    const { bytesFetched } = await pull(scene, "test/image:1.0", directory);
    assertHolds(directory, [IMAGE, ...IMAGE.blobs]);
    assert.is(bytesFetched, SIZE + MIB);
  });

  const misplaced: [why: string, meddling: Meddling][] = [
    ["has nothing from there on", answerWith(416)],
    ["sends another range", ({ pass }) => pass({ headers: { "content-range": `bytes 5-9/${LARGE.size}` } })],
    [
      "sends a range of another whole",
      ({ pass }) => pass({ headers: { "content-range": `bytes ${MIB}-9999999/9999999` } }),
    ],
    ["does not say which range it sends", ({ pass }) => pass({ headers: { "content-range": undefined } })],
    ["sends other bytes", corruptAt(7)],
  ];
  for (const [what, meddling] of misplaced) {
    test(`a server that ${what} when it is asked to go on is asked for all`, async (scene) => {
      const directory = scratchPath("layout");
      scene.front.on(pathOf(LARGE), breakAfter(MIB)).on(pathOf(LARGE), meddling);
      await pull(scene, "test/image:1.0", directory);
      assertHolds(directory, [IMAGE, ...IMAGE.blobs]);
      const ranges = scene.front.asked(pathOf(LARGE)).map(({ headers }) => headers.range);
      assert.equal(ranges, [undefined, `bytes=${MIB}-`, undefined]);
    });
  }

  const wrong: [what: string, meddling: Meddling, message: string][] = [
    ["a byte of which is wrong", corruptAt(MIB), "its bytes are sha256:"],
    [
      "that is shorter",
      answerWith(200, { "Content-Length": "3" }, "abc"),
      `has 3 bytes, and ${LARGE.size} by its descriptor`,
    ],
    ["that does not end", endless, `has more than the ${LARGE.size} bytes`],
  ];
  for (const [what, meddling, message] of wrong) {
    test(`a blob ${what} is refused, and never stands under its name`, async (scene) => {
      const directory = scratchPath("layout");
      scene.front.on(pathOf(LARGE), meddling, 100);
      const error = await rejects(pull(scene, "test/image:1.0", directory), ErrorCode.Corrupt);
      assert.match(error.message, `${scene.front.address}/test/image: blob ${LARGE.digest}`);
      assert.match(error.message, message);
      assert.is(scene.front.asked(pathOf(LARGE)).length, 1, "it is not asked for again");
      assert.not.ok(existsSync(join(directory, blobPath(LARGE))));
      assert.not.ok(existsSync(join(directory, "index.json")));
      assert.not.ok(existsSync(join(directory, "ingest", LARGE.digest.replace(":", "-"))), "nothing of it is kept");
    });
  }

  const busy: [what: string, meddling: Meddling][] = [
    ["429 with seconds", answerWith(429, { "Retry-After": "0" })],
    ["503 with a date", answerWith(503, { "Retry-After": new Date().toUTCString() })],
    ["500", answerWith(500)],
    ["a connection that is reset", ({ request }) => request.socket.resetAndDestroy()],
  ];
  for (const [what, meddling] of busy) {
    test(`${what} is asked again a little later, of manifests and of blobs`, async (scene) => {
      const directory = scratchPath("layout");
      scene.front.on(/manifests/, meddling, 2).on(pathOf(SMALL), meddling, 2);
      await pull(scene, "test/image:1.0", directory);
      assertHolds(directory, [IMAGE, ...IMAGE.blobs]);
      // One may go unmentioned: on a connection that was kept, a reset says nothing.
      assert.ok([3, 4].includes(scene.troubles.length), scene.troubles.join("\n"));
    });
  }

  test("Retry-After is waited for", async (scene) => {
    scene.front.on(/manifests/, answerWith(429, { "Retry-After": "1" }));
    const start = performance.now();
    await pull(scene, "test/image:1.0", scratchPath("layout"));
    assert.ok(performance.now() - start >= 1000);
    assert.match(scene.troubles[0]!, /429 Too Many Requests; again in 1 s$/);
  });

  const refusals: [status: number, code: ErrorCode][] = [
    [401, ErrorCode.PermissionDenied],
    [403, ErrorCode.PermissionDenied],
    [404, ErrorCode.NotFound],
    [400, ErrorCode.FailedPrecondition],
  ];
  for (const [status, code] of refusals) {
    test(`${status} is final, and told in the registry's own words, on one line`, async (scene) => {
      const body = JSON.stringify({ errors: [{ code: "SOME_CODE", message: "no\u001b[31m\r\nway" }] });
      scene.front.on(/manifests/, answerWith(status, {}, body), 9);
      const error = await rejects(pull(scene, "test/image:1.0", scratchPath("layout")), code);
      assert.match(
        error.message,
        new RegExp(`^127\\.0\\.0\\.1:\\d+/test/image: manifest 1\\.0: ${status} .*: SOME_CODE: no \\[31m way$`),
      );
      assert.is(scene.front.seen.length, 1);
    });
  }

  test("a tag that is not there is not found", async (scene) => {
    const error = await rejects(pull(scene, "test/image:none", scratchPath("layout")), ErrorCode.NotFound);
    assert.match(error.message, "manifest none: 404 Not Found: MANIFEST_UNKNOWN: manifest unknown");
  });

  test("a server that is not there is told of", async () => {
    const gone = await MeddlingServer.start("http://localhost");
    const { address } = gone;
    await gone.end();
    const error = await rejects(
      pullImage(`${address}/a`, scratchPath("layout"), { retry: { tries: 2, firstPauseMs: 1 } }),
      ErrorCode.FailedPrecondition,
    );
    assert.is(error.message, `${address}/a: manifest latest: refuses connections (ECONNREFUSED)`);
  });

  test("a manifest that is not what the registry says, or was asked for, is refused", async (scene) => {
    scene.front.on(/manifests/, ({ pass }) => pass({ headers: { "docker-content-digest": SMALL.digest } }));
    const said = await rejects(pull(scene, "test/image:1.0", scratchPath("layout")), ErrorCode.Corrupt);
    assert.match(said.message, SMALL.digest);
    scene.front.on(/manifests/, corruptAt(50));
    await rejects(pull(scene, `test/image@${IMAGE.digest}`, scratchPath("layout")), ErrorCode.Corrupt);
    scene.front.on(/manifests/, answerWith(200, { "Content-Type": IMAGE.mediaType }, Buffer.alloc(9 * MIB)));
    await rejects(pull(scene, "test/image:1.0", scratchPath("layout")), ErrorCode.OutOfRange);
    scene.front.on(/manifests/, answerWith(200, {}, "{}"));
    await rejects(pull(scene, "test/image:1.0", scratchPath("layout")), ErrorCode.Unsupported);
    scene.front.on(/manifests/, answerWith(200, {}, "<html>"));
    await rejects(pull(scene, "test/image:1.0", scratchPath("layout")), ErrorCode.Corrupt);
  });

  /** An index of three images, one of which says what another is made of. */
  async function pushIndex({ registry }: Scene, repository: string) {
    const pusher = new Pusher(`${registry.url}/v2/${repository}`);
    const ours = imageOf([SMALL], { architecture: ARCHITECTURE });
    const other = imageOf([SMALL, layerOf(700)], { architecture: OTHER });
    const note = imageOf([layerOf(800)], { architecture: "unknown" });
    const attestation = { ...note, platform: { os: "unknown", architecture: "unknown" } };
    for (const image of [ours, other, attestation]) await pusher.image(image);
    const index = indexOf([attestation, other, ours]);
    await pusher.manifest(index, "1.0");
    return { pusher, ours, other, attestation, index };
  }

  test("of an index the image for this machine is fetched, or for another, and nothing else", async (scene) => {
    const { ours, other } = await pushIndex(scene, "test/index");
    const directory = scratchPath("layout");
    assert.is((await pull(scene, "test/index:1.0", directory)).digest, ours.digest);
    assertHolds(directory, [ours, ...ours.blobs]);
    const platform = `linux/${OTHER}`;
    const { digest, images } = await pull(scene, "test/index:1.0", directory, { platform });
    assert.is(digest, other.digest);
    assert.equal(images[0]!.platform, other.platform);
    assert.is(indexIn(directory).manifests.length, 1, "the name stands for one image");
    assert.equal(indexIn(directory).manifests[0].platform, other.platform);
    const none = await rejects(
      pull(scene, "test/index:1.0", directory, { platform: "plan9/mips" }),
      ErrorCode.NotFound,
    );
    assert.match(none.message, `there are linux/${OTHER}, linux/${ARCHITECTURE}`);
    await rejects(pull(scene, "test/image:1.0", directory, { platform: "plan9/mips" }), ErrorCode.NotFound);
    await rejects(pull(scene, "test/image:1.0", directory, { platform: "plan9" }), ErrorCode.InvalidArgument);
    const both = pull(scene, "test/index:1.0", directory, { platform, allPlatforms: true });
    await rejects(both, ErrorCode.InvalidArgument);
  });

  test("all platforms are fetched with the index, and what it lists besides", async (scene) => {
    const { ours, other, attestation, index, pusher } = await pushIndex(scene, "test/all");
    const nested = documentOf(index.mediaType, {
      schemaVersion: 2,
      mediaType: index.mediaType,
      manifests: [descriptorOf(index)],
    });
    await pusher.manifest(nested, "1.0");
    const directory = scratchPath("layout");
    const { digest, images } = await pull(scene, "test/all:1.0", directory, { allPlatforms: true });
    assert.is(digest, nested.digest);
    assert.equal(
      images.map((image) => image.digest),
      [other.digest, ours.digest],
    );
    const blobs = [ours, other, attestation].flatMap((image) => [image, ...image.blobs]);
    assertHolds(directory, [nested, index, ...blobs.filter((blob, at) => blobs.indexOf(blob) === at)]);
    assert.is((await openContainerImage(directory, { platform: `linux/${OTHER}` })).digest, other.digest);
  });

  test("a foreign layer is fetched where the registry has it, and else not supported", async (scene) => {
    const pusher = new Pusher(`${scene.registry.url}/v2/test/foreign`);
    const foreign = { ...layerOf(900), mediaType: `${OCI}.layer.nondistributable.v1.tar+gzip` };
    const image = imageOf([foreign]);
    await pusher.image(image, "here");
    const directory = scratchPath("layout");
    await pull(scene, "test/foreign:here", directory);
    assertHolds(directory, [image, ...image.blobs]);
    scene.front.on(pathOf(foreign), answerWith(404));
    const error = await rejects(pull(scene, "test/foreign:here", scratchPath("layout")), ErrorCode.Unsupported);
    assert.match(error.message, `layer ${foreign.digest}: is a foreign one`);
  });

  test("where nothing comes of it nothing is left", async (scene) => {
    await pushIndex(scene, "test/index");
    for (const [name, platform] of [["test/image:none"], ["test/index:1.0", "plan9/mips"]] as const) {
      const directory = scratchPath("layout");
      await rejects(pull(scene, name, directory, { ...(platform && { platform }) }), ErrorCode.NotFound);
      assert.not.ok(existsSync(directory));
    }
  });

  test("a mirror's document that is another is passed by", async (scene) => {
    const { ours } = await pushIndex(scene, "test/index");
    const mirror = await MeddlingServer.start(scene.registry.url);
    mirror.on(new RegExp(`manifests/${ours.digest}`), answerWith(200, {}, "{}"));
    const directory = scratchPath("layout");
    await pull(scene, "test/index:1.0", directory, { mirrors: [mirror.url] });
    assertHolds(directory, [ours, ...ours.blobs]);
    assert.match(scene.troubles.join(), "has 2 bytes, and");
    await mirror.end();
  });

  test("a manifest with anything in it ends in an image or in our words", async (scene) => {
    const text = Buffer.from(IMAGE.bytes).toString();
    const pieces = ["", "0", "-1", "1e99", "null", "[]", "{}", '"', "sha256:", "\u0000", "../", "é", "manifests"];
    const type = { "Content-Type": IMAGE.mediaType };
    const retry = { tries: 1, firstPauseMs: 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length), fc.nat(20), fc.constantFrom(...pieces), async (at, length, piece) => {
        const directory = scratchPath("layout");
        scene.front.on(/manifests/, answerWith(200, type, text.slice(0, at) + piece + text.slice(at + length)));
        const error = await pull(scene, "test/image:1.0", directory, { retry }).catch((reason: unknown) => reason);
        if (!(error instanceof Error)) return;
        assert.ok(error instanceof ImageError && error.code !== ErrorCode.Internal, String(error));
        assert.not.ok(existsSync(join(directory, "index.json")));
      }),
      times(150),
    );
  });

  test("manifests of schema 1 are not supported", async (scene) => {
    const type = { "Content-Type": `${DOCKER}.distribution.manifest.v1+prettyjws` };
    scene.front.on(/manifests/, answerWith(200, type, JSON.stringify({ schemaVersion: 1, fsLayers: [] })));
    const error = await rejects(pull(scene, "test/image:1.0", scratchPath("layout")), ErrorCode.Unsupported);
    assert.match(error.message, "schema 1");
  });
}

test.run();
