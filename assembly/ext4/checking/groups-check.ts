/**
 * Group descriptors: checksums, places, what they say of themselves; and the blocks that groups take.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", Block Group Descriptors.
 */
import { Problem } from "../../abi";
import { IncompatibleFeature } from "../features";
import { GroupFlag } from "../format";
import { Group } from "../reading/groups";
import { Superblock } from "../reading/superblock";
import { MULTI_MOUNT_BLOCK_AT } from "../superblock-fields";
import { CheckState } from "./check-state";
import { GroupDetail, SuperblockDetail } from "./details";

const KNOWN_FLAGS: u32 = GroupFlag.InodesUnwritten | GroupFlag.BlocksUnwritten | GroupFlag.TableZeroed;

export class GroupsCheck {
  private superblock: Superblock;

  constructor(private state: CheckState) {
    this.superblock = state.superblock;
  }

  run(): void {
    for (let number: u32 = 0; number < this.superblock.groups; number++) this.claimHead(number);
    for (let number: u32 = 0; number < this.superblock.groups; number++) {
      const group = this.state.groups.getUnchecked(number);
      this.checkChecksum(number);
      this.checkPlaces(number, group);
      this.checkFields(number, group);
    }
    this.claimMultiMount();
  }

  /** The copies of superblock and descriptors that the group begins with. They cannot be in each other's way. */
  private claimHead(number: u32): void {
    const groups = this.state.groups;
    const superblock = this.superblock;
    const first = superblock.firstBlock + <u64>number * superblock.blocksPerGroup;
    this.state.claims.claimForGroup(number, first, min<u64>(groups.headBlocks(number), superblock.blocks - first));
  }

  /** The block by which hosts tell each other that they have the filesystem mounted. */
  private claimMultiMount(): void {
    if (!this.superblock.has(IncompatibleFeature.MultiMountProtection)) return;
    const block = load<u64>(this.superblock.raw, MULTI_MOUNT_BLOCK_AT);
    if (this.state.volume.holds(block, 1)) this.state.claims.claimForGroup(0, block, 1);
    else
      this.state.findings.ofFilesystem(
        Problem.SuperblockField,
        SuperblockDetail.MultiMountBlock,
        block,
        this.superblock.blocks,
      );
  }

  private checkChecksum(number: u32): void {
    if (!this.superblock.hasGroupFlags) return;
    const groups = this.state.groups;
    const stored = groups.storedChecksum(number);
    const computed = groups.computeChecksum(number);
    if (stored != computed) this.report(Problem.DescriptorChecksum, number, 0, stored, computed);
  }

  private checkPlaces(number: u32, group: Group): void {
    this.checkPlace(number, group, GroupDetail.BlockBitmap, group.blockBitmap, 1);
    this.checkPlace(number, group, GroupDetail.InodeBitmap, group.inodeBitmap, 1);
    this.checkPlace(number, group, GroupDetail.InodeTable, group.inodeTable, this.state.groups.tableBlocks);
  }

  private checkPlace(number: u32, group: Group, detail: GroupDetail, start: u64, count: u32): void {
    if (!this.state.volume.holds(start, count))
      return this.report(Problem.DescriptorPlace, number, detail, start, this.superblock.blocks);
    const isFree = this.superblock.has(IncompatibleFeature.FlexibleGroups);
    const isWithin = start >= group.firstBlock && start + count <= group.firstBlock + group.blocks;
    if (!isFree && !isWithin) this.report(Problem.DescriptorPlace, number, detail, start, group.firstBlock);
    this.state.claims.claimForGroup(number, start, count);
  }

  private checkFields(number: u32, group: Group): void {
    const perGroup = this.superblock.inodesPerGroup;
    this.atMost(number, GroupDetail.UnusedInodes, group.unusedInodes, perGroup);
    this.atMost(number, GroupDetail.FreeBlocks, group.freeBlocks, group.blocks);
    this.atMost(number, GroupDetail.FreeInodes, group.freeInodes, perGroup);
    this.atMost(number, GroupDetail.UsedDirectories, group.usedDirectories, perGroup);
    if (group.flags & ~KNOWN_FLAGS)
      this.report(Problem.DescriptorField, number, GroupDetail.Flags, group.flags, KNOWN_FLAGS);
    if (number == this.superblock.groups - 1 && group.flags & GroupFlag.BlocksUnwritten) {
      this.report(Problem.DescriptorField, number, GroupDetail.LastUnwritten, group.flags, 0);
    }
  }

  private atMost(number: u32, detail: GroupDetail, found: u32, most: u32): void {
    if (found > most) this.report(Problem.DescriptorField, number, detail, found, most);
  }

  private report(problem: Problem, number: u32, detail: u32, found: u64, expected: u64): void {
    this.state.findings.ofGroup(problem, number, detail, found, expected);
  }
}
