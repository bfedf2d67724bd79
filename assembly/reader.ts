/**
 * The core that reads images: what it offers its host. A module of its own, so that who only converts does not load it.
 *
 *     open(file, size)
 */
import { openContainer } from "./image";

/** Opens one of the host's files, of `size` bytes. @returns bytes of the disk in it */
export function open(file: u32, size: u64): u64 {
  return openContainer(file, size).size;
}
