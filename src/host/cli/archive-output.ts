/** Where a command's archive goes, and what is to be said of it. */
import { writeSync } from "node:fs";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { ArchiveTarget } from "../image/archive-target.ts";
import type { ImageSink } from "../image-sink.ts";
import { untilInterrupted } from "./exit.ts";
import { stdout } from "./output.ts";

const STDOUT = 1;

export interface ArchiveOutput {
  readonly target: ArchiveTarget;

  /** Runs what writes to it. */
  run<T>(work: (signal?: AbortSignal) => Promise<T>): Promise<T>;
}

/**
 * @param output       of `-o`: a file's name; standard output unless given, or `-`
 * @param alsoPrinted  whether something else goes to standard output
 * @throws ImageError  InvalidArgument if it is a terminal, or both go there
 */
export function archiveOutput(output: string | undefined, alsoPrinted: boolean | undefined): ArchiveOutput {
  if (!isStandardOutput(output)) return { target: output, run: untilInterrupted };
  if (alsoPrinted) {
    throw new ImageError(
      ErrorCode.InvalidArgument,
      "standard output: cannot hold a tar and a report; name a file with -o",
    );
  }
  if (stdout.isTerminal) {
    throw new ImageError(
      ErrorCode.InvalidArgument,
      "standard output: is a terminal; name a file with -o, or pipe it on",
    );
  }
  // There is nothing to clean up, so a signal may end the process where it is, even where its reader keeps it waiting.
  return { target: standardOutput, run: (work) => work() };
}

export function isStandardOutput(output: string | undefined): output is undefined | "-" {
  return output === undefined || output === "-";
}

const standardOutput: ImageSink = {
  write(_at, bytes) {
    for (let done = 0; done < bytes.length; ) done += writeSome(bytes.subarray(done));
  },
  commit() {},
};

/** A pipe may be full for a moment, if someone made it non-blocking. */
function writeSome(bytes: Uint8Array): number {
  try {
    return writeSync(STDOUT, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EPIPE")
      throw new ImageError(ErrorCode.FailedPrecondition, "standard output: its reader has gone", error);
    if (code !== "EAGAIN") throw toImageError("standard output", error);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return 0;
  }
}

/** What a user should know though nobody asked, a line each. */
export function notesOn({ sockets, needsRecovery }: { sockets?: number; needsRecovery: boolean }): string {
  const notes: string[] = [];
  if (sockets) {
    notes.push(
      sockets === 1 ? "1 socket is left out, as a tar has none" : `${sockets} sockets are left out, as a tar has none`,
    );
  }
  if (needsRecovery) notes.push("the journal holds changes that are not in their places yet, and these are not seen");
  return notes.map((note) => `note: ${note}\n`).join("");
}
