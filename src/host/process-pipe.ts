/**
 * A sign of life on Windows. Ids of processes are used again at once there, and Node can ask for nothing that tells one process
 * from the next of its id. So a process that owns something has a named pipe, which goes when the process does, however it ends.
 */
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";

const NAME = /^[0-9a-f-]{1,36}$/;

let made: Promise<string> | undefined;
let name = "";

/** What the pipe of this process is called, besides its id; "" until `makeProcessPipe` has made it. */
export const processPipe = (): string => name;

/** Others see it when this resolves. No effect but on Windows. */
export async function makeProcessPipe(): Promise<void> {
  if (process.platform !== "win32") return;
  made ??= listen(randomUUID());
  name = await made;
}

/** Whether process `pid` has the pipe `called`. What cannot be told counts as yes. */
export function hasPipe(pid: number, called: string): boolean {
  if (!NAME.test(called)) return true;
  try {
    statSync(pathOf(pid, called));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT"; // it may be busy, and is no file
  }
}

const pathOf = (pid: number, called: string): string => `\\\\.\\pipe\\layerkiln-${pid}-${called}`;

/** @returns "" if the system lets us have none: then our id must do */
async function listen(called: string): Promise<string> {
  const { createServer } = await import("node:net"); // only where it is needed: it takes a while
  return new Promise((resolve) => {
    const server = createServer((visitor) => visitor.on("error", () => {}).destroy());
    server.on("error", () => resolve(""));
    server.listen(pathOf(process.pid, called), () => resolve(called));
    server.unref(); // it must not keep the process alive
  });
}
