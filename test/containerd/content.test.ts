/** containerd's content store, as our differs use it: reading, writing, and namespaces that nobody names. */
import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Descriptor } from "../../src/host/diff/differ.ts";
import { ErrorCode } from "../../src/host/errors.ts";
import { Connection } from "../../src/host/grpc/connection.ts";
import { ContainerdContent, type ContentScope } from "../../src/host/grpc/content.ts";
import { digestOf } from "../fixtures/oci-image.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { Containerd, containerd, containerd2, containerd17, type Installation } from "../oracles/containerd.ts";
import { present } from "../oracles/oracle.ts";

const MIB = 2 ** 20;
const LABELS = new Map([
  ["containerd.io/gc.root", "yes"], // or it is garbage at once
  ["containerd.io/uncompressed", "sha256:abc"],
]);

interface Context {
  store: Containerd;
  open(scope: ContentScope): ContainerdContent;
}

for (const installation of [containerd, containerd17, containerd2]) {
  const content = suite(`content store of ${installation.name}`);
  if (present(installation, content)) tests(content, installation);
  content.run();
}

function tests(content: ReturnType<typeof suite>, installation: Installation): void {
  const test = (title: string, work: (context: Context) => Promise<void>) =>
    content(title, () =>
      Containerd.with(installation, `version = ${installation.configVersion}`, async (store) => {
        const connection = await Connection.open(store.address);
        try {
          await work({ store, open: (scope) => new ContainerdContent(connection, scope) });
        } finally {
          connection.close();
        }
      }),
    );

  for (const [why, size] of [
    ["empty", 0],
    ["of one byte", 1],
    ["of one request", MIB],
    ["of many", 9 * MIB + 17],
  ] as const) {
    test(`keeps a blob that is ${why}, and gives it back`, async ({ store, open }) => {
      const bytes = noise(size);
      const blob = await keep(open({ namespace: "a" }), bytes);
      const rows = await store.rows("--namespace", "a", "content", "ls");
      assert.equal(
        rows.map(([digest]) => digest),
        [blob.digest],
      );
      assert.match(String(rows[0]), "containerd.io/uncompressed=sha256:abc");
      assert.is(await digestOfAll(open({ namespace: "a" }).read(blob)), blob.digest);
    });
  }

  test("finds a blob in the namespace that has it", async ({ store, open }) => {
    for (const name of ["a", "b", "c"]) await store.ctr("namespaces", "create", name);
    const blob = await keep(open({ namespace: "b" }), noise(100));
    assert.is(await digestOfAll(open({}).read(blob)), blob.digest);
    await rejects(digestOfAll(open({ namespace: "a" }).read(blob)), ErrorCode.NotFound);
    const other = { ...blob, digest: digestOf(Buffer.from("other")) };
    const error = await rejects(digestOfAll(open({}).read(other)), ErrorCode.NotFound);
    assert.match(error.message, "is in no namespace of containerd's");
  });

  test("is written to where there is one namespace, and otherwise asks for a name", async ({ store, open }) => {
    const none = await rejects(open({}).write("r"), ErrorCode.FailedPrecondition);
    assert.match(none.message, "containerd has 0 namespaces");
    await store.ctr("namespaces", "create", "a");
    await keep(open({}), noise(100));
    assert.is((await store.rows("--namespace", "a", "content", "ls")).length, 1);
    await store.ctr("namespaces", "create", "b");
    const two = await rejects(open({}).write("r"), ErrorCode.FailedPrecondition);
    assert.match(two.message, "containerd has 2 namespaces");
  });

  test("says that a blob is shorter than its descriptor", async ({ open }) => {
    const blob = await keep(open({ namespace: "a" }), noise(100));
    const error = await rejects(digestOfAll(open({ namespace: "a" }).read({ ...blob, size: 101 })), ErrorCode.Corrupt);
    assert.is(error.message, `${blob.digest}: is 100 bytes long, by its descriptor 101`);
  });

  test("keeps a blob that is there already, and adds the labels that it lacks", async ({ store, open }) => {
    const bytes = noise(100);
    await keep(open({ namespace: "a" }), bytes, new Map([["containerd.io/gc.root", "mine"]]));
    await keep(open({ namespace: "a" }), bytes);
    const [row] = await store.rows("--namespace", "a", "content", "ls");
    assert.match(String(row), "containerd.io/gc.root=mine");
    assert.match(String(row), "containerd.io/uncompressed=sha256:abc");
  });

  test("refuses bytes that are not what their digest says", async ({ open }) => {
    const writer = await open({ namespace: "a" }).write("r");
    await writer.write(noise(100));
    await rejects(writer.commit(100, digestOf(Buffer.from("other")), LABELS), ErrorCode.FailedPrecondition);
    await writer.abort();
  });

  test("forgets what was aborted, and begins again where it was left", async ({ store, open }) => {
    const bytes = noise(2 * MIB);
    const writer = await open({ namespace: "a" }).write("r");
    await writer.write(bytes);
    await writer.abort();
    await writer.abort();
    assert.equal(await store.rows("--namespace", "a", "content", "active"), []);

    const cut = new AbortController();
    const left = await open({ namespace: "a" }).write("left", cut.signal);
    await left.write(noise(3 * MIB));
    cut.abort();
    const blob = await keep(open({ namespace: "a" }), bytes, LABELS, "left");
    assert.is(await digestOfAll(open({ namespace: "a" }).read(blob)), blob.digest);
  });

  test("waits a moment for a reference that another has, and no longer", async ({ open }) => {
    const first = await open({ namespace: "a" }).write("r");
    const second = open({ namespace: "a" }).write("r");
    setTimeout(() => first.abort(), 300);
    await (await second).abort();

    const third = await open({ namespace: "a" }).write("r");
    await rejects(open({ namespace: "a" }).write("r"), ErrorCode.Unavailable);
    await third.abort();
  });

  test("stops reading when its signal says so", async ({ open }) => {
    const blob = await keep(open({ namespace: "a" }), noise(9 * MIB));
    const stop = new AbortController();
    const reason = new Error("enough");
    let size = 0;
    const reading = (async () => {
      for await (const bytes of open({ namespace: "a" }).read(blob, stop.signal)) {
        size += bytes.length;
        stop.abort(reason);
      }
    })();
    assert.is(await reading.catch((error) => error), reason);
    assert.ok(size < blob.size);
  });
}

async function keep(
  content: ContainerdContent,
  bytes: Uint8Array,
  labels: ReadonlyMap<string, string> = LABELS,
  reference = "r",
): Promise<Descriptor> {
  const digest = digestOf(bytes);
  const writer = await content.write(reference);
  await writer.write(bytes);
  await writer.commit(bytes.length, digest, labels);
  await writer.abort();
  return { mediaType: "application/octet-stream", digest, size: bytes.length };
}

async function digestOfAll(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of source) hash.update(bytes);
  return `sha256:${hash.digest("hex")}`;
}
