/** Bytes that can be read from anywhere, at once: a file of this machine, one in a browser, or memory. */

export interface RandomAccess {
  /** Bytes there are. */
  readonly size: number;

  /** Fills `into` with the bytes that stand at `at`, before it returns. All of them are there: it throws if it fails. */
  read(at: number, into: Uint8Array): void;

  /** Where, from `at` on, something may be other than zeros; `size` where nothing is. Absent: anywhere. */
  dataAfter?(at: number): number;

  /** Called once, when nothing more is read. */
  close?(): void;
}

export function fromBytes(bytes: Uint8Array): RandomAccess {
  return { size: bytes.length, read: (at, into) => into.set(bytes.subarray(at, at + into.length)) };
}

/** The same bytes for someone who closes what they are given. */
export function leftOpen(file: RandomAccess): RandomAccess {
  return { size: file.size, read: (at, into) => file.read(at, into) };
}
