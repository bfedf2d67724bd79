/** A blob on its way into containerd's content store. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ContentWriter } from "../diff/differ.ts";
import { ErrorCode, isError } from "../errors.ts";
import type { Connection, Exchange, Headers } from "./connection.ts";
import {
  ContentDefinition,
  WriteAction,
  type WriteContentRequest,
  type WriteContentResponse,
} from "./messages/containerd/services/content/v1/content.ts";
import { methodsOf } from "./methods.ts";

const methods = methodsOf(ContentDefinition);

/** Bytes of one request. Each waits for its answer, so small ones would be slow. */
const PIECE = 1024 ** 2;

/** Between attempts to have a reference. Milliseconds; two seconds in all. */
const SHORTEST_PAUSE = 16;
const LONGEST_PAUSE = 1024;

const NOTHING = { total: 0n, expected: "", offset: 0n, data: new Uint8Array(), labels: new Map<string, string>() };

export class ContainerdWriter implements ContentWriter {
  readonly #piece = Buffer.allocUnsafe(PIECE);
  #filled = 0;
  /** Bytes that the server has. */
  #written = 0;
  #isDone = false;

  private constructor(
    private readonly connection: Connection,
    private readonly reference: string,
    private readonly headers: Headers,
    private readonly calls: Exchange<WriteContentRequest, WriteContentResponse>,
  ) {}

  /**
   * What an earlier writer has left under `reference` is dropped by the first request with bytes.
   *
   * @throws ImageError  also Unavailable: another writes under `reference`
   */
  static async open(connection: Connection, reference: string, headers: Headers, signal?: AbortSignal) {
    for (let pause = SHORTEST_PAUSE; ; pause *= 2) {
      signal?.throwIfAborted();
      const calls = connection.exchange(methods.write, headers);
      const writer = new ContainerdWriter(connection, reference, headers, calls);
      try {
        await writer.#ask({ action: WriteAction.STAT });
        signal?.addEventListener("abort", () => calls.cancel(), { once: true });
        return writer;
      } catch (error) {
        // A writer that was cut off holds its reference for a moment longer.
        if (pause > LONGEST_PAUSE || !isError(error, ErrorCode.Unavailable)) throw error;
      }
      await sleep(pause);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + PIECE - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === PIECE) await this.#flush();
    }
  }

  async commit(size: number, digest: string, labels: ReadonlyMap<string, string>): Promise<void> {
    await this.#flush();
    try {
      await this.#ask({
        action: WriteAction.COMMIT,
        total: BigInt(size),
        expected: digest,
        offset: BigInt(this.#written),
        labels: new Map(labels),
      });
      this.calls.end();
    } catch (error) {
      if (!isError(error, ErrorCode.AlreadyExists)) throw error;
      await this.#addLabels(digest, labels);
    }
    this.#isDone = true;
  }

  /** Best effort: what is left under a reference, containerd collects. */
  async abort(): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    this.calls.cancel();
    await this.connection.unary(methods.abort, { ref: this.reference }, this.headers).catch(() => {});
  }

  async #flush(): Promise<void> {
    if (this.#filled === 0) return;
    const data = this.#piece.subarray(0, this.#filled);
    await this.#ask({ action: WriteAction.WRITE, offset: BigInt(this.#written), data });
    this.#written += this.#filled;
    this.#filled = 0;
  }

  #ask(request: Partial<WriteContentRequest> & Pick<WriteContentRequest, "action">): Promise<WriteContentResponse> {
    return this.calls.ask({ ...NOTHING, ref: this.reference, ...request });
  }

  /** To a blob that was there before: those that it has stay as they are. */
  async #addLabels(digest: string, labels: ReadonlyMap<string, string>): Promise<void> {
    const { info } = await this.connection.unary(methods.info, { digest }, this.headers);
    const added = [...labels].filter(([key]) => !info?.labels.has(key));
    if (info === undefined || added.length === 0) return;
    const update = { info: { ...info, labels: new Map(added) }, updateMask: added.map(([key]) => `labels.${key}`) };
    await this.connection.unary(methods.update, update, this.headers);
  }
}
