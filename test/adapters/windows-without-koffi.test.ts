/** Windows where the optional package koffi has no build. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFolder } from "../fixtures/scratch.ts";

const without = suite("Windows without koffi");

const PLATFORM = pathToFileURL(inRepository("build/src/adapters/windows/platform.js")).href;

const HOOK = `export function resolve(name, context, next) {
  if (name === "koffi") throw new Error("no koffi");
  return next(name, context);
}`;

/** @returns what its message is */
function madePrivate(path: string): string {
  const program = `import { register } from "node:module";
register("data:text/javascript,${encodeURIComponent(HOOK)}");
const { windows } = await import(${JSON.stringify(PLATFORM)});
await windows.makePrivateDirectory(${JSON.stringify(path)}).catch((error) => console.log(error.message));`;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" }).trim();
}

without("makes no directory that is meant for few and open to all", () => {
  const path = join(scratchFolder(), "root");
  assert.is(madePrivate(path), `${path}: to make it for few takes the package koffi (npm install koffi)`);
  assert.not(existsSync(path));
});

without("leaves one that is there", () => {
  assert.is(madePrivate(scratchFolder()), "");
});

without.run();
