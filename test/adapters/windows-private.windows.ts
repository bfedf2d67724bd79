/** Directories that are made for few. Who may do what in them, Wine keeps as modes of files only. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makePrivateDirectory } from "../../src/adapters/windows/private-directory.ts";
import { ErrorCode } from "../../src/index.ts";
import { ON_WINE } from "../fixtures/on-wine.ts";
import { refuses } from "../fixtures/refuses.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import { ask } from "../oracles/oracle.ts";

const directory = suite("private directories");

directory("are made with those above them, and can be used", () => {
  const root = scratchFolder();
  const path = join(root, "a", "ä".repeat(100), "c".repeat(100));
  makePrivateDirectory(path);
  writeFileSync(join(path, "file"), "");
  makePrivateDirectory(path);
  assert.equal(readdirSync(path), ["file"], "what is there is left");
});

directory("are refused on a drive that is not there", () => {
  refuses(() => makePrivateDirectory("Q:\\a\\b"), ErrorCode.NotFound, /^Q:\\: ERROR_PATH_NOT_FOUND/);
});

if (ON_WINE) {
  console.log("  skipped: Wine keeps no access control lists");
  directory.skip();
} else {
  directory("are for the system, administrators and the owner", () => {
    const path = join(scratchFolder(), "a");
    makePrivateDirectory(path);
    const entries = ask("icacls", [path]).match(/\((?:OI|F|CI)\).*$/gm) ?? [];
    assert.equal(entries, Array(3).fill("(OI)(CI)(F)"));
  });
}

directory.run();
