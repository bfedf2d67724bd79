/** hivex: reads and writes registry hives; of layered ones it cannot read deleted values. */
import { parseReg, type Reg } from "../fixtures/reg.ts";
import { ask, missing, run } from "./oracle.ts";

export const hivex = {
  name: "hivex",
  missing: missing("hivexml", "libhivex-bin", "-h") ?? missing("hivexregedit", "libwin-hivex-perl", "--help"),

  /** What it cannot read of a hive; nothing. */
  complaints(path: string): string {
    // It has no use for the sockets that Node gives.
    const { status, stderr } = run("sh", ["-c", 'hivexml "$0" >/dev/null', path]);
    return status === 0 ? "" : stderr || `exit ${status}`;
  },

  /** All keys and values. */
  read(path: string): Reg {
    // Perl, left alone, prints text as Latin-1 where that has all of its characters.
    const told = ask("env", ["PERL_UNICODE=S", "hivexregedit", "--export", "--prefix", "", path, "\\"]);
    return parseReg(Buffer.from(told, "latin1").toString(), "\\");
  },

  /** Runs commands of hivexsh on a hive that may be written. */
  write(path: string, commands: string[]): void {
    ask("hivexsh", ["-w", path], Buffer.from(`${[...commands, "commit", "quit"].join("\n")}\n`).toString("latin1"));
  },

  /** Merges text of regedit's form into a hive. */
  merge(path: string, reg: string): void {
    ask("hivexregedit", ["--merge", path, reg]);
  },
};
