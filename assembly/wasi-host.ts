/**
 * The host's two calls where the host is WASI: the image is a file, a failure ends the process.
 *
 * Source: WASI preview 1, wasi_snapshot_preview1.
 */

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_pwrite")
declare function fd_pwrite(fd: u32, iovs: usize, count: u32, at: u64, written: usize): u16;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: u32, iovs: usize, count: u32, written: usize): u16;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: u32): void;

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "path_rename")
declare function path_rename(
  fromDirectory: u32, from: usize, fromLength: u32, toDirectory: u32, to: usize, toLength: u32,
): u16;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "path_unlink_file")
declare function path_unlink_file(directory: u32, path: usize, length: u32): u16;

/** The first descriptor that a WASI host opens to a directory. */
export const DIRECTORY: u32 = 3;
const STDERR: u32 = 2;
const FAILURE: u32 = 1;

/** Address and length of a buffer, then room for a count. */
const vector = memory.data(12, 8);
const count = vector + 8;

/** Descriptor of the image, once it is open; and the name it has until it is whole. */
let image: u32 = 0;
let partial: ArrayBuffer | null = null;

/** @param name  what to remove when the work fails */
export function setImage(fd: u32, name: string): void {
  image = fd;
  partial = String.UTF8.encode(name);
}

/** The image is whole: it gets its own name. @returns a WASI errno */
export function nameImage(name: string): u16 {
  const from = partial as ArrayBuffer;
  const to = String.UTF8.encode(name);
  const errno = path_rename(DIRECTORY, changetype<usize>(from), from.byteLength, DIRECTORY, changetype<usize>(to), to.byteLength);
  if (errno == 0) partial = null;
  return errno;
}

export function wasiEmit(at: u64, from: usize, length: u32): void {
  for (let done: u32 = 0; done < length; ) {
    store<u32>(vector, <u32>from + done);
    store<u32>(vector + 4, length - done);
    const errno = fd_pwrite(image, vector, 1, at + done, count);
    if (errno != 0) wasiFail(`image: write of ${length - done} bytes at ${at + done}: WASI errno ${errno}`);
    done += load<u32>(count);
  }
}

export function wasiFail(message: string): void {
  print(`layerkiln: ${message}\n`);
  const name = partial;
  if (name) path_unlink_file(DIRECTORY, changetype<usize>(name), name.byteLength);
  proc_exit(FAILURE);
}

/** Writes `text` to standard error. */
export function print(text: string): void {
  const bytes = String.UTF8.encode(text);
  store<u32>(vector, changetype<u32>(bytes));
  store<u32>(vector + 4, bytes.byteLength);
  fd_write(STDERR, vector, 1, count);
}

/** What the runtime calls where an assertion of ours fails. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  wasiFail(`internal: ${message ? message : ""} at ${file ? file : ""}:${line}:${column}`);
}
