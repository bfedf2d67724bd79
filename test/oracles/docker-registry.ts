/** Debian's docker-registry: a registry that shares no code with us. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { scratchFolder } from "../fixtures/scratch.ts";
import { missing } from "./oracle.ts";

const LISTENING = /"msg":"listening on ([^",]+)/;

export const dockerRegistry = {
  name: "docker-registry",
  missing: missing("docker-registry", "docker-registry"),
};

export class DockerRegistry {
  private constructor(
    private readonly child: ChildProcess,
    /** Host and port. */
    readonly address: string,
    readonly url: string,
  ) {}

  /**
   * An empty one, on a port of its own.
   *
   * @param more  of its configuration, by sections
   */
  static async start(more: { auth?: object; http?: object } = {}): Promise<DockerRegistry> {
    const folder = scratchFolder();
    const config = join(folder, "config.yml");
    const sections = {
      version: 0.1,
      log: { level: "info", formatter: "json", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, "store") } },
      ...more,
      http: { addr: "127.0.0.1:0", ...more.http },
    };
    writeFileSync(config, JSON.stringify(sections)); // which is YAML too
    const child = spawn("docker-registry", ["serve", config], { stdio: ["ignore", "ignore", "pipe"] });
    for await (const line of createInterface(child.stderr)) {
      const address = LISTENING.exec(line)?.[1];
      if (address === undefined) continue;
      child.stderr.resume();
      return new DockerRegistry(child, address, `${more.http === undefined ? "http" : "https"}://${address}`);
    }
    throw new Error("docker-registry ended before it listened");
  }

  async end(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }
}
