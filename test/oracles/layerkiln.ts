/** Our own server, run as it is run by a service manager: a process of its own. */
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { unmountUnder } from "../fixtures/mounted-under.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { Daemon } from "./daemon.ts";

const { bin } = JSON.parse(readFileSync(inRepository("package.json"), "utf8"));

export const layerkiln = inRepository(bin.layerkiln);

export interface ServerProcessOptions {
  /** Where its root and its socket are. */
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

export class ServerProcess {
  readonly root: string;
  readonly address: string;
  readonly daemon: Daemon;

  private constructor(snapshotter: string, words: string[], folder: string, environment: NodeJS.ProcessEnv) {
    this.root = join(folder, "root");
    this.address = join(folder, "s.sock");
    const places = ["--root", this.root, "--address", this.address];
    this.daemon = new Daemon({
      program: process.execPath,
      words: [layerkiln, "serve", "--snapshotter", snapshotter, ...places, ...words],
      environment: { ...process.env, ...environment },
      isReady: () => answers(this.address),
    });
  }

  /** Started, given to `work`, and ended as a service manager does it; what it left mounted is unmounted. */
  static async with<T>(
    snapshotter: string,
    words: string[],
    work: (server: ServerProcess) => Promise<T>,
    { folder = scratchFolder(), environment = {} }: ServerProcessOptions = {},
  ): Promise<T> {
    const server = new ServerProcess(snapshotter, words, folder, environment);
    try {
      await server.daemon.start();
      return await work(server);
    } catch (error) {
      if (error instanceof Error) error.message += `\nthe server's last words:\n${server.daemon.log.slice(-4000)}`;
      throw error;
    } finally {
      await server.daemon.end();
      unmountUnder(folder);
    }
  }

  /** What it logged, a line each. */
  get log(): { level: number; msg: string; method?: string }[] {
    return this.daemon.log
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line));
  }
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(address);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
