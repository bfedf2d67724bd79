/**
 * Checks ext2, ext3 and ext4 filesystems: structure, checksums, bitmaps against use, link counts.
 *
 *     const checker = new Ext4Checker(source, now);
 *     while (checker.step()) …                        // in pieces, so that the host can show how far it is, or stop
 *     checker.findings …
 *
 * What the reader does not even open (no superblock, sizes that cannot be) fails; all else is a finding, and the check
 * goes on behind it. Time and memory are bounded by the size of the image, whatever it says of itself.
 */
import { Problem } from "../abi";
import { Source } from "../source";
import { BackupsCheck } from "./checking/backups-check";
import { BitmapsCheck } from "./checking/bitmaps-check";
import { Known } from "./checking/census";
import { CheckState } from "./checking/check-state";
import { Conflict } from "./checking/details";
import { DirectoriesCheck } from "./checking/directories-check";
import { Findings } from "./checking/findings";
import { GroupsCheck } from "./checking/groups-check";
import { InodesCheck } from "./checking/inodes-check";
import { JournalCheck } from "./checking/journal-check";
import { OrphansCheck } from "./checking/orphans-check";
import { Paths } from "./checking/paths";
import { SharedBlocksCheck } from "./checking/shared-blocks-check";
import { checkKnown, SuperblockCheck } from "./checking/superblock-check";
import { TreeCheck } from "./checking/tree-check";
import { XattrsCheck } from "./checking/xattrs-check";
import { ReadOnlyFeature } from "./features";
import { Volume } from "./reading/volume";

/** Directories that are looked at in one step. */
const DIRECTORIES_PER_STEP: u32 = 256;

const enum Pass {
  Inodes,
  Directories,
  Bitmaps,
  Done,
}

export class Ext4Checker {
  private state: CheckState;
  private xattrs: XattrsCheck;
  private inodes: InodesCheck;
  private directories: DirectoriesCheck;
  private bitmaps: BitmapsCheck;
  private pass: Pass = Pass.Inodes;
  /** The group or inode that is next in the pass. */
  private next: u32 = 0;

  /**
   * @param source  begins where the filesystem begins, and may go on behind it
   * @param now     seconds since 1970, against which times of the superblock are held; 0: not known
   * @fails Corrupt, Unsupported
   */
  constructor(source: Source, now: u64) {
    const state = new CheckState(new Volume(source, false));
    this.state = state;
    checkKnown(state);
    const xattrs = new XattrsCheck(state);
    this.xattrs = xattrs;
    this.inodes = new InodesCheck(state, xattrs);
    this.directories = new DirectoriesCheck(state);
    this.bitmaps = new BitmapsCheck(state);
    new SuperblockCheck(state).run(now);
    new GroupsCheck(state).run();
    new BackupsCheck(state).run();
    new OrphansCheck(state).check();
  }

  get findings(): Findings {
    return this.state.findings;
  }

  /** How much is done, of 1000. */
  get progress(): u32 {
    const state = this.state;
    switch (this.pass) {
      case Pass.Inodes:
        return <u32>((<u64>this.next * 500) / state.superblock.groups);
      case Pass.Directories:
        return 500 + <u32>((<u64>this.next * 400) / state.superblock.inodes);
      case Pass.Bitmaps:
        return 900 + <u32>((<u64>this.next * 100) / state.superblock.groups);
      default:
        return 1000;
    }
  }

  /** Does a piece of the work. @returns whether there is more */
  step(): bool {
    switch (this.pass) {
      case Pass.Inodes:
        this.inodes.runGroup(this.next++);
        if (this.next == this.state.superblock.groups) this.finishInodes();
        return true;
      case Pass.Directories:
        if (!this.stepDirectories()) this.finishDirectories();
        return true;
      case Pass.Bitmaps:
        this.bitmaps.runGroup(this.next++);
        if (this.next < this.state.superblock.groups) return true;
        this.finish();
        return false;
      default:
        return false;
    }
  }

  private finishInodes(): void {
    const hasFeature = (this.state.superblock.readOnly & ReadOnlyFeature.LargeFile) != 0;
    if (this.inodes.hasLargeFiles && !hasFeature)
      this.findings.ofFilesystem(Problem.FeatureConflict, Conflict.LargeFiles, 0, 0);
    this.xattrs.finish();
    new SharedBlocksCheck(this.state).find();
    new JournalCheck(this.state).check();
    this.pass = Pass.Directories;
    this.next = 1;
  }

  /** @returns whether there are more */
  private stepDirectories(): bool {
    const census = this.state.census;
    for (let count: u32 = 0; count < DIRECTORIES_PER_STEP; ) {
      const number = census.next(this.next);
      if (number == 0) return false;
      if (census.get(number).known & Known.Directory) {
        this.directories.check(number);
        count++;
      }
      this.next = number + 1;
    }
    return true;
  }

  private finishDirectories(): void {
    new TreeCheck(this.state).run();
    this.pass = Pass.Bitmaps;
    this.next = 0;
  }

  private finish(): void {
    this.bitmaps.finish();
    if (this.findings.count > 0) new Paths(this.state).find();
    this.pass = Pass.Done;
  }
}
