/**
 * Proxies, as the environment names them.
 *
 * Source: RFC 9110, 9.3.6 "CONNECT"; curl's manual page, "Environment", for the variables.
 */
import { type ClientRequestArgs, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent, type AgentOptions, request as requestHttps } from "node:https";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";
import { ErrorCode, ImageError } from "../errors.ts";
import { isLoopback, parseHttpUrl } from "./endpoint.ts";

/** The proxy that a server is to be reached by. @returns undefined where it is reached directly */
export type ProxyFor = (url: URL) => URL | undefined;

/** @param environment  HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in capital or small letters. This machine needs no proxy */
export function proxiesOf(environment: NodeJS.ProcessEnv): ProxyFor {
  const variable = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const proxies = { "https:": variable("HTTPS_PROXY"), "http:": variable("HTTP_PROXY") };
  const direct = (variable("NO_PROXY") ?? "").split(",").map((each) => each.trim().toLowerCase());
  return (url) => {
    const proxy = proxies[url.protocol as keyof typeof proxies];
    if (proxy === undefined || isLoopback(url.hostname) || direct.some((each) => covers(each, url))) return undefined;
    return parseProxy(proxy);
  };
}

/** Whether an entry of NO_PROXY means this server: `*`, a host with those under it, perhaps a port. */
function covers(entry: string, { hostname, port, protocol }: URL): boolean {
  if (entry === "*") return true;
  const [, name, onlyPort] = /^\*?\.?(\[[^\]]*\]|[^:]+)(?::(\d+))?$/.exec(entry) ?? [];
  if (name === undefined) return false;
  if (onlyPort !== undefined && onlyPort !== (port || (protocol === "https:" ? "443" : "80"))) return false;
  return hostname === name || hostname.endsWith(`.${name}`);
}

function parseProxy(text: string): URL {
  const url = parseHttpUrl(text.includes("://") ? text : `http://${text}`);
  if (url !== undefined && isDecodable(url.username) && isDecodable(url.password)) return url;
  // Its text may hold a password.
  throw new ImageError(ErrorCode.InvalidArgument, "proxy: what the environment names is no URL of http or https");
}

/** Whether each `%` in it is of a character. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** What the proxy itself is told. */
export function proxyHeaders({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "Proxy-Authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** Reaches servers of HTTPS through a proxy, which sees their names and nothing more. */
export class TunnelAgent extends Agent {
  constructor(
    private readonly proxy: URL,
    options: AgentOptions,
  ) {
    super(options);
  }

  override createConnection(
    options: ClientRequestArgs,
    done: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    const { proxy } = this;
    const target = `${options.host?.includes(":") ? `[${options.host}]` : options.host}:${options.port ?? 443}`;
    const request = proxy.protocol === "https:" ? requestHttps : requestHttp;
    const asked = request({
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port,
      method: "CONNECT",
      path: target,
      headers: { Host: target, ...proxyHeaders(proxy) },
      timeout: options.timeout,
      agent: false,
    });
    asked
      .on("connect", ({ statusCode }: IncomingMessage, socket) => {
        if (statusCode === 200) return done(null, connect({ ...options, socket, host: options.host } as object));
        socket.destroy();
        done(refused(proxy, `answers ${statusCode} for ${target}`));
      })
      .on("response", (response) => {
        response.destroy();
        done(refused(proxy, `answers ${response.statusCode} for ${target}`));
      })
      .on("timeout", () => asked.destroy(refused(proxy, "does not answer")))
      .on("error", done)
      .end();
    return undefined;
  }
}

function refused({ host }: URL, what: string): ImageError {
  return new ImageError(ErrorCode.FailedPrecondition, `proxy ${host}: ${what}`);
}
