/**
 * The superblock: what contradicts itself in it, and what says that the filesystem was not left in order.
 *
 * What cannot be read at all (no magic, sizes that cannot be) never comes here: the reader refuses it.
 *
 * Source: Linux, "ext4 Data Structures and Algorithms", The Super Block.
 */
import { ErrorCode, Problem } from "../../abi";
import { crc32c } from "../../bytes/crc32c";
import { fail } from "../../host";
import { CompatibleFeature, IncompatibleFeature, ReadOnlyFeature } from "../features";
import { hex } from "../reading/corrupt";
import {
  CHECKSUM_TYPE_AT, DESCRIPTOR_SIZE_AT, HASH_VERSION_AT, JOURNAL_INODE_AT, MOUNT_TIME_HI_AT, PROJECT_QUOTA_INODE_AT,
  RESERVED_DESCRIPTOR_BLOCKS_AT, SUPERBLOCK_CHECKSUM_AT, SUPERBLOCK_FLAGS_AT, WRITE_TIME_HI_AT,
} from "../superblock-fields";
import { CheckState } from "./check-state";
import { Conflict, SuperblockDetail } from "./details";

const CRC32C: u32 = 1;
const CLEAN: u32 = 1;
const HAS_ERRORS: u32 = 2;
const LARGEST_REVISION: u32 = 1;
const LARGEST_HASH_VERSION: u32 = 5;
const SIGNED_HASH: u32 = 1;
const UNSIGNED_HASH: u32 = 2;
const MIN_FIRST_INODE: u32 = 11;
const DAY: u64 = 24 * 60 * 60;

const JOURNAL_UUID_AT: u32 = 0xd0; // 16 bytes
const JOURNAL_DEVICE_AT: u32 = 0xe4; // u32
const MIN_EXTRA_SIZE_AT: u32 = 0x15c; // u16
const WANT_EXTRA_SIZE_AT: u32 = 0x15e; // u16

/** Features by what is known of them: a check that does not know one cannot say that all is well. */
const KNOWN_COMPATIBLE: u32 = 0x1e3f;
const KNOWN_READ_ONLY: u32 = 0x1_f57b;

/** @fails Unsupported  a feature is not known */
export function checkKnown(state: CheckState): void {
  const superblock = state.superblock;
  const compatible = superblock.compatible & ~KNOWN_COMPATIBLE;
  const readOnly = superblock.readOnly & ~KNOWN_READ_ONLY;
  if (compatible == 0 && readOnly == 0 && superblock.struct.revision <= LARGEST_REVISION) return;
  if (superblock.struct.revision > LARGEST_REVISION)
    fail(ErrorCode.Unsupported, `ext4: revision ${superblock.struct.revision}`);
  fail(
    ErrorCode.Unsupported,
    `ext4: features that are not known here: compatible 0x${hex(compatible)}, read-only 0x${hex(readOnly)}`,
  );
}

export class SuperblockCheck {
  constructor(private state: CheckState) {}

  /** @param now  seconds since 1970; 0: not known */
  run(now: u64): void {
    this.checkChecksum();
    this.checkFields();
    this.checkConflicts();
    this.checkState();
    if (now != 0) this.checkTimes(now + DAY);
  }

  private checkChecksum(): void {
    const superblock = this.state.superblock;
    if (!superblock.hasMetadataChecksums) return;
    this.expect(SuperblockDetail.ChecksumType, load<u8>(superblock.raw, CHECKSUM_TYPE_AT), CRC32C);
    const stored = load<u32>(superblock.raw, SUPERBLOCK_CHECKSUM_AT);
    const computed = crc32c(u32.MAX_VALUE, superblock.raw, SUPERBLOCK_CHECKSUM_AT);
    if (stored != computed) this.state.findings.ofFilesystem(Problem.SuperblockChecksum, 0, stored, computed);
  }

  private checkFields(): void {
    const superblock = this.state.superblock;
    const raw = superblock.struct;
    this.expect(SuperblockDetail.ClusterSize, raw.logClusterSize, raw.logBlockSize);
    this.expect(SuperblockDetail.ClustersPerGroup, raw.clustersPerGroup, raw.blocksPerGroup);
    this.atMost(SuperblockDetail.ReservedBlocks, superblock.reservedBlocks, superblock.blocks / 2);
    const reserved: u32 = load<u16>(superblock.raw, RESERVED_DESCRIPTOR_BLOCKS_AT);
    const canGrow = superblock.compatible & CompatibleFeature.ResizeInode;
    this.atMost(SuperblockDetail.ReservedDescriptors, reserved, canGrow ? superblock.blockSize / 4 : 0);
    if (raw.revision == 0) return;
    if (raw.firstInode < MIN_FIRST_INODE || raw.firstInode > superblock.inodes) {
      this.expect(SuperblockDetail.FirstInode, raw.firstInode, MIN_FIRST_INODE);
    }
    if (superblock.has(IncompatibleFeature.Bits64)) {
      const size: u32 = load<u16>(superblock.raw, DESCRIPTOR_SIZE_AT);
      if (size < 64) this.expect(SuperblockDetail.DescriptorSize, size, 64);
    }
    this.atMost(SuperblockDetail.HashVersion, load<u8>(superblock.raw, HASH_VERSION_AT), LARGEST_HASH_VERSION);
    this.checkExtraSizes();
    if (!(superblock.readOnly & ReadOnlyFeature.Quota)) {
      this.atMost(SuperblockDetail.ProjectQuota, load<u32>(superblock.raw, PROJECT_QUOTA_INODE_AT), 0);
    }
    if (superblock.has(IncompatibleFeature.MetaBlockGroups)) {
      this.atMost(SuperblockDetail.FirstMetaGroup, superblock.firstMetaGroup, superblock.descriptorBlocks);
    }
  }

  private checkExtraSizes(): void {
    const superblock = this.state.superblock;
    if (superblock.inodeSize <= 128) return;
    const room = superblock.inodeSize - 128;
    this.atMost(SuperblockDetail.MinExtraSize, load<u16>(superblock.raw, MIN_EXTRA_SIZE_AT), room);
    this.atMost(SuperblockDetail.WantExtraSize, load<u16>(superblock.raw, WANT_EXTRA_SIZE_AT), room);
  }

  private checkConflicts(): void {
    const superblock = this.state.superblock;
    const raw = superblock.struct;
    const hasJournal = (superblock.compatible & CompatibleFeature.HasJournal) != 0;
    const flags = load<u32>(superblock.raw, SUPERBLOCK_FLAGS_AT);
    this.conflict(
      Conflict.OldRevision,
      raw.revision == 0 && (raw.featuresCompatible | raw.featuresIncompatible | raw.featuresReadOnly) != 0,
    );
    this.conflict(
      Conflict.TwoChecksums,
      superblock.hasMetadataChecksums && (superblock.readOnly & ReadOnlyFeature.GroupChecksums) != 0,
    );
    this.conflict(
      Conflict.SeedWithoutChecksums,
      superblock.has(IncompatibleFeature.ChecksumSeed) && !superblock.hasMetadataChecksums,
    );
    this.conflict(
      Conflict.WideWithoutExtents,
      superblock.has(IncompatibleFeature.Bits64) && !superblock.has(IncompatibleFeature.Extents),
    );
    this.conflict(Conflict.RecoveryWithoutJournal, superblock.needsRecovery && !hasJournal);
    this.conflict(
      Conflict.ResizeWithMetaGroups,
      (superblock.compatible & CompatibleFeature.ResizeInode) != 0 &&
        superblock.has(IncompatibleFeature.MetaBlockGroups),
    );
    this.checkJournals(hasJournal);
    this.conflict(Conflict.TwoHashSigns, (flags & SIGNED_HASH) != 0 && (flags & UNSIGNED_HASH) != 0);
  }

  /** A journal is in the filesystem, or on another disk, which an id names; or there is none. */
  private checkJournals(hasJournal: bool): void {
    const raw = this.state.superblock.raw;
    const isHere = load<u32>(raw, JOURNAL_INODE_AT) != 0;
    const id = load<u64>(raw, JOURNAL_UUID_AT) | load<u64>(raw, JOURNAL_UUID_AT + 8);
    const isElsewhere = id != 0 || load<u32>(raw, JOURNAL_DEVICE_AT) != 0;
    this.conflict(Conflict.TwoJournals, isHere && isElsewhere);
    this.conflict(Conflict.JournalWithoutFeature, !hasJournal && (isHere || isElsewhere));
    this.conflict(Conflict.NoJournal, hasJournal && !isHere && !isElsewhere);
  }

  private checkState(): void {
    const superblock = this.state.superblock;
    const findings = this.state.findings;
    const state: u32 = superblock.struct.state;
    if (state & HAS_ERRORS) findings.ofFilesystem(Problem.RecordedError, 0, state, CLEAN);
    else if (!(state & CLEAN) && !superblock.needsRecovery)
      findings.ofFilesystem(Problem.UncleanState, 0, state, CLEAN);
    if (superblock.needsRecovery) findings.ofFilesystem(Problem.JournalDirty, 0, 0, 0);
  }

  private checkTimes(latest: u64): void {
    const superblock = this.state.superblock;
    this.checkTime(SuperblockDetail.MountTime, superblock.time(superblock.struct.mountTime, MOUNT_TIME_HI_AT), latest);
    this.checkTime(SuperblockDetail.WriteTime, superblock.time(superblock.struct.writeTime, WRITE_TIME_HI_AT), latest);
  }

  private checkTime(detail: SuperblockDetail, time: u64, latest: u64): void {
    if (time > latest) this.state.findings.ofFilesystem(Problem.SuperblockTime, detail, time, latest);
  }

  private expect(detail: SuperblockDetail, found: u64, expected: u64): void {
    if (found != expected) this.state.findings.ofFilesystem(Problem.SuperblockField, detail, found, expected);
  }

  private atMost(detail: SuperblockDetail, found: u64, most: u64): void {
    if (found > most) this.state.findings.ofFilesystem(Problem.SuperblockField, detail, found, most);
  }

  private conflict(detail: Conflict, exists: bool): void {
    if (exists) this.state.findings.ofFilesystem(Problem.FeatureConflict, detail, 0, 0);
  }
}
