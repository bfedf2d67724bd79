/** A server for this machine alone: it listens on loopback, by IPv4 and IPv6. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ErrorCode, ImageError } from "../errors.ts";
import { answer } from "./answer.ts";
import type { Site } from "./site.ts";

const IPV4 = "127.0.0.1";
const IPV6 = "::1";

/** How long a client may take to say what it wants. */
const REQUEST_MILLISECONDS = 30_000;
const TRIES = 20;

export class WebServer {
  private constructor(
    private readonly servers: readonly Server[],
    readonly port: number,
  ) {}

  /**
   * @param port   0 is any that is free
   * @param steps  whether the next port is tried where one is taken, twenty in all
   * @throws ImageError  AlreadyExists, the port is taken; PermissionDenied, the system keeps it to itself
   */
  static async start(site: Site, port: number, { steps = false } = {}): Promise<WebServer> {
    const tries = steps || port === 0 ? TRIES : 1;
    for (let tried = 0; tried < tries; tried++) {
      const servers = await listenAt(port === 0 ? 0 : port + tried, site);
      if (servers !== undefined) return new WebServer(servers, portOf(servers[0]!));
    }
    const ports = tries === 1 ? `port ${port} is` : `ports ${port} to ${port + tries - 1} are`;
    throw new ImageError(ErrorCode.AlreadyExists, `web: ${ports} taken; --port names another`);
  }

  /** What a browser is told. */
  get address(): string {
    return `http://localhost:${this.port}/`;
  }

  /** Answers nothing more. */
  async close(): Promise<void> {
    await Promise.all(this.servers.map(close));
  }
}

/** A name that leads to both must not lead to another's server by one of them. Nothing if the port is taken. */
async function listenAt(port: number, site: Site): Promise<Server[] | undefined> {
  const first = serverOf(site);
  if ((await listen(first, IPV4, port)) === "taken") return undefined;
  const second = serverOf(site);
  try {
    const found = await listen(second, IPV6, portOf(first));
    if (found === "listens") return [first, second];
    if (found === "no such address") return [first];
  } catch (error) {
    await close(first);
    throw error;
  }
  await close(first);
  return undefined;
}

/** A browser that hangs up, or says what is no HTTP, is no matter of ours: Node answers it and closes. */
function serverOf(site: Site): Server {
  return createServer({ requestTimeout: REQUEST_MILLISECONDS }, (request, response) => {
    respond(request, response, site).catch((error) => response.destroy(error));
  });
}

async function respond(request: IncomingMessage, response: ServerResponse, site: Site): Promise<void> {
  const { method = "", url = "", headers } = request;
  const { status, headers: about, body } = await answer({ method, target: url, headers }, site);
  if (status !== 304) about["Content-Length"] = String(body.length);
  response.writeHead(status, about);
  response.end(method === "HEAD" ? undefined : body);
}

async function listen(server: Server, host: string, port: number): Promise<"listens" | "taken" | "no such address"> {
  try {
    server.listen({ host, port, ipv6Only: true });
    await once(server, "listening");
    return "listens";
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") return "taken";
    if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return "no such address";
    if (code === "EACCES") {
      throw new ImageError(ErrorCode.PermissionDenied, `web: port ${port} is not ours to take: ${message}`);
    }
    throw error;
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
