/** buildah: makes container images with its own storage, without a daemon. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { ask, missing, type Oracle } from "./oracle.ts";

const POLICY = '{"default":[{"type":"insecureAcceptAnything"}]}';

export const buildah = {
  name: "buildah",
  missing: missing("buildah", "buildah") ?? (process.getuid?.() === 0 ? undefined : "its storage takes root"),

  /**
   * An image of a layer for each of `changes`: what `sh` does, in the root that it is given as $PWD.
   *
   * @param words  of `buildah config`
   * @param places  where it goes, such as `oci:/tmp/layout:name`
   */
  make(changes: string[], words: string[], places: string[]): void {
    const storage = scratchFolder();
    const policy = scratchFile("policy.json", Buffer.from(POLICY));
    const call = (...rest: string[]): string =>
      ask("buildah", [
        "--root",
        join(storage, "root"),
        "--runroot",
        join(storage, "run"),
        "--storage-driver=vfs",
        ...rest,
      ]);
    let below = "scratch";
    for (const [index, change] of changes.entries()) {
      const container = call("from", "--pull-never", `--signature-policy=${policy}`, below).trim();
      execFileSync("sh", ["-euc", change], {
        cwd: call("mount", container).trim(),
        stdio: ["ignore", "ignore", "inherit"],
      });
      call("umount", container);
      if (index === changes.length - 1) call("config", ...words, container);
      below = `made-${index}`;
      call("commit", "-q", `--signature-policy=${policy}`, container, below);
    }
    for (const place of places) call("push", "-q", `--signature-policy=${policy}`, below, place);
  },
} satisfies Oracle & Record<string, unknown>;
