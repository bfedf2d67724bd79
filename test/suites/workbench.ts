/** A snapshotter on the bench: opened for one test, its mounts mounted where they can be, and all taken away afterwards. */
import type { Mount, Mounter } from "../../src/host/platform.ts";
import type { Labels, Snapshotter } from "../../src/host/snapshots/snapshotter.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import "../oracles/mounts.ts"; // when all ends, it takes off what a test that failed has left mounted
import type { Change } from "./file-changes.ts";

export interface Subject {
  /** An empty snapshotter. Called for each test; the suite closes it. */
  open(): Promise<Snapshotter>;

  /** Mounts what the snapshotter says. None: mounts are of another system, and files are not looked at. */
  readonly mounter?: Mounter | undefined;

  /** A key under which a snapshot may be had in any way. Default: `name` itself. */
  key?(name: string): string;

  /** Whether every failure of a removal is a FailedPrecondition. */
  readonly removalFailsAlike?: boolean;

  /** Called when a test has ended and the snapshotter is closed. */
  end?(): Promise<void>;
}

export class Workbench {
  readonly #subject: Subject;
  readonly #mounted: string[] = [];

  private constructor(
    subject: Subject,
    readonly snapshots: Snapshotter,
  ) {
    this.#subject = subject;
  }

  static async open(subject: Subject): Promise<Workbench> {
    return new Workbench(subject, await subject.open());
  }

  readonly key = (name: string): string => this.#subject.key?.(name) ?? name;

  async prepare(name: string, parent = "", labels: Labels = new Map()): Promise<Mount[]> {
    return this.snapshots.prepare(this.key(name), parent, { labels });
  }

  async view(name: string, parent = "", labels: Labels = new Map()): Promise<Mount[]> {
    return this.snapshots.view(this.key(name), parent, { labels });
  }

  async commit(name: string, key: string, labels: Labels = new Map()): Promise<void> {
    return this.snapshots.commit(name, this.key(key), { labels });
  }

  /** A committed snapshot `name` of what `change` makes of `parent`. */
  async layer(name: string, parent: string, change: Change = () => {}): Promise<void> {
    await this.mounted(await this.prepare(`of ${name}`, parent), change);
    await this.commit(name, `of ${name}`);
  }

  /** Shows `mounts` to `look`, at a folder. */
  async mounted(mounts: readonly Mount[], look: (folder: string) => void): Promise<void> {
    const { mounter } = this.#subject;
    if (mounter === undefined) return;
    const folder = scratchFolder();
    for (const mount of mounts) {
      await mounter.mount(mount, mount.target === "" ? folder : `${folder}/${mount.target}`);
      this.#mounted.push(folder);
    }
    try {
      look(folder);
    } finally {
      await this.#unmount(mounts.length);
    }
  }

  async #unmount(count: number): Promise<void> {
    for (const folder of this.#mounted.splice(-count)) await this.#subject.mounter!.unmount(folder);
  }

  async end(): Promise<void> {
    await this.#unmount(this.#mounted.length);
    await this.snapshots.close();
    await this.#subject.end?.();
  }
}
