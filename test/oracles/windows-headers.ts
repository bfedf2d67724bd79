/** Windows's headers, as mingw-w64's compiler reads them: what a structure, a type, a constant and a function are. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRepository } from "../fixtures/repository.ts";
import { ask, missing, type Oracle } from "./oracle.ts";

const COMPILER = "x86_64-w64-mingw32-gcc";

/** Windows 10 and newer. The last has what these headers lack. */
const PRELUDE = `
#define _WIN32_WINNT 0x0A00
#include <stddef.h>
#include <windows.h>
#include <objbase.h>
#include <aclapi.h>
#include <sddl.h>
#include <virtdisk.h>
#include <computestorage.h>
#include <winternl.h>
#include "${inRepository("test/fixtures/windows-pages.h")}"
`;

/** Of gcc's typeclass.h. */
export const POINTER_CLASS = 5n;
const INTEGER_CLASS = 1n;

export interface Prototype {
  result: string;
  parameters: string[];
}

/** A type, as the machine sees it. */
export interface Kind {
  size: bigint;
  is: "nothing" | "pointer" | "signed" | "unsigned" | "other";
  /** Bytes that a pointer leads to; 0: it does not say. */
  pointed: bigint;
}

interface WindowsHeaders extends Oracle {
  /** The values of constant expressions, by themselves. Throws where one is none. */
  values(expressions: Iterable<string>): Map<string, bigint>;

  /** Those of `names` that the preprocessor knows. */
  macros(names: Iterable<string>): string[];

  /** Every function, in C's types. */
  prototypes(): Map<string, Prototype>;

  /** What C's types are. */
  kinds(types: Iterable<string>): Map<string, Kind>;
}

export const windowsHeaders: WindowsHeaders = {
  name: "mingw-w64's compiler",
  missing: missing(COMPILER, "gcc-mingw-w64-x86-64-win32"),

  values(expressions) {
    const asked = [...expressions];
    const lines = asked.map((each, index) => `  asm volatile("\\n#answer ${index} %0" : : "i"((long long)(${each})));`);
    const assembly = compile(`${PRELUDE}void ask(void) {\n${lines.join("\n")}\n}\n`, ["-S"]);
    const answers = [...assembly.matchAll(/^#answer (\d+) \$(-?\d+)$/gm)];
    return new Map(answers.map(([, index, value]) => [asked[Number(index)]!, BigInt(value!)]));
  },

  macros(names) {
    const lines = [...names].map((name) => `#ifdef ${name}\nknown ${JSON.stringify(name)}\n#endif\n`);
    return [...compile(`${PRELUDE}${lines.join("")}`, ["-E", "-P"]).matchAll(/^known "(\w+)"$/gm)].map(
      ([, name]) => name!,
    );
  },

  prototypes() {
    const listed = compile(PRELUDE, ["-fsyntax-only", "-aux-info"]);
    return new Map(
      [...listed.matchAll(/\*\/ extern ([\w *]+?) (\w+) \(([^()]*)\);/g)].map(([, result, name, parameters]) => [
        name!,
        { result: result!, parameters: parameters === "void" ? [] : parameters!.split(/, ?/) },
      ]),
    );
  },

  kinds(types) {
    const all = [...new Set(types)].filter((type) => type !== "void");
    const rough = this.values(all.flatMap((type) => [sizeOf(type), classOf(type)]));
    const ofClass = (wanted: bigint) => all.filter((type) => rough.get(classOf(type)) === wanted);
    const [pointers, integers] = [ofClass(POINTER_CLASS), ofClass(INTEGER_CLASS)];
    const fine = this.values([...pointers.map(pointedSize), ...integers.map(isSigned)]);

    const kinds = new Map<string, Kind>([["void", { size: 0n, is: "nothing", pointed: 0n }]]);
    for (const type of all) kinds.set(type, { size: rough.get(sizeOf(type))!, is: "other", pointed: 0n });
    for (const type of integers) kinds.get(type)!.is = fine.get(isSigned(type)) ? "signed" : "unsigned";
    for (const type of pointers) {
      Object.assign(kinds.get(type)!, { is: "pointer", pointed: fine.get(pointedSize(type))! });
    }
    return kinds;
  },
};

const sizeOf = (type: string) => `sizeof(${type})`;
const classOf = (type: string) => `__builtin_classify_type(*(${type} *)0)`;
const isSigned = (type: string) => `(${type})-1 < 0`;
const pointedSize = (type: string) =>
  `__builtin_types_compatible_p(__typeof__(*(${type})0), void) ? 0 : sizeof(*(${type})0)`;

/** What the compiler makes of `source`, of which the last of `options` says what. */
function compile(source: string, options: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "windows-headers-"));
  try {
    writeFileSync(join(folder, "asked.c"), source);
    const output = options.includes("-aux-info") ? [] : ["-o"];
    ask(COMPILER, [join(folder, "asked.c"), "-w", ...options, ...output, join(folder, "answer")]);
    return readFileSync(join(folder, "answer"), "latin1");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
