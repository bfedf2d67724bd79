/**
 * What docker's daemon gives of its images: the archive that `docker save` writes.
 *
 * Source: Docker Engine API, "Export an image"; docker(1), DOCKER_HOST.
 */
import type { IncomingMessage } from "node:http";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { shown } from "../oci/shown.ts";

const DEFAULT_HOST = process.platform === "win32" ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock";
/** Of an answer that is no archive: enough for any sentence. */
const LONGEST_ANSWER = 64 * 1024;

export interface DockerOptions {
  /** `unix:///…`, `npipe:////./pipe/…` or `tcp://host:port`. Default: DOCKER_HOST, or docker's own. */
  readonly host?: string;
  readonly signal?: AbortSignal;
}

/**
 * @param image  a name or an id
 * @returns the archive, as it comes
 * @throws ImageError  NotFound: docker has no such image; Unavailable: no daemon can be asked; Unsupported: a host of another kind
 */
export async function saveFromDocker(image: string, { host, signal }: DockerOptions = {}): Promise<IncomingMessage> {
  const path = `/images/${image.split("/").map(encodeURIComponent).join("/")}/get`;
  const from = host ?? (process.env.DOCKER_HOST || DEFAULT_HOST);
  const answer = await ask(placeOf(from), path, signal).catch((error: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw new ImageError(ErrorCode.Unavailable, `docker: ${from}: ${toImageError("asked", error).message}`, error);
  });
  if (answer.statusCode === 200) return answer;
  const code = answer.statusCode === 404 ? ErrorCode.NotFound : ErrorCode.FailedPrecondition;
  throw new ImageError(code, `docker: ${image}: ${await sentenceOf(answer)}`);
}

type DaemonPlace = { readonly socketPath: string } | { readonly host: string; readonly port: number };

function placeOf(host: string): DaemonPlace {
  const [, kind, rest] = /^(unix|npipe|tcp):\/\/(.+)$/.exec(host) ?? [];
  if (kind === "unix") return { socketPath: rest! };
  if (kind === "npipe") return { socketPath: rest!.replaceAll("/", "\\") };
  const [, name, port] = /^(\[[^\]]+\]|[^:/]+):(\d+)\/?$/.exec(rest ?? "") ?? [];
  if (name !== undefined) return { host: name.replace(/^\[|\]$/g, ""), port: Number(port) };
  throw new ImageError(ErrorCode.Unsupported, `docker: ${host}: is no unix://, npipe:// or tcp:// address`);
}

async function ask(place: DaemonPlace, path: string, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  const { get } = await import("node:http"); // as this takes its time to load
  return new Promise((resolve, reject) => {
    get({ ...place, path, headers: { Host: "docker" }, ...(signal && { signal }) }, resolve).on("error", reject);
  });
}

/** What the daemon says, or what its answer is. */
async function sentenceOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) {
    text += chunk;
    if (text.length > LONGEST_ANSWER) break;
  }
  try {
    const { message } = JSON.parse(text);
    if (typeof message === "string") return shown(message);
  } catch {} // no JSON, so none of the daemon's own
  return `the daemon answers ${answer.statusCode}`;
}
