/** A server of snapshots, and of layers if there is a differ: a proxy plugin of containerd's. */
import type { Server, Socket } from "node:net";
import type { Server as GrpcServer } from "@grpc/grpc-js";
import type { OpenDiffer } from "../diff/open.ts";
import type { Snapshotter } from "../snapshots/snapshotter.ts";
import { type CallContext, Calls } from "./calls.ts";
import { Connection, MAX_MESSAGE_SIZE } from "./connection.ts";
import { ContainerdContent } from "./content.ts";
import { diffService } from "./diff-service.ts";
import type { Log } from "./log.ts";
import { DiffDefinition } from "./messages/containerd/services/diff/v1/diff.ts";
import { SnapshotsDefinition } from "./messages/containerd/services/snapshots/v1/snapshots.ts";
import { methodsOf } from "./methods.ts";
import { loadGrpc } from "./packages.ts";
import { snapshotsService } from "./snapshots-service.ts";
import { listenOn } from "./socket.ts";

export interface ServerOptions {
  /** As `absoluteAddress` has it. */
  readonly address: string;
  readonly snapshots: Snapshotter;
  readonly diff?: DiffOptions;
  readonly log: Log;
}

export interface DiffOptions {
  /** Called for each request: its blobs are those of its caller's namespace. */
  readonly open: OpenDiffer;

  /** Of containerd itself: layers lie in its content store. */
  readonly containerdAddress: string;

  /** Where callers do not say theirs. Default: the one that has the layer. */
  readonly namespace?: string;
}

/** What the last answers have to reach clients that may ask nothing any more. Milliseconds. */
const LAST_ANSWERS = 1000;

export class SnapshotServer {
  private constructor(
    private readonly grpc: GrpcServer,
    private readonly listener: Server,
    private readonly sockets: ReadonlySet<Socket>,
    private readonly calls: Calls,
    private readonly containerd: Connection | undefined,
  ) {}

  /**
   * Resolves when calls are answered.
   *
   * @throws ImageError  Unavailable: a package is missing; as `listenOn`
   */
  static async start({ address, snapshots, diff, log }: ServerOptions): Promise<SnapshotServer> {
    const { Server, ServerCredentials } = await loadGrpc();
    const grpc = new Server({ "grpc.max_receive_message_length": MAX_MESSAGE_SIZE, "grpc.enable_channelz": 0 });
    const calls = new Calls(log);
    grpc.addService(methodsOf(SnapshotsDefinition), snapshotsService(snapshots, calls));

    const containerd = diff && (await addDiff(grpc, calls, diff));

    // The listener is our own: it can be made safe before anybody connects, and connections that say nothing are known.
    const connections = grpc.createConnectionInjector(ServerCredentials.createInsecure());
    const sockets = new Set<Socket>();
    const listener = await listenOn(address, (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      socket.on("error", (error) => log.debug({ err: error }, "a connection broke off"));
      connections.injectConnection(socket);
    }).catch((error) => {
      containerd?.close();
      throw error;
    });
    return new SnapshotServer(grpc, listener, sockets, calls, containerd);
  }

  /**
   * Takes no more calls, and resolves when those that run have ended, or have had their time.
   *
   * @param milliseconds  how long they have; then their clients are cut off, and their signals aborted
   * @returns             whether all ended by themselves
   */
  async stop(milliseconds: number): Promise<boolean> {
    this.listener.close();
    const closed = new Promise<void>((resolve) => this.grpc.tryShutdown(() => resolve()));
    const inTime = await within(milliseconds, this.calls.settled());
    await within(Math.min(milliseconds, LAST_ANSWERS), closed);
    this.grpc.forceShutdown();
    for (const socket of this.sockets) socket.destroy();
    this.containerd?.close();
    return inTime;
  }
}

/** @returns where the blobs are */
async function addDiff(
  grpc: GrpcServer,
  calls: Calls,
  { open, containerdAddress, namespace }: DiffOptions,
): Promise<Connection> {
  const containerd = await Connection.open(containerdAddress);
  const contentOf = (context: CallContext) => new ContainerdContent(containerd, scopeOf(context, namespace));
  grpc.addService(methodsOf(DiffDefinition), diffService(open, contentOf, calls));
  return containerd;
}

/** As containerd's headers say, where it sends them: Debian's 1.6 and 1.7 do not. */
function scopeOf({ metadata }: CallContext, fallback: string | undefined) {
  const header = (name: string) => metadata.get(name)[0]?.toString();
  return { namespace: header("containerd-namespace") ?? fallback, lease: header("containerd-lease") };
}

/** Whether `work` ends in time. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
