/**
 * containerd's content store, over its socket.
 *
 * It asks for a namespace with every call. Where a differ is called without one, as by Debian's containerd 1.6 and 1.7, a
 * blob is looked for in all of them (they share the blobs, by digest), and is written where there is only one.
 *
 * Source: containerd API, services/content/v1 and services/namespaces/v1.
 */
import type { ContentStore, ContentWriter, Descriptor } from "../diff/differ.ts";
import { ErrorCode, ImageError, isError } from "../errors.ts";
import type { Connection, Headers } from "./connection.ts";
import { ContainerdWriter } from "./content-writer.ts";
import { ContentDefinition } from "./messages/containerd/services/content/v1/content.ts";
import { NamespacesDefinition } from "./messages/containerd/services/namespaces/v1/namespaces.ts";
import { methodsOf } from "./methods.ts";

const content = methodsOf(ContentDefinition);
const namespaces = methodsOf(NamespacesDefinition);

/** Whose blobs: as containerd's headers say. */
export interface ContentScope {
  readonly namespace?: string | undefined;

  /** What keeps a new blob from being collected as garbage, until something refers to it. */
  readonly lease?: string | undefined;
}

export class ContainerdContent implements ContentStore {
  constructor(
    private readonly connection: Connection,
    private readonly scope: ContentScope,
  ) {}

  /** @throws ImageError  also Corrupt: fewer or more bytes than the descriptor says */
  async *read(blob: Descriptor, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const { digest } = blob;
    const headers = this.#headers(this.scope.namespace ?? (await this.#namespaceWith(digest)));
    let size = 0;
    for await (const { data } of this.connection.responses(
      content.read,
      { digest, offset: 0n, size: 0n },
      headers,
      signal,
    )) {
      size += data.length;
      yield data;
    }
    if (size !== blob.size) {
      throw new ImageError(ErrorCode.Corrupt, `${digest}: is ${size} bytes long, by its descriptor ${blob.size}`);
    }
  }

  async write(reference: string, signal?: AbortSignal): Promise<ContentWriter> {
    const headers = this.#headers(this.scope.namespace ?? (await this.#onlyNamespace()));
    return ContainerdWriter.open(this.connection, reference, headers, signal);
  }

  #headers(namespace: string): Headers {
    return { "containerd-namespace": namespace, "containerd-lease": this.scope.lease };
  }

  async #namespaceWith(digest: string): Promise<string> {
    for (const namespace of await this.#namespaces()) {
      try {
        await this.connection.unary(content.info, { digest }, this.#headers(namespace));
        return namespace;
      } catch (error) {
        if (!isError(error, ErrorCode.NotFound)) throw error;
      }
    }
    throw new ImageError(ErrorCode.NotFound, `${digest}: is in no namespace of containerd's`);
  }

  async #onlyNamespace(): Promise<string> {
    const names = await this.#namespaces();
    if (names.length === 1) return names[0]!;
    throw new ImageError(
      ErrorCode.FailedPrecondition,
      `content: containerd has ${names.length} namespaces, and does not say which one a new blob is for; serve --namespace says it`,
    );
  }

  async #namespaces(): Promise<string[]> {
    const response = await this.connection.unary(namespaces.list, { filter: "" });
    return response.namespaces.map(({ name }) => name);
  }
}
