#!/usr/bin/env node
/**
 * `dmverity-vhd`: takes the place of hcsshim's program of that name: docs/verity.md says where they differ.
 */
import { runDmverityVhd, WrongUsage } from "./host/cli/dmverity-vhd.ts";
import { tuneEngine } from "./host/cli/engine.ts";
import { begin, describeError, Exit, end, exitCodeOf, SIGNAL_EXIT } from "./host/cli/exit.ts";
import { HelpWanted } from "./host/cli/go-flags.ts";
import { stderr } from "./host/cli/output.ts";

/** @returns the exit code: of whatever fails 1, as hcsshim's has it, but where a signal ended it */
function fail(error: unknown): number {
  if (error instanceof HelpWanted) return Exit.Ok;
  stderr.write(`${error instanceof WrongUsage ? error.message : describeError(error)}\n`);
  if (error instanceof WrongUsage) return error.exitCode;
  const exitCode = exitCodeOf(error);
  return exitCode > SIGNAL_EXIT ? exitCode : Exit.Failure;
}

begin();
tuneEngine();
runDmverityVhd(process.argv.slice(2))
  .then(() => Exit.Ok)
  .catch(fail)
  .then(end);
