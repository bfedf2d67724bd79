/** `layerkiln pull`, run as people run it. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { breakAfter, MeddlingServer, stallAfter } from "../fixtures/meddling-server.ts";
import { ARCHITECTURE, digestOf } from "../fixtures/oci-image.ts";
import { descriptorOf, imageOf, indexOf, layerOf, Pusher } from "../fixtures/registry-image.ts";
import { runPull as run, startPull as start } from "../fixtures/run-pull.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { DockerRegistry, dockerRegistry } from "../oracles/docker-registry.ts";
import { ask, missing, present } from "../oracles/oracle.ts";

const MIB = 2 ** 20;

interface Scene {
  registry: DockerRegistry;
  front: MeddlingServer;
}

const SMALL = layerOf(5000);
const LARGE = layerOf(4 * MIB);
const IMAGE = imageOf([SMALL, LARGE], { architecture: ARCHITECTURE });
const OTHER = imageOf([SMALL, layerOf(600)], { architecture: "s390x" });

function blobsIn(directory: string): string[] {
  const folder = join(directory, "blobs/sha256");
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

const hexOf = ({ digest }: { digest: string }) => digest.slice("sha256:".length);

/** Every blob is what its name says. */
function assertSound(directory: string): void {
  for (const name of blobsIn(directory)) {
    assert.is(digestOf(readFileSync(join(directory, "blobs/sha256", name))), `sha256:${name}`);
  }
}

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries++) {
    assert.ok(tries < 1000, "it never comes to that");
    await sleep(20);
  }
}

const test = suite<Scene>("layerkiln pull");

if (present(dockerRegistry, test)) {
  test.before(async (scene) => {
    scene.registry = await DockerRegistry.start();
    const pusher = new Pusher(`${scene.registry.url}/v2/a/b`);
    for (const image of [IMAGE, OTHER]) await pusher.image(image);
    await pusher.manifest(IMAGE, "1");
    await pusher.manifest(indexOf([OTHER, IMAGE]), "all");
  });
  test.after(({ registry }) => registry.end());
  test.before.each(async (scene) => {
    scene.front = await MeddlingServer.start(scene.registry.url);
  });
  test.after.each(({ front }) => front.end());

  test("says what came, a line for each blob and the whole", async ({ front }) => {
    const directory = scratchPath("layout");
    const { status, stdout, stderr } = await run([`${front.address}/a/b:1`, directory]);
    assert.is(status, 0, stderr);
    const lines = stdout.split("\n");
    assert.match(lines[0]!, `${directory}: ${front.address}/a/b:1, 4.0 MiB fetched`);
    assert.equal(lines.slice(1), [IMAGE.digest, `linux/${ARCHITECTURE}: 2 layers`, ""]);
    assert.equal(
      stderr.trim().split("\n").sort(),
      IMAGE.blobs
        .map(
          ({ digest, size }) =>
            `${digest}: ${size < 1024 ? `${size} B` : size < MIB ? `${(size / 1024).toFixed(1)} KiB` : "4.0 MiB"}, fetched`,
        )
        .sort(),
    );
    const again = await run([`${front.address}/a/b:1`, directory]);
    assert.match(again.stdout, ", 0 B fetched");
    assert.is(again.stderr.match(/, was there$/gm)?.length, 3);
  });

  test("as JSON, and quietly", async ({ front }) => {
    const directory = scratchPath("layout");
    const { status, stdout, stderr } = await run([
      `${front.address}/a/b:all`,
      directory,
      "--json",
      "-q",
      "--platform",
      "linux/s390x",
    ]);
    assert.equal([status, stderr], [0, ""]);
    assert.equal(JSON.parse(stdout), {
      directory,
      name: `${front.address}/a/b:all`,
      digest: OTHER.digest,
      images: [{ digest: OTHER.digest, platform: "linux/s390x", layers: OTHER.blobs.slice(1).map(descriptorOf) }],
      bytesFetched: OTHER.blobs.reduce((sum, { size }) => sum + size, 0),
    });
    const all = await run([`${front.address}/a/b:all`, directory, "-q", "--json", "--all-platforms"]);
    assert.is(JSON.parse(all.stdout).images.length, 2);
  });

  const mistakes: [words: string[], status: number, message: string][] = [
    [["Alpine", "x"], 1, 'reference "Alpine": "library/Alpine" has capital letters, which no repository has'],
    [["alpine"], 2, "DIRECTORY is missing"],
    [["alpine", "x", "--username", "ann"], 2, "--username and --password-stdin go together"],
    [["alpine", "x", "--all-platforms", "--platform", "a/b"], 1, "platform: one of them, or all, and not both"],
    [["alpine", "x", "--mirror", "ftp://m"], 1, "mirror: is no URL of http or https"],
  ];
  for (const [words, expected, message] of mistakes) {
    test(`does not take ${words.join(" ")}`, async () => {
      const { status, stderr } = await run(words);
      assert.match(stderr, message);
      assert.is(status, expected);
      assert.not.ok(existsSync("x"));
    });
  }

  test("a platform that a terminal would obey is shown as what it is", async ({ registry, front }) => {
    await new Pusher(`${registry.url}/v2/odd/b`).image(imageOf([SMALL], { architecture: "\u001b[31mred" }), "1");
    const { status, stdout, stderr } = await run([`${front.address}/odd/b:1`, scratchPath("layout")]);
    assert.is(status, 0, stderr);
    assert.match(stdout, "linux/\\u{1b}[31mred: 1 layer");
  });

  test("a server that turns to another protocol is told of", async ({ front }) => {
    front.on(new RegExp(`/blobs/${LARGE.digest}$`), ({ request }) => {
      request.socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n");
    });
    const directory = scratchPath("layout");
    const { status, stderr } = await run([`${front.address}/a/b:1`, directory]);
    assert.is(status, 1);
    assert.match(stderr, /answers in another protocol \(101\)\n$/);
    assert.not(existsSync(join(directory, "ingest")), "and no lock is left");
  });

  test("killed in the middle, the next fetches what is missing and nothing else", async ({ front, registry }) => {
    const directory = scratchPath("layout");
    front.on(new RegExp(LARGE.digest), stallAfter(3 * MIB));
    const { child, ended } = start([`${front.address}/a/b:1`, directory]);
    const part = join(directory, "ingest", LARGE.digest.replace(":", "-"));
    await until(() => existsSync(part) && statSync(part).size === 3 * MIB && blobsIn(directory).length === 3);
    child.kill("SIGKILL");
    await ended;
    assertSound(directory);
    assert.not.ok(existsSync(join(directory, "index.json")));

    const second = await MeddlingServer.start(registry.url);
    const { status, stdout } = await run([`${second.address}/a/b:1`, directory, "--json"]);
    assert.is(status, 0);
    assert.is(JSON.parse(stdout).bytesFetched, LARGE.size - 3 * MIB);
    assert.equal(
      second.asked(/blobs/).map(({ path, headers }) => [path, headers.range]),
      [[`/v2/a/b/blobs/${LARGE.digest}`, `bytes=${3 * MIB}-`]],
    );
    assertSound(directory);
    assert.equal(readdirSync(directory).sort(), ["blobs", "index.json", "oci-layout"]);
    await second.end();
  });

  test("stopped by a signal it says so, and keeps what came", async ({ front }) => {
    const directory = scratchPath("layout");
    front.on(new RegExp(LARGE.digest), stallAfter(MIB));
    const { child, ended } = start([`${front.address}/a/b:1`, directory]);
    await until(() => blobsIn(directory).length === 3);
    child.kill("SIGINT");
    const { status, stderr } = await ended;
    assert.is(status, 130);
    assert.match(stderr, "stopped by SIGINT; what came is kept for the next time");
    assert.equal(readdirSync(join(directory, "ingest")), [LARGE.digest.replace(":", "-")]);
    assertSound(directory);
  });

  test("many at a time in one directory fetch each blob once, and name all images", async ({ front }) => {
    const directory = scratchPath("layout");
    front.on(new RegExp(LARGE.digest), breakAfter(MIB), 2);
    const names = ["1", "all", IMAGE.digest, "1", "all"].map(
      (name) => `${front.address}/a/b${name.includes(":") ? "@" : ":"}${name}`,
    );
    const runs = await Promise.all(names.map((name) => run([name, directory, "--json"])));
    for (const { status, stderr } of runs) assert.is(status, 0, stderr);
    const fetched = runs.reduce((sum, { stdout }) => sum + JSON.parse(stdout).bytesFetched, 0);
    assert.is(
      fetched,
      IMAGE.blobs.reduce((sum, { size }) => sum + size, 0),
    );
    assert.is(JSON.parse(readFileSync(join(directory, "index.json"), "utf8")).manifests.length, 3);
    assert.equal(readdirSync(directory).sort(), ["blobs", "index.json", "oci-layout"]);
    assertSound(directory);
  });

  test("mirrors are asked first, and the registry for what they lack", async ({ front, registry }) => {
    const mirror = await DockerRegistry.start();
    const mirrorFront = await MeddlingServer.start(mirror.url);
    await new Pusher(`${mirror.url}/v2/hub/a/b`).blob(LARGE);
    const broken = createTcpServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => broken.listen(0, "127.0.0.1", resolve));
    const { port } = broken.address() as { port: number };
    const mirrors = [`http://127.0.0.1:${port}`, `${mirrorFront.url}/hub`];
    const directory = scratchPath("layout");
    mirrorFront.on(new RegExp(LARGE.digest), breakAfter(MIB));
    const words = [`${front.address}/a/b:1`, directory, ...mirrors.flatMap((url) => ["--mirror", url])];
    const { status, stdout, stderr } = await run(words);
    assert.is(status, 0, stderr);
    assert.match(stdout, `${front.address}/a/b:1`);
    assert.is(mirrorFront.asked(/hub\/a\/b\/manifests\/1$/).length, 1);
    assert.equal(
      front.asked(new RegExp(LARGE.digest)).map(({ headers }) => headers.range),
      [`bytes=${MIB}-`],
      "goes on where the mirror broke off",
    );
    assertSound(directory);
    broken.close();
    await mirrorFront.end();
    await mirror.end();
    assert.ok(registry);
  });

  test("a mirror whose bytes are wrong is passed by", async ({ front, registry }) => {
    const mirror = await MeddlingServer.start(registry.url);
    mirror.on(new RegExp(LARGE.digest), ({ answer }) => answer.writeHead(200).end(Buffer.alloc(LARGE.size)));
    const directory = scratchPath("layout");
    const { status, stderr } = await run([`${front.address}/a/b:1`, directory, "--mirror", mirror.url]);
    assert.is(status, 0, stderr);
    assert.match(stderr, `blob ${LARGE.digest}: its bytes are sha256:`);
    assert.is(front.asked(new RegExp(LARGE.digest)).length, 1);
    assertSound(directory);
    await mirror.end();
  });

  const skopeo = { name: "skopeo", missing: missing("skopeo", "skopeo") };
  if (present(skopeo, test)) {
    const copy = (from: string, to: string) =>
      ask("skopeo", [
        "copy",
        "--insecure-policy",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        "--all",
        from,
        to,
      ]);

    test("what is pulled is what skopeo copies, and skopeo and umoci read it", async ({ registry }) => {
      for (const tag of ["1", "all"]) {
        const [ours, theirs, theirsOfOurs] = ["ours", "theirs", "again"].map(scratchPath) as [string, string, string];
        const { status, stderr } = await run([`${registry.address}/a/b:${tag}`, ours, "--all-platforms"]);
        assert.is(status, 0, stderr);
        copy(`docker://${registry.address}/a/b:${tag}`, `oci:${theirs}:${tag}`);
        assert.equal(blobsIn(ours), blobsIn(theirs));
        copy(`oci:${ours}:${tag}`, `oci:${theirsOfOurs}:${tag}`);
        assert.equal(blobsIn(theirsOfOurs), blobsIn(ours));
      }
    });

    test("what skopeo has pushed is pulled", async ({ registry }) => {
      const layout = scratchPath("layout");
      await run([`${registry.address}/a/b:1`, layout]);
      copy(`oci:${layout}:1`, `docker://${registry.address}/by/skopeo:2`);
      const again = scratchPath("layout");
      const { status, stdout } = await run([`${registry.address}/by/skopeo:2`, again]);
      assert.is(status, 0);
      assert.match(stdout, IMAGE.digest);
      assert.equal(blobsIn(again), [IMAGE, ...IMAGE.blobs].map(hexOf).sort());
    });
  }

  const umoci = { name: "umoci", missing: missing("umoci", "umoci") };
  if (present(umoci, test)) {
    test("umoci reads what is pulled", async ({ registry }) => {
      const layout = scratchPath("layout");
      await run([`${registry.address}/a/b:1`, layout]);
      assert.is(ask("umoci", ["ls", "--layout", layout]).trim(), "1");
      const bundle = scratchPath("bundle");
      ask("umoci", ["unpack", "--image", `${layout}:1`, bundle]);
      assert.equal(readdirSync(join(bundle, "rootfs")).sort(), [`noise-${4 * MIB}`, "noise-5000"]);
    });
  }
}

test.run();
