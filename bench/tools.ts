/** The programs that are compared, and with what. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BARS, GUNZIP_BAR, MKE2FS_BAR, MODERN_BAR, VERITY_BAR, ZSTD_BAR } from "./bars.ts";
import type { Input } from "./workplace.ts";

/** The most that hcsshim's layout allows, so that no input is too large. Bytes. */
const MAX_SIZE = String(128 * 1024 ** 3);
export const MAIN = fileURLToPath(new URL("../cli/bin/main.js", import.meta.url));

const DECOMPRESS = fileURLToPath(new URL("decompress.js", import.meta.url));

export interface Tool {
  readonly name: string;
  readonly command: readonly string[];
  /** Reads the output of the tool before it, which is removed otherwise. */
  readonly readsOutput?: true;
  readonly comparison?: Comparison;
  /** Bar for peak memory, MiB. */
  readonly peakBar?: number;
}

/** CPU time of a tool, less that of the tool `beyond`, divided by that of the tool `yardstick`. */
export interface Comparison {
  readonly yardstick: string;
  readonly beyond?: string;
  readonly bar?: number;
}

export interface ToolOptions {
  /** hcsshim's program, to be measured too. */
  readonly tar2ext4: string | undefined;
  readonly withMke2fs: boolean;
  readonly withZstd: boolean;
}

/** What each tool is called where another refers to it. */
export const Name = {
  cp: "cp",
  ext4: "layerkiln, profile hcsshim",
  modern: "layerkiln, profile modern",
  sha256sum: "sha256sum of the image",
  verity: "layerkiln --verity",
  gunzip: "gunzip -c",
  gzipped: "layerkiln, .tar.gz",
  unzstd: "zstd -dc",
  decompressed: "decompressed by the core, .tar.zst",
  zstd: "layerkiln, .tar.zst",
  empty: "layerkiln, empty tar",
  mke2fs: "mke2fs -d",
} as const;

/** In the order in which they run. All write to `output`. */
export function toolsFor(input: Input, output: string, options: ToolOptions): Tool[] {
  const { tar, gzip } = input;
  const { cp: cpBar, peak: peakBar } = BARS[input.name];
  const byCp = { yardstick: Name.cp };
  const byGunzip = { yardstick: Name.gunzip };

  const tools: Tool[] = [
    { name: Name.cp, command: ["cp", tar, output] },
    { name: Name.ext4, command: layerkiln(tar, output), comparison: { ...byCp, bar: cpBar }, peakBar },
    { name: Name.sha256sum, command: ["sha256sum", output], readsOutput: true },
    {
      name: Name.modern,
      command: layerkiln(tar, output, "modern"),
      comparison: { yardstick: Name.ext4, bar: MODERN_BAR },
      peakBar,
    },
    {
      name: Name.verity,
      command: [...layerkiln(tar, output), "--verity"],
      comparison: { yardstick: Name.sha256sum, beyond: Name.ext4, bar: VERITY_BAR },
    },
    { name: Name.gunzip, command: ["gunzip", "-c", gzip] },
    { name: Name.gzipped, command: layerkiln(gzip, output), comparison: { ...byGunzip, bar: GUNZIP_BAR }, peakBar },
    { name: Name.empty, command: layerkiln(input.empty, output) },
  ];
  if (options.withZstd) {
    const byZstd = { yardstick: Name.unzstd };
    tools.push(
      { name: Name.unzstd, command: ["zstd", "-dc", input.zstd] },
      {
        name: Name.decompressed,
        command: [process.execPath, DECOMPRESS, input.zstd],
        comparison: { ...byZstd, bar: ZSTD_BAR },
      },
      { name: Name.zstd, command: layerkiln(input.zstd, output), comparison: byZstd, peakBar },
    );
  }
  if (options.tar2ext4 !== undefined) {
    const flags = ["-overlay", "-max-size", MAX_SIZE, "-o", output];
    const piped = ["sh", "-c", 'gunzip -c "$0" | "$@"', gzip, options.tar2ext4, ...flags];
    tools.push({ name: "tar2ext4", command: [options.tar2ext4, ...flags, "-i", tar], comparison: byCp });
    tools.push({ name: "tar2ext4, .tar.gz by gunzip", command: piped, comparison: byGunzip });
  }
  if (options.withMke2fs) {
    tools.push(
      { name: Name.mke2fs, command: mke2fs(input, output), comparison: byCp },
      {
        name: "layerkiln, profile modern, again",
        command: layerkiln(tar, output, "modern"),
        comparison: { yardstick: Name.mke2fs, bar: MKE2FS_BAR },
      },
    );
  }
  return tools;
}

/** Without `--json`, for which it would compute digests too. */
export function layerkiln(layer: string, image: string, profile: "hcsshim" | "modern" = "hcsshim"): string[] {
  const flags = ["--profile", profile, "--whiteouts", "overlay", "--max-size", MAX_SIZE];
  return [process.execPath, MAIN, "ext4", layer, "-o", image, ...flags];
}

/** It must be told how large the image is to be, and how many inodes there are. */
function mke2fs({ tar, entries }: Input, output: string): string[] {
  const inodes = entries + 1000;
  const data = statSync(tar).size + inodes * (4096 + 256);
  const kib = Math.ceil((1.1 * data) / 1024) + 64 * 1024;
  return ["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-N", String(inodes), "-d", tar, output, `${kib}k`];
}

/** From e2fsprogs 1.47.1 on, and only if it was built with libarchive. */
export function mke2fsReadsTars(empty: string, output: string): boolean {
  const { status } = spawnSync("mke2fs", ["-q", "-F", "-t", "ext4", "-d", empty, output, "1024k"], { stdio: "ignore" });
  return status === 0;
}
