/** C of ours, compiled for Windows. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { inRepository } from "../fixtures/repository.ts";
import { ask } from "./oracle.ts";

const COMPILER = "x86_64-w64-mingw32-gcc";
const OPTIONS = ["-O2", "-Wall", "-Wextra", "-Werror", "-Wno-cast-function-type", "-shared", "-static-libgcc", "-s"];
const LIBRARIES = ["-lntdll", "-lole32", "-ladvapi32", "-lbcrypt"];

/**
 * @param source  C, in the repository; a .def file beside it lists what it exports
 * @param target  whatever stands there goes
 */
export function compileWindowsDll(source: string, target: string): void {
  const exported = inRepository(source.replace(/\.c$/, ".def"));
  compile([inRepository(source), ...(existsSync(exported) ? [exported] : [])], target);
}

function compile(inputs: string[], target: string, options: string[] = []): void {
  rmSync(target, { force: true });
  ask(COMPILER, [...OPTIONS, ...options, "-o", target, ...inputs, ...LIBRARIES]);
}

const DOUBLES = inRepository("test/doubles");
/** What all the others share. */
const KIT = "doubles.dll";

/** @returns the DLLs now in `folder`, without ".dll" */
export function compileDoubles(folder: string): string[] {
  compile(cFiles(join(DOUBLES, "kit")), join(folder, KIT), ["-DKIT"]);
  const names = cFiles(DOUBLES)
    .map((path) => basename(path, ".c"))
    .filter((name) => !name.includes("-"));
  for (const name of names) compileDouble(name, folder);
  return [basename(KIT, ".dll"), ...names];
}

/** The one that a machine has only where somebody put it. Those above must be there already. */
export function compileCimWriter(folder: string): void {
  compileDouble("cimfs", folder, "cimwriter", ["-DCIMWRITER"]);
}

/** Of NAME.c, and of NAME-PART.c where there is one. */
function compileDouble(name: string, folder: string, target = name, options: string[] = []): void {
  const sources = cFiles(DOUBLES).filter((path) => basename(path, ".c").split("-")[0] === name);
  compile([...sources, join(folder, KIT)], join(folder, `${target}.dll`), options);
}

function cFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".c"))
    .sort()
    .map((name) => join(folder, name));
}
