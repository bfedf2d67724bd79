/**
 * Addresses of servers: the path of a Unix socket, or the name of a pipe of Windows, such as `\\.\pipe\layerkiln-lcow`.
 *
 * Source: Microsoft, "Pipe Names"; Kubernetes and containerd write the same name as `npipe:////./pipe/…` too.
 */
import { resolve } from "node:path";

const PREFIX = "\\\\.\\pipe\\";

const PIPE = /^(?:npipe:(?:\/\/)?)?[\\/]{2}\.[\\/]pipe[\\/](.+)$/is;

/** Pipes by their one name, sockets by their whole path. */
export function absoluteAddress(given: string): string {
  const name = PIPE.exec(given)?.[1];
  return name === undefined ? resolve(given) : PREFIX + name.replaceAll("/", "\\");
}

/** Whether it is no file. @param address  as `absoluteAddress` has it */
export function isPipe(address: string): boolean {
  return address.startsWith(PREFIX);
}
