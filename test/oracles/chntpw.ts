/** reged of chntpw: a reader of registry hives; its names are ASCII. */
import { existsSync, readFileSync } from "node:fs";
import { parseReg, type Reg } from "../fixtures/reg.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { missing, run } from "./oracle.ts";

export const chntpw = {
  name: "chntpw",
  missing: missing("reged", "chntpw", "-h"),

  /** All keys and values. @throws Error  if it says that something is wrong; it ends with exit code 0 even so */
  read(path: string): Reg {
    const to = scratchPath("out.reg");
    const { stdout, stderr } = run("reged", ["-x", path, "HKLM", "\\", to]);
    const wrong = /^.*error.*$/im.exec(stdout + stderr);
    if (wrong || !existsSync(to)) throw new Error(`reged: ${wrong?.[0] ?? (stderr || stdout)}`);
    return parseReg(readFileSync(to, "latin1"), "HKLM");
  },
};
