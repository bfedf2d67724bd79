/** An image to be read: what it is wrapped in, and what it holds. The one file of the reading side that knows all formats. */
import { HostSource, Source } from "./source";

/** @param file  which of the host's files; @param size  its bytes */
export function openContainer(file: u32, size: u64): Source {
  return new HostSource(file, size);
}
