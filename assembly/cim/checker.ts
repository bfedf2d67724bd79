/**
 * Checks CIMs: headers, tables, every name, every place that a file names, and that none of those meet.
 *
 *     const checker = new CimChecker(header, regions);   // all regions were added
 *     checker.checkObjectIds(region, source);            // of those that there are
 *     while (checker.step()) …                           // in pieces, so that the host can show how far it is, or stop
 *     checker.findings …
 *
 * It has its own walk, which goes on where the reader stops, and shares with it what cannot fail. Time and memory are
 * bounded by the size of the image, whatever it says of itself.
 *
 * Source: hcsshim, internal/cimfs/format/format.go and cim_reader_windows.go.
 */
import { CimProblem } from "../abi";
import { Source } from "../source";
import { CheckState } from "./checking/check-state";
import { DirectoriesCheck } from "./checking/directories-check";
import { Seen } from "./checking/file-states";
import { FilesCheck } from "./checking/files-check";
import { Findings } from "./checking/findings";
import { HeadersCheck } from "./checking/headers-check";
import { ObjectIdsCheck } from "./checking/object-ids-check";
import { Paths } from "./checking/paths";
import { TablesCheck } from "./checking/tables-check";
import { FILES_PER_TABLE } from "./format";
import { Header } from "./reading/header";
import { Regions } from "./reading/regions";

/** Files that are met in one step, or more: a directory is looked at whole. */
const FILES_PER_STEP: u64 = 4096;

const enum Pass {
  Headers,
  Directories,
  Done,
}

export class CimChecker {
  private state: CheckState;
  private directories: DirectoriesCheck;
  private objectIds: ObjectIdsCheck;
  private pass: Pass = Pass.Headers;

  constructor(header: Header, regions: Regions) {
    const state = new CheckState(header, regions);
    this.state = state;
    this.directories = new DirectoriesCheck(state, new FilesCheck(state));
    this.objectIds = new ObjectIdsCheck(state);
  }

  get findings(): Findings {
    return this.state.findings;
  }

  /** How much is done, of 1000: of the files that there may be. */
  get progress(): u32 {
    if (this.pass == Pass.Done) return 1000;
    const most = <u64>this.state.filesystem.fileTableDirectoryLength * FILES_PER_TABLE;
    return most > 0 ? <u32>min<u64>((this.directories.filesMet * 1000) / most, 999) : 0;
  }

  checkObjectIds(region: u32, source: Source): void {
    this.objectIds.check(region, source);
  }

  /** Does a piece of the work. @returns whether there is more */
  step(): bool {
    if (this.pass == Pass.Headers) {
      new HeadersCheck(this.state).run();
      const hasTree = new TablesCheck(this.state).run() && this.directories.begin();
      this.pass = Pass.Directories;
      return hasTree || this.finish();
    }
    if (this.pass == Pass.Done) return false;
    const met = this.directories.filesMet;
    while (this.directories.step()) if (this.directories.filesMet - met >= FILES_PER_STEP) return true;
    this.checkParents();
    return this.finish();
  }

  /** @returns false: there is no more */
  private finish(): bool {
    this.state.claims.findOverlaps();
    if (this.findings.count > 0) new Paths(this.state).find();
    this.pass = Pass.Done;
    return false;
  }

  /** A record names one directory that the file is in. */
  private checkParents(): void {
    const state = this.state;
    const tables = state.filesystem.fileTableDirectoryLength;
    for (let table: u32 = 0; table < tables; table++) {
      if (!state.hasMet(table)) continue;
      const count = state.countOf(table);
      for (let slot: u32 = 1; slot <= count; slot++) {
        const id = table * FILES_PER_TABLE + slot;
        const seen = state.fileOf(id).seen;
        const isRoot = id == state.filesystem.rootDirectory;
        if (!(seen & Seen.Met) || seen & Seen.InItsParent || !(isRoot || seen & Seen.HasParent)) continue;
        state.readRecord(id);
        state.findings.add(CimProblem.ParentFile, id, state.recordPlace(id), 0, state.record.parentFileId, 0);
      }
    }
  }
}
