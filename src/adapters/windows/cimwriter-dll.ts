/**
 * cimwriter.dll: the functions of cimfs.dll that write, of a newer Windows, for older ones too. It comes with tools that need it,
 * and lies where Windows keeps its own or beside the program.
 */
import { existsSync } from "node:fs";
import { win32 } from "node:path";
import { type CimWriteCalls, cimfsWriteCalls, declareWriteCalls } from "./cimfs-dll.ts";
import { Dll, systemDirectory } from "./dll.ts";

export const cimwriter = new Dll("cimwriter.dll", () => {
  const system = systemDirectory();
  return existsSync(`${system}\\cimwriter.dll`) ? system : win32.dirname(process.execPath);
});

export const cimwriterWriteCalls = declareWriteCalls(cimwriter);

/** Those of cimwriter.dll where it is there: it is never older than Windows. */
export function cimWriteCalls(): CimWriteCalls {
  return cimwriter.isThere() ? cimwriterWriteCalls : cimfsWriteCalls;
}
