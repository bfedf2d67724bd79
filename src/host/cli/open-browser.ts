/** The browser that this user has chosen. */
import { spawn } from "node:child_process";
import { once } from "node:events";

/** What opens an address, by system. `start` is a word of the shell, whose first argument in quotes is a title. */
const OPENERS: Partial<Record<NodeJS.Platform, [program: string, ...words: string[]]>> = {
  darwin: ["open"],
  win32: ["cmd.exe", "/c", "start", '""'],
};

/**
 * @param address  of our own making: on Windows it passes through a shell
 * @throws         where there is no program for it, or that fails
 */
export async function openBrowser(address: string): Promise<void> {
  const [program, ...words] = OPENERS[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...words, address], {
    detached: process.platform !== "win32", // our end is not the browser's
    stdio: "ignore",
    windowsVerbatimArguments: true,
  });
  child.unref();
  const [exitCode] = await once(child, "exit");
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}`);
}
