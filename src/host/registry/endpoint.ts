/** Where a registry is reached: its own server, or one that mirrors it. */
import { isIPv4 } from "node:net";
import { ErrorCode, ImageError } from "../errors.ts";

export interface Endpoint {
  readonly url: URL;

  /** What stands there before a repository's name: "", or with a slash at its end. */
  readonly prefix: string;

  /** What it is called in messages, and credentials are kept under: a host, with a port if it is not the usual one. */
  readonly host: string;
}

/** Docker Hub's name is not that of its server. */
const SERVERS: Record<string, string> = { "docker.io": "registry-1.docker.io" };

export interface EndpointOptions {
  /**
   * Tried in this order, before the registry itself. `https:` unless they say `http:`. A path stands before the repository's
   * name: `https://mirror.example/hub`.
   */
  readonly mirrors?: readonly string[];

  /** Speak HTTP with the registry, which registries on this machine are spoken with anyway. */
  readonly plainHttp?: boolean;
}

/** @returns in the order in which they are tried @throws ImageError  InvalidArgument */
export function endpointsOf(registry: string, { mirrors = [], plainHttp = false }: EndpointOptions): Endpoint[] {
  const server = SERVERS[registry] ?? registry;
  const { hostname } = new URL(`http://${server}`);
  const protocol = plainHttp || isLoopback(hostname) ? "http:" : "https:";
  return [...mirrors.map(parseMirror), { url: new URL(`${protocol}//${server}/`), prefix: "", host: registry }];
}

/** @param hostname  as URLs have it: IPv6 in brackets */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || (isIPv4(hostname) && hostname.startsWith("127."));
}

function parseMirror(text: string): Endpoint {
  const url = parseHttpUrl(text.includes("://") ? text : `https://${text}`);
  if (url === undefined || `${url.username}${url.password}${url.search}${url.hash}` !== "") {
    // Its text may hold a password.
    throw new ImageError(ErrorCode.InvalidArgument, "mirror: is no URL of http or https with a host and a path alone");
  }
  const path = url.pathname.replace(/^\/+|\/+$/g, "");
  return { url: new URL(url.origin), prefix: path && `${path}/`, host: url.host };
}

/** @returns undefined if it is no URL of http or https */
export function parseHttpUrl(text: string, base?: URL): URL | undefined {
  if (!URL.canParse(text, base?.href)) return undefined;
  const url = new URL(text, base?.href);
  return ["http:", "https:"].includes(url.protocol) ? url : undefined;
}

/** A URL as it may be shown: what follows `?` is often a key. */
export function describeUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
