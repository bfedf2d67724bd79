/** What an input of the benchmark is. */

export const INPUT_NAMES = ["rootfs", "node_modules", "few", "tiny", "onedir"] as const;
export type InputName = (typeof INPUT_NAMES)[number];

/** How to make an input. */
export interface Recipe {
  readonly name: InputName;
  /** Bytes that its tar, its .tar.gz and an image of it take at most. */
  readonly room: { readonly tar: number; readonly gzip: number; readonly image: number };
  /** Writes the tar to `path`; `cache` is a folder that outlives the run. */
  make(path: string, cache: string): Promise<Made>;
}

export interface Made {
  /** What is in it, and where that is from. */
  readonly description: string;
  readonly entries: number;
}
