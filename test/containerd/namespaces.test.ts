/** Whose blobs a differ reads and writes: what a call says comes before what the server was told, and a search comes last. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ContentStore, Descriptor, Differ } from "../../src/host/diff/differ.ts";
import { ErrorCode } from "../../src/host/errors.ts";
import { Connection, type Headers } from "../../src/host/grpc/connection.ts";
import { DiffDefinition } from "../../src/host/grpc/messages/containerd/services/diff/v1/diff.ts";
import { methodsOf } from "../../src/host/grpc/methods.ts";
import { SnapshotServer } from "../../src/host/grpc/server.ts";
import { keptLog } from "../fixtures/log.ts";
import { MemorySnapshotter } from "../fixtures/memory-snapshotter.ts";
import { digestOf } from "../fixtures/oci-image.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { Containerd, containerd } from "../oracles/containerd.ts";
import { present } from "../oracles/oracle.ts";

const namespaces = suite("namespaces of blobs");
const methods = methodsOf(DiffDefinition);

const WRITTEN = Buffer.from("a blob");
const BLOB: Descriptor = { mediaType: "text/plain", digest: digestOf(WRITTEN), size: WRITTEN.length };

const KEPT = new Map([["containerd.io/gc.root", "yes"]]);

/** Reads the layer that it is given; writes a blob where it is to compare. */
const open = (content: ContentStore): Differ => ({
  async apply(layer) {
    for await (const _ of content.read(layer));
    return layer;
  },
  async compare(_lower, _upper, { reference = "r", labels = new Map() } = {}) {
    const writer = await content.write(reference);
    await writer.write(WRITTEN);
    await writer.commit(BLOB.size, BLOB.digest, labels);
    return BLOB;
  },
});

interface Client {
  store: Containerd;
  apply(headers: Headers): Promise<unknown>;
  diff(headers: Headers, labels?: Map<string, string>): Promise<unknown>;
}

/** A server that was told of `namespace`. */
async function withServer(store: Containerd, namespace: string | undefined, work: (client: Client) => Promise<void>) {
  const address = scratchPath("s.sock");
  const diff = { open, containerdAddress: store.address, ...(namespace !== undefined && { namespace }) };
  const server = await SnapshotServer.start({ address, snapshots: new MemorySnapshotter(), diff, log: keptLog() });
  const connection = await Connection.open(address);
  const blob = { ...BLOB, size: BigInt(BLOB.size), annotations: new Map<string, string>() };
  const applyRequest = { diff: blob, mounts: [], payloads: new Map(), syncFs: true };
  const diffRequest = { left: [], right: [], mediaType: "", ref: "", sourceDateEpoch: undefined };
  try {
    await work({
      store,
      apply: (headers) => connection.unary(methods.apply, applyRequest, headers),
      diff: (headers, labels = KEPT) => connection.unary(methods.diff, { ...diffRequest, labels }, headers),
    });
  } finally {
    connection.close();
    await server.stop(5000);
  }
}

const has = async (store: Containerd, namespace: string) =>
  (await store.rows("--namespace", namespace, "content", "ls")).some(([digest]) => digest === BLOB.digest);

if (present(containerd, namespaces)) {
  namespaces("are that of the call, that of the server, the one that has the blob", () =>
    Containerd.with(containerd, "version = 2", async (store) => {
      for (const name of ["a", "b", "c"]) await store.ctr("namespaces", "create", name);

      await withServer(store, "a", async ({ diff, apply }) => {
        await diff({ "containerd-namespace": "b" });
        assert.equal([await has(store, "a"), await has(store, "b")], [false, true]);
        await apply({ "containerd-namespace": "b" });
        await rejects(apply({}), ErrorCode.NotFound);
        await diff({});
        assert.is(await has(store, "a"), true);
        await apply({});
      });
      await withServer(store, undefined, async ({ diff, apply }) => {
        await apply({});
        await rejects(apply({ "containerd-namespace": "c" }), ErrorCode.NotFound);
        await rejects(diff({}), ErrorCode.FailedPrecondition);
      });
    }),
  );

  namespaces("have a lease keep a new blob where no label does", () =>
    Containerd.with(containerd, "version = 2", async (store) => {
      const leases = (...words: string[]) => store.ctr("--namespace", "a", "leases", ...words);
      const collectGarbage = () => leases("create", "--id", "other").then(() => leases("rm", "--sync", "other"));
      await leases("create", "--id", "mine");
      await withServer(store, undefined, async ({ diff }) => {
        await diff({ "containerd-namespace": "a", "containerd-lease": "mine" }, new Map());
        await collectGarbage();
        assert.is(await has(store, "a"), true);
        await leases("rm", "--sync", "mine");
        assert.is(await has(store, "a"), false);

        await diff({ "containerd-namespace": "a" }, new Map());
        await collectGarbage();
        assert.is(await has(store, "a"), false);
      });
    }),
  );
}

namespaces.run();
