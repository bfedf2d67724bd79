/** A snapshotter behind a socket: our own server's, or one of containerd's. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Mount } from "../platform.ts";
import type { CommitOptions, Info, PrepareOptions, Snapshotter, Usage } from "../snapshots/snapshotter.ts";
import { Connection, type Headers } from "./connection.ts";
import {
  type Info as InfoMessage,
  SnapshotsDefinition,
} from "./messages/containerd/services/snapshots/v1/snapshots.ts";
import { methodsOf } from "./methods.ts";
import { fromInfoMessage, toInfoMessage, toLabels } from "./snapshot-messages.ts";

const methods = methodsOf(SnapshotsDefinition);

export interface RemoteOptions {
  /** Which of the server's; our own has one and does not ask. Default: none. */
  readonly snapshotter?: string;

  /** containerd's namespace; our own server has none. */
  readonly namespace?: string;
}

export class RemoteSnapshotter implements Snapshotter {
  readonly #headers: Headers;
  readonly #snapshotter: string;

  private constructor(
    private readonly connection: Connection,
    { snapshotter = "", namespace }: RemoteOptions,
  ) {
    this.#headers = { "containerd-namespace": namespace };
    this.#snapshotter = snapshotter;
  }

  /**
   * @param address  as `absoluteAddress` has it; that nobody listens there is found by the first call
   * @throws ImageError  Unavailable: @grpc/grpc-js is not installed
   */
  static async open(address: string, options: RemoteOptions = {}): Promise<RemoteSnapshotter> {
    return new RemoteSnapshotter(await Connection.open(address), options);
  }

  async stat(key: string): Promise<Info> {
    const { info } = await this.connection.unary(methods.stat, this.#request({ key }), this.#headers);
    return fromInfoMessage(given(info, key));
  }

  async update({ name, labels }: Pick<Info, "name" | "labels">, fieldPaths?: readonly string[]): Promise<Info> {
    const changed = toInfoMessage({ name, labels, parent: "", kind: "active", created: 0n, updated: 0n });
    const request = this.#request({ info: changed, updateMask: fieldPaths && [...fieldPaths] });
    const { info } = await this.connection.unary(methods.update, request, this.#headers);
    return fromInfoMessage(given(info, name));
  }

  async usage(key: string): Promise<Usage> {
    const { size, inodes } = await this.connection.unary(methods.usage, this.#request({ key }), this.#headers);
    return { inodes: Number(inodes), size: Number(size) };
  }

  async mounts(key: string): Promise<Mount[]> {
    const { mounts } = await this.connection.unary(methods.mounts, this.#request({ key }), this.#headers);
    return mounts;
  }

  async prepare(key: string, parent: string, { labels }: PrepareOptions = {}): Promise<Mount[]> {
    const request = this.#request({ key, parent, labels: toLabels(labels) });
    return (await this.connection.unary(methods.prepare, request, this.#headers)).mounts;
  }

  async view(key: string, parent: string, { labels }: PrepareOptions = {}): Promise<Mount[]> {
    const request = this.#request({ key, parent, labels: toLabels(labels) });
    return (await this.connection.unary(methods.view, request, this.#headers)).mounts;
  }

  async commit(name: string, key: string, { labels, parent = "" }: CommitOptions = {}): Promise<void> {
    const request = this.#request({ name, key, labels: toLabels(labels), parent });
    await this.connection.unary(methods.commit, request, this.#headers);
  }

  async remove(key: string): Promise<void> {
    await this.connection.unary(methods.remove, this.#request({ key }), this.#headers);
  }

  async *walk(filters: readonly string[] = []): AsyncGenerator<Info> {
    const request = this.#request({ filters: [...filters] });
    for await (const { info } of this.connection.responses(methods.list, request, this.#headers)) {
      yield* info.map(fromInfoMessage);
    }
  }

  async cleanup(): Promise<void> {
    await this.connection.unary(methods.cleanup, this.#request({}), this.#headers);
  }

  /** Of the connection alone: the server goes on. */
  async close(): Promise<void> {
    this.connection.close();
  }

  #request<F extends object>(fields: F): F & { snapshotter: string } {
    return { ...fields, snapshotter: this.#snapshotter };
  }
}

function given(info: InfoMessage | undefined, key: string): InfoMessage {
  if (info === undefined) throw new ImageError(ErrorCode.Corrupt, `snapshot ${key}: the server sent nothing of it`);
  return info;
}
