/**
 * containerd: who the server is for. Each has its own root, state and socket, and does not see the machine's.
 *
 * 1.6 knows snapshotters behind sockets, 1.7 differs too, and 2 has another unpacker. Debian's later ones run on Debian 12
 * where they were unpacked.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unmountUnder } from "../fixtures/mounted-under.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { Daemon } from "./daemon.ts";
import { ask, missing, type Oracle } from "./oracle.ts";

export interface Installation extends Oracle {
  /** Folders with its programs; "" where it is on the path. */
  folder: string;
  /** Of the configuration that is its own. */
  configVersion: "2" | "3";
}

function installation(name: string, root: string, configVersion: "2" | "3"): Installation {
  const folder = root === "" ? "" : join(root, "usr/bin");
  return { name, folder, configVersion, missing: whyNot(folder) };
}

/** The machine's own: Debian 12 has 1.6. */
export const containerd = installation("containerd", "", "2");

/** Newer ones, that run where they were unpacked. */
export const containerd17 = unpacked("containerd 1.7", "LAYERKILN_CONTAINERD_1_7", "2");
export const containerd2 = unpacked("containerd 2", "LAYERKILN_CONTAINERD_2", "3");

function unpacked(name: string, variable: string, configVersion: "2" | "3"): Installation {
  const root = process.env[variable];
  if (root !== undefined) return installation(name, root, configVersion);
  const missing = `${variable} names no folder with an unpacked ${name} (.ci/run shows how)`;
  return { name, folder: "", configVersion, missing };
}

function whyNot(folder: string): string | undefined {
  if (process.getuid?.() !== 0) return "containerd wants root";
  return missing(join(folder, "containerd"), "containerd") ?? missing("runc", "runc");
}

/** What we say to it, and what it says. */
export class Containerd {
  readonly address: string;
  readonly daemon: Daemon;

  private constructor(
    private readonly installation: Installation,
    root: string,
    config: string,
  ) {
    const file = join(root, "config.toml");
    writeFileSync(file, wholeConfig(root, config));
    this.address = Containerd.addressIn(root);
    this.daemon = new Daemon({
      program: join(installation.folder, "containerd"),
      words: ["--config", file],
      environment: environment(installation),
      isReady: async () => (await this.tryCtr("namespaces", "list")).status === 0,
    });
  }

  /** Of the socket of the one that is going to be started in `root`. */
  static addressIn(root: string): string {
    return join(root, "c.sock");
  }

  /**
   * Started, given to `work`, and stopped with all that it left: tasks, mounts.
   *
   * @param config  its configuration, but for places and what is turned off
   */
  static async with<T>(
    installation: Installation,
    config: string,
    work: (containerd: Containerd) => Promise<T>,
    root: string = scratchFolder(),
  ): Promise<T> {
    const containerd = new Containerd(installation, root, config);
    try {
      await containerd.daemon.start();
      return await work(containerd);
    } catch (error) {
      if (error instanceof Error) error.message += `\nwhat containerd complained of:\n${containerd.#complaints()}`;
      throw error;
    } finally {
      await containerd.daemon.end();
      for (const pid of shimsOf(containerd.address)) process.kill(pid, "SIGKILL");
      unmountUnder(root);
    }
  }

  /** What `ctr` prints. Asynchronous: the server that it calls may be in this process. */
  async ctr(...words: string[]): Promise<string> {
    return (await this.ctrBytes(...words)).toString();
  }

  async ctrBytes(...words: string[]): Promise<Buffer> {
    const { status, stdout, stderr } = await this.tryCtr(...words);
    if (status !== 0) throw new Error(`ctr ${words.join(" ")}: exit ${status}: ${stderr}${stdout}`);
    return stdout;
  }

  tryCtr(...words: string[]): Promise<{ status: number; stdout: Buffer; stderr: Buffer }> {
    const program = join(this.installation.folder, "ctr");
    const options = { env: environment(this.installation), timeout: 120_000, maxBuffer: 1 << 26, encoding: "buffer" };
    return new Promise((resolve) => {
      execFile(
        program,
        ["--address", this.address, ...words],
        options as { encoding: "buffer" },
        (error, stdout, stderr) => {
          resolve({ status: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
        },
      );
    });
  }

  /** Words that `ctr snapshots` or the like prints in columns: the rows after the headings. */
  async rows(...words: string[]): Promise<string[][]> {
    const [, ...lines] = (await this.ctr(...words)).trim().split("\n");
    return lines.map((line) => line.trim().split(/\s+/));
  }

  #complaints(): string {
    const lines = this.daemon.log.split("\n").filter((line) => /level=(error|warning|fatal)|panic/.test(line));
    return lines.slice(-10).join("\n");
  }
}

/** What `containerd config dump` makes of a configuration: what it understood. */
export function dumpConfig(installation: Installation, config: string): string {
  const file = join(scratchFolder(), "config.toml");
  writeFileSync(file, config);
  return ask(join(installation.folder, "containerd"), ["--config", file, "config", "dump"]);
}

function environment({ folder }: Installation): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C", PATH: [folder, process.env.PATH, "/usr/sbin", "/sbin"].join(":") };
}

/** Around `config`, which begins with the version. Without what a test has no use for, and what would touch the machine. */
function wholeConfig(root: string, config: string): string {
  return `
root = ${JSON.stringify(join(root, "root"))}
state = ${JSON.stringify(join(root, "state"))}
disabled_plugins = [
  "io.containerd.cri.v1.images",
  "io.containerd.cri.v1.runtime",
  "io.containerd.grpc.v1.cri",
  "io.containerd.nri.v1.nri",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]
${config}
[grpc]
  address = ${JSON.stringify(Containerd.addressIn(root))}
`;
}

/** Processes that hold containers of the containerd at `address`; only a task that was not deleted has one. */
function shimsOf(address: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return words[0]?.includes("containerd-shim") && words.includes(address);
      } catch {
        return false; // it has ended
      }
    })
    .map(Number);
}
