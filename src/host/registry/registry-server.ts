/** One server of a registry, or a mirror: asks it, and says who we are if it wants to know. */
import { Authorizer } from "./authorizer.ts";
import { readBody } from "./body.ts";
import type { FindCredentials } from "./credentials.ts";
import type { Endpoint } from "./endpoint.ts";
import { connectionError } from "./failure.ts";
import type { HttpClient, HttpResponse } from "./http-client.ts";
import { statusError } from "./status.ts";

/** Of an answer that is no, bytes that are looked at. */
const LARGEST_REFUSAL = 1024 ** 2;

export class RegistryServer {
  /** Cannot be used: set by who finds out. */
  isDown = false;

  readonly #repository: string;
  readonly #authorizer: Authorizer;

  constructor(
    private readonly client: HttpClient,
    private readonly endpoint: Endpoint,
    repository: string,
    findCredentials: FindCredentials,
  ) {
    this.#repository = `${endpoint.prefix}${repository}`;
    this.#authorizer = new Authorizer(client, endpoint, this.#repository, findCredentials);
  }

  /** What messages begin with. */
  get name(): string {
    return `${this.endpoint.host}/${this.#repository}`;
  }

  /**
   * @param path     in the repository, such as "manifests/latest"
   * @param subject  what that is, for messages
   * @param good     statuses that the caller knows what to do with
   * @throws ImageError  as statuses and connections have it
   */
  async get(
    path: string,
    subject: string,
    good: readonly number[],
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    return this.reading(subject, signal, async () => {
      const response = await this.#getAuthorized(path, subject, headers, signal);
      if (good.includes(response.status)) return response;
      throw statusError(`${this.name}: ${subject}`, response, await readBody(response, LARGEST_REFUSAL));
    });
  }

  /** Does `work` with a connection to this server, and says in our words what breaks it. */
  async reading<T>(subject: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw connectionError(`${this.name}: ${subject}`, error);
    }
  }

  /** A token may have ended, or been withdrawn, since it was got: one that is refused is replaced once. */
  async #getAuthorized(
    path: string,
    subject: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const url = new URL(`v2/${this.#repository}/${path}`, this.endpoint.url);
    const send = (authorization: string | undefined) => {
      const all = { ...headers, ...(authorization !== undefined && { Authorization: authorization }) };
      return this.client.send({ url, headers: all, signal });
    };
    const first = await this.#authorizer.header(signal);
    const response = await send(first);
    // Where another server says so, to which we were sent, it is none of its business who we are.
    if (response.status !== 401 || response.url.origin !== url.origin) return response;
    const body = await readBody(response, LARGEST_REFUSAL);
    const next = await this.#authorizer.answer(response.headers["www-authenticate"], first, signal);
    if (next === undefined || next === first) throw statusError(`${this.name}: ${subject}`, response, body);
    return send(next);
  }
}
