/** Where a command's archive goes, and what is to be said of it. */
import { fstatSync, writeSync } from "node:fs";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { ArchiveTarget } from "../image/archive-target.ts";
import { stdout } from "./output.ts";

const STDOUT = 1;

export interface ArchiveOutput {
  readonly toStandardOutput: boolean;

  /** To be asked once, when all else is known to be right. */
  target(): Promise<ArchiveTarget>;
}

/**
 * @param output       of `-o`: a file's name, or `-`
 * @param alsoPrinted  whether something else goes to standard output
 * @throws ImageError  InvalidArgument if it is a terminal, or both go there
 */
export function archiveOutput(output: string | undefined, alsoPrinted: boolean | undefined): ArchiveOutput {
  if (output !== undefined && output !== "-") return { toStandardOutput: false, target: async () => output };
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
  return { toStandardOutput: true, target: standardOutput };
}

/** A pipe by a socket, whose wait can be broken off; all else, which does not keep us waiting, at once. */
async function standardOutput(): Promise<ArchiveTarget> {
  const stats = fstatSync(STDOUT);
  if (stats.isFIFO() || stats.isSocket()) {
    const { Socket } = await import("node:net");
    return new Socket({ fd: STDOUT, readable: false, writable: true });
  }
  return {
    write(_at: number, bytes: Uint8Array) {
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(STDOUT, bytes, done);
      } catch (error) {
        throw toImageError("standard output", error);
      }
    },
    commit() {},
  };
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
