/** The environment of a container image reaches every login shell as it is, whatever is in it, and nothing else happens. */
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { profileScript } from "../../src/host/boot/profile-script.ts";
import { scratchFile, scratchFolder } from "../fixtures/scratch.ts";
import { ask, missing, present, run } from "../oracles/oracle.ts";

const SHELLS: [name: string, words: string[], debianPackage: string][] = [
  ["dash", ["dash"], "dash"],
  ["bash", ["bash", "--norc"], "bash"],
  ["bash as sh", ["bash", "--norc", "--posix"], "bash"],
  ["busybox sh", ["busybox", "sh"], "busybox-static"],
];

/** Others know neither -C nor -0. */
const notGnuEnv = () => (run("env", ["--version"]).status === 0 ? undefined : "env is not that of GNU coreutils");

/** What programs see that a shell starts after it has read the script `times` times. Values are bytes, as "latin1" has them. */
function environmentAfter([shell, ...words]: string[], script: string, times = 1): Map<string, string> {
  const path = scratchFile("profile.sh", Buffer.from(script));
  const folder = scratchFolder();
  const given = ["-i", "-C", folder, "PATH=/usr/bin:/bin"];
  const read = `${". $0; ".repeat(times)} exec /usr/bin/env -0`;
  const printed = ask("env", [...given, shell!, ...words, "-euc", read, path]);
  assert.equal(readdirSync(folder), [], "nothing else was done");
  return new Map(printed.split("\0").map((line) => [line.split("=", 1)[0]!, line.slice(line.indexOf("=") + 1)]));
}

const toLatin1 = (text: string): string => Buffer.from(text).toString("latin1");

/** What shells read as more than themselves, and what they do not. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."'|\"|\\|\n|$(touch pwned)|`touch pwned`|$HOME|{|}|$PATH|;|&|#| |\t|\r|*|?|~|!|'\\''|\\'|=|:|é|$'\\n'|EOF".split(
          "|",
        ),
      ),
      fc.string({ unit: "binary" }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join("").replaceAll("\0", ""));

for (const [name, words, debianPackage] of SHELLS) {
  const test = suite(`profile script, ${name}`);
  const shell = {
    name,
    missing: missing(words[0]!, debianPackage, words[0] === "busybox" ? "true" : "-c") ?? notGnuEnv(),
  };
  if (present(shell, test)) {
    test("sets every variable to its very bytes", () => {
      fc.assert(
        fc.property(fc.array(hostile, { minLength: 1, maxLength: 60 }), (values) => {
          const { text, leftOut } = profileScript(values.map((value, index) => `V${index}=${value}`));
          assert.equal(leftOut, []);
          const environment = environmentAfter(words, text);
          for (const [index, value] of values.entries()) assert.is(environment.get(`V${index}`), toLatin1(value));
        }),
        { numRuns: 40 },
      );
    });

    test("puts the image's PATH before what is there, once, and whatever is in it", () => {
      fc.assert(
        fc.property(hostile, (path) => {
          const { text } = profileScript([`PATH=${path}`]);
          const expected = path === "" ? "/usr/bin:/bin" : `${toLatin1(path)}:/usr/bin:/bin`;
          assert.is(environmentAfter(words, text).get("PATH"), expected);
          assert.is(environmentAfter(words, text, 3).get("PATH"), expected);
        }),
        { numRuns: 20 },
      );
    });

    test("goes on where a variable is the shell's own", () => {
      const own = ["UID=7", "PPID=1", "SHELLOPTS=x", "IFS=abc", "HOME=/nowhere", "BASH_VERSINFO=1", "_=x"];
      const { text, leftOut } = profileScript([...own, "LAST=is here"]);
      assert.equal(
        leftOut,
        own.map((variable) => variable.split("=")[0]),
      );
      const environment = environmentAfter(words, text);
      assert.is(environment.get("LAST"), "is here");
      assert.not(environment.has("HOME") && environment.get("HOME") === "/nowhere");
    });
  }
  test.run();
}

const script = suite("profile script");

script("leaves out what no shell can export", () => {
  const { text, leftOut } = profileScript(["a.b=1", "1x=2", "x y=3", "é=4", "$(reboot)=5", "n\nm=6", "NUL=\0", "OK=7"]);
  assert.equal(leftOut, ["a.b", "1x", "x y", "é", "$(reboot)", "n\nm", "NUL"]);
  assert.is(text.split("\n").length, 3);
  assert.match(text, "export OK='7'\n");
});

script("has the last of several values, and none of what is no variable", () => {
  const { text } = profileScript(["A=1", "B", "=C", "", "A=2"]);
  assert.is(text.match(/export/g)?.length, 1);
  assert.match(text, "export A='2'\n");
});

script("is nothing where there is nothing to set", () => {
  assert.equal(profileScript([]), { text: "", leftOut: [] });
  assert.equal(profileScript(["HOME=/root"]), { text: "", leftOut: ["HOME"] });
  assert.equal(profileScript(["PATH="]), { text: "", leftOut: [] });
});

script.run();
