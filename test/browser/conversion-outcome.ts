/** What a page and its test tell one another of a conversion. */

export interface Source {
  /** Where it is served. */
  readonly path: string;
  readonly as: "blob" | "stream" | "bytes" | "file";
}

export type Target = "blob" | "own";

export interface Layer {
  readonly source: Source;
  readonly digest?: string;
  readonly diffId?: string;
  readonly name?: string;
}

export interface ConversionOutcome {
  readonly made?: { readonly result: object; readonly sha256: string };
  readonly failed?: { readonly ours: boolean; readonly code?: number; readonly message: string };
}
