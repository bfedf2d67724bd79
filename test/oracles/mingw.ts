/** C of ours, compiled for Windows. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { inRepository } from "../fixtures/repository.ts";
import { ask } from "./oracle.ts";

const COMPILER = "x86_64-w64-mingw32-gcc";
const DOUBLES = "test/doubles";

/**
 * @param source  C, in the repository; a .def file beside it lists what it exports
 * @param target  whatever stands there goes
 */
export function compileWindowsDll(source: string, target: string): void {
  const exported = inRepository(source.replace(/\.c$/, ".def"));
  rmSync(target, { force: true });
  ask(COMPILER, [
    ...[
      "-O2",
      "-Wall",
      "-Wextra",
      "-Werror",
      "-Wno-cast-function-type",
      "-shared",
      "-static-libgcc",
      "-s",
      "-o",
      target,
      inRepository(source),
    ],
    ...(existsSync(exported) ? [exported] : []),
    ...["-lntdll", "-lole32"],
  ]);
}

/** @returns the DLLs now in `folder`, without ".dll" */
export function compileDoubles(folder: string): string[] {
  if (!existsSync(inRepository(DOUBLES))) return [];
  const sources = readdirSync(inRepository(DOUBLES)).filter((name) => name.endsWith(".c"));
  return sources.map((source) => {
    const name = basename(source, ".c");
    compileWindowsDll(`${DOUBLES}/${source}`, join(folder, `${name}.dll`));
    return name;
  });
}
