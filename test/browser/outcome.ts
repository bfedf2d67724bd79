/** How work of a page comes to a test: its result, or its error in words. */
export type Outcome<T> = { readonly done: T } | { readonly failed: string; readonly code?: number };

/** An image that a page's store gave out. */
export interface Made {
  readonly id: string;
  readonly isNew: boolean;
  /** SHA-256 of its file, in hex. */
  readonly digest: string;
  readonly size: number;
  readonly result: unknown;
}
