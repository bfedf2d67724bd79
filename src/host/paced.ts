/** Who takes bytes at once and works on them later, and must not be given more than it gets done. */
export interface Paced {
  /**
   * Asked between two pieces of input; the next one waits for it. It rejects if the work fails.
   *
   * @returns undefined if more is welcome now
   */
  ready?(): Promise<void> | undefined;
}

/** One that may have a thread for its work. */
export interface PacedHash extends Paced {
  /** No more comes, and nobody asks any more, whether it came to a digest or not. */
  releaseThread?(): void;
}
