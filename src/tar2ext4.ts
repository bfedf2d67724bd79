#!/usr/bin/env node
/**
 * `tar2ext4`: takes the place of hcsshim's program of that name, flag for flag.
 *
 * Two things differ: it reads gzip, zlib and zstd too, and when it fails it leaves no part of an image behind.
 */
import { thisPlatform } from "./adapters/this-platform.ts";
import { tuneEngine } from "./host/cli/engine.ts";
import { begin, describeError, Exit, end, exitCodeOf, untilInterrupted } from "./host/cli/exit.ts";
import { describeFlags, FlagError, HelpWanted, parseGoFlags } from "./host/cli/go-flags.ts";
import { stderr } from "./host/cli/output.ts";
import { standardInput } from "./host/cli/stdin.ts";
import { convert } from "./host/convert.ts";

const NAME = "tar2ext4";

const FLAGS = {
  "convert-slash": { value: false, usage: "convert backslashes ('\\') in path names to slashes ('/')" },
  i: { value: "", usage: "input file (standard input unless given)" },
  inline: { value: false, usage: "write small file data into the inode; not compatible with DAX" },
  o: { value: "", usage: "output file" },
  "only-vhd": { value: false, usage: "take the input for an image, and only add a VHD footer to it" },
  overlay: { value: false, usage: "produce overlayfs-compatible layer image" },
  vhd: { value: false, usage: "add a VHD footer to the end of the image" },
};

/** @returns the exit code */
async function run(words: readonly string[]): Promise<number> {
  const { values, rest } = parseGoFlags(FLAGS, words);
  if (rest.length > 0 || values.o === "") {
    stderr.write(describeFlags(NAME, FLAGS));
    return Exit.Failure; // and not Exit.Usage, as hcsshim's has it
  }
  const platform = thisPlatform();
  await untilInterrupted((signal) =>
    convert(values.i === "" ? standardInput() : values.i, values.o, {
      profile: "hcsshim",
      whiteouts: values.overlay ? "overlay" : "keep",
      convertSlash: values["convert-slash"],
      inline: values.inline,
      vhd: values.vhd || values["only-vhd"],
      raw: values["only-vhd"],
      digests: false,
      ...(platform && { platform }),
      signal,
    }),
  );
  return Exit.Ok;
}

/** @returns the exit code */
function fail(error: unknown): number {
  if (error instanceof HelpWanted || error instanceof FlagError) {
    const mistake = error instanceof FlagError ? `${error.message}\n` : "";
    stderr.write(mistake + describeFlags(NAME, FLAGS));
    return error instanceof HelpWanted ? Exit.Ok : Exit.Usage;
  }
  stderr.write(`${NAME}: ${describeError(error)}\n`);
  return exitCodeOf(error);
}

begin();
tuneEngine();
run(process.argv.slice(2)).catch(fail).then(end);
