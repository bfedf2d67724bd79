/** What a conversion in a page came to: its result, or its error; and what the origin has of files then. */
export interface Outcome {
  readonly result?: { readonly cim: string };
  readonly failure?: { readonly code: number; readonly message: string };

  /** SHA-256 by name: of the tar, or of what came into the directory. */
  readonly digests: Readonly<Record<string, string>>;

  /** Paths of all files that the origin has, but for those that were asked for. */
  readonly left: readonly string[];
}
