/** All the network beyond this machine, as the browser sees it: a proxy that refuses, and remembers what was asked. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export class OutsideWorld {
  /** Hosts that were asked for since this was last emptied. */
  readonly asked: string[] = [];

  private constructor(private readonly server: Server) {}

  static async open(): Promise<OutsideWorld> {
    const server = createServer();
    const world = new OutsideWorld(server);
    server.on("request", (request, response) => {
      world.asked.push(String(request.url));
      response.writeHead(502).end();
    });
    server.on("connect", (request, socket) => {
      world.asked.push(String(request.url));
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return world;
  }

  /** This machine itself is not asked by way of the proxy. */
  get flags(): string[] {
    const { port } = this.server.address() as AddressInfo;
    return [`--proxy-server=http://127.0.0.1:${port}`, "--proxy-bypass-list=localhost;127.0.0.1;[::1]"];
  }

  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
