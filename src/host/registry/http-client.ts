/** HTTP as a registry's client needs it: one answer at a time, its body a stream, and nothing hidden. */
import {
  Agent,
  type ClientRequest,
  type ClientRequestArgs,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from "node:http";
import { request as requestHttps, Agent as SecureAgent } from "node:https";
import { ErrorCode, ImageError } from "../errors.ts";
import { describeUrl, parseHttpUrl } from "./endpoint.ts";
import { type ProxyFor, proxyHeaders, TunnelAgent } from "./proxy.ts";

export interface HttpRequest {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;

  /** Sends it with POST; default: GET. */
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;

  /** Who answered, after all redirects. */
  readonly url: URL;

  /** To be read to its end, or closed. It throws what breaks the connection. */
  readonly body: AsyncIterable<Uint8Array>;

  /** Gives the connection up, unless the body was read to its end. */
  close(): void;
}

export interface HttpClientOptions {
  /** For how long no byte may come. Milliseconds. */
  readonly stallMs: number;
  readonly proxyFor: ProxyFor;
}

const USER_AGENT = "layerkiln";
const MOST_REDIRECTS = 10;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

export class HttpClient {
  readonly #agents = new Map<string, Agent>();

  constructor(private readonly options: HttpClientOptions) {}

  /**
   * The answer of whoever the server sends us to. Authorization stays with the server it was meant for.
   *
   * @throws ImageError  FailedPrecondition: redirects that lead nowhere, or from https to http
   * @throws             what the system says of the connection; the signal's reason
   */
  async send(request: HttpRequest): Promise<HttpResponse> {
    let { url, headers } = request;
    for (let redirects = 0; ; redirects++) {
      const response = await this.#sendOnce({ ...request, url, headers });
      const { location } = response.headers;
      if (request.body !== undefined || location === undefined || !REDIRECTS.includes(response.status)) return response;
      response.close();
      if (redirects === MOST_REDIRECTS) throw lost(url, `redirects more than ${MOST_REDIRECTS} times`);
      const next = redirectOf(url, location);
      if (next.origin !== url.origin) headers = withoutAuthorization(headers);
      url = next;
    }
  }

  /** Ends all connections. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  async #sendOnce(request: HttpRequest): Promise<HttpResponse> {
    for (;;) {
      const response = await this.#attempt(request);
      if (response !== undefined) return response;
    }
  }

  /** @returns undefined: on a connection kept from an earlier request, which the server had closed by now */
  #attempt(request: HttpRequest): Promise<HttpResponse | undefined> {
    const { url, body, signal } = request;
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      let stream: ClientRequest | IncomingMessage;
      const send = url.protocol === "https:" ? requestHttps : requestHttp;
      const sent = send(this.#argumentsOf(request));
      stream = sent;
      const abort = () => stream.destroy(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      sent
        .on("response", (response) => {
          stream = response;
          resolve(responseOf(url, response));
        })
        .on("upgrade", (_, socket) => {
          socket.destroy(); // nobody asked for another protocol, and Node says nothing more of this answer
          reject(lost(url, "answers in another protocol (101)"));
        })
        .on("timeout", () => stream.destroy(new Stalled(url, this.options.stallMs)))
        .on("error", (error: NodeJS.ErrnoException) => {
          if (sent.reusedSocket && error.code === "ECONNRESET") resolve(undefined);
          else reject(error);
        })
        .on("close", () => signal?.removeEventListener("abort", abort))
        .end(body);
    });
  }

  #argumentsOf({ url, headers, body }: HttpRequest): ClientRequestArgs {
    const { stallMs, proxyFor } = this.options;
    const proxy = proxyFor(url);
    const all = { "User-Agent": USER_AGENT, "Accept-Encoding": "identity", ...headers };
    const shared = { method: body === undefined ? "GET" : "POST", timeout: stallMs };
    if (proxy !== undefined && url.protocol === "http:") {
      const withHost = { Host: url.host, ...proxyHeaders(proxy), ...all };
      return { ...shared, ...placeOf(proxy), path: url.href, headers: withHost, agent: this.#agentFor("http:") };
    }
    const agent = this.#agentFor(url.protocol, proxy);
    return { ...shared, ...placeOf(url), path: `${url.pathname}${url.search}`, headers: all, agent };
  }

  #agentFor(protocol: string, proxy?: URL): Agent {
    const key = `${protocol}${proxy?.href ?? ""}`;
    const made = this.#agents.get(key);
    if (made !== undefined) return made;
    const options = { keepAlive: true };
    const agent =
      proxy !== undefined
        ? new TunnelAgent(proxy, options)
        : protocol === "https:"
          ? new SecureAgent(options)
          : new Agent(options);
    this.#agents.set(key, agent);
    return agent;
  }
}

/** The connection stands, and nothing comes. */
export class Stalled extends Error {
  constructor(url: URL, stallMs: number) {
    super(`no byte came from ${url.host} for ${stallMs / 1000} s`);
  }
}

function responseOf(url: URL, response: IncomingMessage): HttpResponse {
  response.on("error", () => {}); // whoever reads the body is told; else nobody asks
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    url,
    body: response,
    close: () => {
      if (!response.complete) response.destroy();
      else response.resume();
    },
  };
}

function placeOf({ hostname, port, protocol }: URL): ClientRequestArgs {
  return { protocol, hostname: hostname.replace(/^\[|\]$/g, ""), port };
}

function redirectOf(from: URL, location: string): URL {
  const to = parseHttpUrl(location, from);
  if (to === undefined) throw lost(from, "redirects to what is no address");
  if (from.protocol === "https:" && to.protocol === "http:") {
    throw lost(from, `redirects to ${to.origin}, where nothing is encrypted`);
  }
  return to;
}

function withoutAuthorization(headers: HttpRequest["headers"]): HttpRequest["headers"] {
  const { Authorization: _, ...rest } = headers ?? {};
  return rest;
}

function lost(url: URL, why: string): ImageError {
  return new ImageError(ErrorCode.FailedPrecondition, `${describeUrl(url)}: ${why}`);
}
