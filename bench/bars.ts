/** What we set ourselves to reach. The bars are printed beside what was measured; no test asserts them. */
import type { InputName } from "./inputs/input.ts";

interface Bar {
  /** CPU time, as a multiple of what `cp` of the same tar takes. */
  readonly cp?: number;
  /** Peak resident memory, MiB; of the plain tar and of the compressed one. */
  readonly peak: number;
}

export const BARS: Readonly<Record<InputName, Bar>> = {
  rootfs: { cp: 2.2, peak: 110 },
  node_modules: { cp: 2.5, peak: 150 },
  few: { cp: 1.2, peak: 90 },
  tiny: { cp: 10, peak: 400 },
  onedir: { peak: 400 },
};

/** CPU time for a .tar.gz, as a multiple of what `gunzip -c` of it takes. */
export const GUNZIP_BAR = 0.7;

/** CPU time of the core alone for a .tar.zst, Node's start included, as a multiple of what `zstd -dc` takes: 0.6 times its speed. */
export const ZSTD_BAR = 1.66;

/** CPU time of profile modern, as a multiple of what profile hcsshim takes. */
export const MODERN_BAR = 1.25;

/** CPU time of profile modern, as a multiple of what `mke2fs -d` takes. */
export const MKE2FS_BAR = 0.5;

/** CPU time of `tar c` of a mounted image, as a multiple of what `export` of it takes: the speed of the one in that of the other. */
export const EXPORT_BAR = 0.8;

/** CPU time that `--verity` adds, as a multiple of what `sha256sum` of the image takes. */
export const VERITY_BAR = 0.9;

/** CPU time a file of `onedir`, as a multiple of that in `tiny`. */
export const ONE_DIRECTORY_BAR = 1.0;

/** CPU time of `cim` for large files, as a multiple of what `cp` of the same tar takes. */
export const CIM_CP_BAR = 1.5;

/** Peak memory of `cim` beyond what a layer of few large files takes, bytes for each entry. */
export const CIM_BYTES_A_FILE_BAR = 300;

/** Speed of a conversion in a page, as a multiple of Node's on the same layer, by the clock. */
export const BROWSER_BAR = 0.5;
