/**
 * What the server says to a request.
 *
 * Source: RFC 9110, HTTP Semantics; RFC 9111, HTTP Caching; RFC 9112, HTTP/1.1, §3.2.
 */
import type { IncomingHttpHeaders } from "node:http";
import { SECURITY_HEADERS } from "./policy.ts";
import type { Site } from "./site.ts";
import { ENCODINGS, type Encoding } from "./site-file.ts";

export interface Request {
  method: string;
  /** The request's target, as it was sent. */
  target: string;
  headers: IncomingHttpHeaders;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Also the answer to HEAD has one: it is for its length. */
  body: Uint8Array;
}

/**
 * Names that are ours alone. A page elsewhere can make its own name lead to this machine (DNS rebinding), and would then
 * share an origin with us; its requests carry that name. The port may be another's: that of a tunnel's end.
 */
const OURS = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** A target as proxies are sent it, with a name that counts for more than that of Host. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

export async function answer({ method, target, headers }: Request, site: Site): Promise<Answer> {
  const [prefix, named] = ABSOLUTE.exec(target) ?? ["", headers.host ?? ""];
  if (!OURS.test(named!)) return words(421, "This server answers to localhost alone.");
  if (method !== "GET" && method !== "HEAD") return words(405, "Only GET and HEAD.", { Allow: "GET, HEAD" });
  const file = site.find(target.slice(prefix.length).replace(/[?#].*$/s, "") || "/");
  if (file === undefined) return words(404, "There is no such file.");

  const encoding = file.encodingFor(acceptedBy(headers["accept-encoding"] ?? ""));
  const tag = file.tagOf(encoding);
  const about = {
    ...SECURITY_HEADERS,
    "Cache-Control": file.cacheControl,
    ETag: tag,
    Vary: "Accept-Encoding",
  };
  if (isKnown(tag, headers["if-none-match"])) return { status: 304, headers: about, body: new Uint8Array() };
  const body = await file.bytesIn(encoding);
  return {
    status: 200,
    headers: { ...about, "Content-Type": file.type, ...(encoding && { "Content-Encoding": encoding }) },
    body,
  };
}

function words(status: number, sentence: string, more: Record<string, string> = {}): Answer {
  const headers = {
    ...SECURITY_HEADERS,
    ...more,
    "Cache-Control": "no-store",
    "Content-Type": "text/plain; charset=utf-8",
  };
  return { status, headers, body: Buffer.from(`${sentence}\n`) };
}

/** Weights are heeded only where they say no. */
function acceptedBy(header: string): Set<Encoding> {
  const named = header.split(",").flatMap((item) => {
    const [name, ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    return parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)) ? [] : [name];
  });
  return new Set(ENCODINGS.filter((encoding) => named.includes(encoding)));
}

function isKnown(tag: string, header: string | undefined): boolean {
  if (header === undefined) return false;
  return header.split(",").some((known) => known.trim() === "*" || known.trim().replace(/^W\//, "") === tag);
}
