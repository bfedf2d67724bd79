/** Calls to a gRPC server on a socket, ours or containerd's. */
import type { Client, ClientDuplexStream, Metadata, MethodDefinition } from "@grpc/grpc-js";
import { ErrorCode, ImageError } from "../errors.ts";
import { type Grpc, loadGrpc } from "./packages.ts";
import { fromStatus } from "./status.ts";

/** Of one message: containerd's own limit. Bytes. */
export const MAX_MESSAGE_SIZE = 16 * 1024 ** 2;

/** What goes with a call beside its request; containerd's names, such as `containerd-namespace`. */
export type Headers = Readonly<Record<string, string | undefined>>;

export class Connection {
  #isClosed = false;

  private constructor(
    private readonly grpc: Grpc,
    private readonly client: Client,
    private readonly address: string,
  ) {}

  /**
   * @param address  as `absoluteAddress` has it. Nothing is asked of the server yet: it may come later.
   * @throws ImageError  Unavailable: @grpc/grpc-js is not installed
   */
  static async open(address: string): Promise<Connection> {
    const grpc = await loadGrpc();
    const client = new grpc.Client(`unix:${address}`, grpc.credentials.createInsecure(), {
      "grpc.default_authority": "localhost", // Go's server refuses the path of a socket there
      "grpc.max_receive_message_length": MAX_MESSAGE_SIZE,
      "grpc.max_send_message_length": MAX_MESSAGE_SIZE,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 2000,
      "grpc.use_local_subchannel_pool": 1, // or the socket stays open after `close`
      "grpc.enable_channelz": 0,
    });
    return new Connection(grpc, client, address);
  }

  /** @throws ImageError  what the server said */
  unary<Q, R>(method: MethodDefinition<Q, R>, request: Q, headers: Headers = {}): Promise<R> {
    const { path, requestSerialize, responseDeserialize } = method;
    return new Promise((resolve, reject) => {
      const metadata = this.#metadata(headers);
      this.#open().makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        (error, response) => (error ? reject(fromStatus(error)) : resolve(response!)),
      );
    });
  }

  /**
   * Responses one after the other; who leaves the loop ends the call.
   *
   * @throws ImageError  what the server said
   */
  async *responses<Q, R>(
    method: MethodDefinition<Q, R>,
    request: Q,
    headers: Headers = {},
    signal?: AbortSignal,
  ): AsyncGenerator<R> {
    const { path, requestSerialize, responseDeserialize } = method;
    const metadata = this.#metadata(headers);
    signal?.throwIfAborted();
    const stream = this.#open().makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata);
    stream.on("error", () => {}); // also after a cancellation of ours, when nobody listens any more
    const cancel = () => stream.cancel();
    signal?.addEventListener("abort", cancel);
    try {
      for await (const response of stream) yield response;
    } catch (error) {
      signal?.throwIfAborted();
      throw fromStatus(error);
    } finally {
      signal?.removeEventListener("abort", cancel);
      cancel();
    }
  }

  /** Requests and responses both one after the other. */
  exchange<Q, R>(method: MethodDefinition<Q, R>, headers: Headers = {}): Exchange<Q, R> {
    const { path, requestSerialize, responseDeserialize } = method;
    const metadata = this.#metadata(headers);
    return new Exchange(this.#open().makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata));
  }

  /** May be called twice. Calls fail afterwards. */
  close(): void {
    this.#isClosed = true;
    this.client.close();
  }

  #open(): Client {
    if (this.#isClosed) throw new ImageError(ErrorCode.FailedPrecondition, `${this.address}: the connection is closed`);
    return this.client;
  }

  #metadata(headers: Headers): Metadata {
    const metadata = new this.grpc.Metadata();
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) metadata.set(name, value);
    return metadata;
  }
}

/** A call in which each request has its response. */
export class Exchange<Q, R> {
  readonly #responses: AsyncIterator<R>;

  constructor(private readonly stream: ClientDuplexStream<Q, R>) {
    stream.on("error", () => {});
    this.#responses = stream[Symbol.asyncIterator]();
  }

  /** @throws ImageError  what the server said, or Unavailable: it said nothing more */
  async ask(request: Q): Promise<R> {
    this.stream.write(request);
    const response = await this.#responses.next().catch((error) => {
      throw fromStatus(error);
    });
    if (response.done) throw new ImageError(ErrorCode.Unavailable, "grpc: the server ended the call without an answer");
    return response.value;
  }

  end(): void {
    this.stream.end();
  }

  cancel(): void {
    this.stream.cancel();
  }
}
