/** What an image says of itself: numbers, and texts. */
import { ErrorCode, Fact, Text } from "./abi";
import { ByteBuffer } from "./bytes/memory";
import { appendFeatures } from "./ext4/reading/features";
import { Superblock } from "./ext4/reading/superblock";
import {
  LABEL_AT, LAST_CHECK_HI_AT, LAST_MOUNTED_AT, MADE_TIME_AT, MADE_TIME_HI_AT, MOUNT_TIME_HI_AT, UUID_AT,
  WRITE_TIME_HI_AT,
} from "./ext4/superblock-fields";
import { fail } from "./host";
import { Image } from "./image";
import { Source } from "./source";
import { SparseSource } from "./sparse-source";

const CLEAN: u16 = 1;
const LABEL_SIZE: u32 = 16;
const LAST_MOUNTED_SIZE: u32 = 64;
const UUID_SIZE: u32 = 16;

/** @fails InvalidArgument  no such fact */
export function factOf(image: Image, what: Fact): u64 {
  const superblock = image.reader.volume.superblock;
  const raw = superblock.struct;
  switch (what) {
    case Fact.DiskSize:
      return image.disk.size;
    case Fact.StoredSize:
      return storedSizeOf(image.disk);
    case Fact.FilesystemSize:
      return superblock.size;
    case Fact.BlockSize:
      return superblock.blockSize;
    case Fact.Blocks:
      return superblock.blocks;
    case Fact.FreeBlocks:
      return superblock.freeBlocks;
    case Fact.ReservedBlocks:
      return superblock.reservedBlocks;
    case Fact.Groups:
      return superblock.groups;
    case Fact.BlocksPerGroup:
      return superblock.blocksPerGroup;
    case Fact.Inodes:
      return superblock.inodes;
    case Fact.FreeInodes:
      return raw.freeInodes;
    case Fact.InodesPerGroup:
      return superblock.inodesPerGroup;
    case Fact.InodeSize:
      return superblock.inodeSize;
    case Fact.DescriptorSize:
      return superblock.descriptorSize;
    case Fact.Revision:
      return raw.revision;
    case Fact.IsClean:
      return raw.state == CLEAN ? 1 : 0;
    case Fact.NeedsRecovery:
      return superblock.needsRecovery ? 1 : 0;
    case Fact.MountCount:
      return raw.mountCount;
    case Fact.JournalInode:
      return superblock.journalInode;
    default:
      return what >= Fact.VerityAt ? verityFactOf(image, what) : timeOf(superblock, what);
  }
}

function storedSizeOf(disk: Source): u64 {
  return disk instanceof SparseSource ? (disk as SparseSource).storedSize : disk.size;
}

function timeOf(superblock: Superblock, what: Fact): u64 {
  const raw = superblock.struct;
  switch (what) {
    case Fact.MadeTime:
      return superblock.time(load<u32>(superblock.raw, MADE_TIME_AT), MADE_TIME_HI_AT);
    case Fact.WriteTime:
      return superblock.time(raw.writeTime, WRITE_TIME_HI_AT);
    case Fact.MountTime:
      return superblock.time(raw.mountTime, MOUNT_TIME_HI_AT);
    case Fact.CheckTime:
      return superblock.time(raw.lastCheck, LAST_CHECK_HI_AT);
  }
  fail(ErrorCode.InvalidArgument, `reader: no fact ${what}`);
  return 0;
}

function verityFactOf(image: Image, what: Fact): u64 {
  const verity = image.verity;
  if (!verity) return 0;
  switch (what) {
    case Fact.VerityAt:
      return verity.at;
    case Fact.VerityDataBlocks:
      return verity.struct.dataBlocks;
    case Fact.VerityDataBlockSize:
      return verity.struct.dataBlockSize;
    case Fact.VerityHashBlockSize:
      return verity.struct.hashBlockSize;
  }
  fail(ErrorCode.InvalidArgument, `reader: no fact ${what}`);
  return 0;
}

/** Appends a text. @fails InvalidArgument  no such text */
export function appendText(to: ByteBuffer, image: Image, what: Text): void {
  const superblock = image.reader.volume.superblock;
  switch (what) {
    case Text.Label:
      return appendPadded(to, superblock.raw + LABEL_AT, LABEL_SIZE);
    case Text.LastMounted:
      return appendPadded(to, superblock.raw + LAST_MOUNTED_AT, LAST_MOUNTED_SIZE);
    case Text.Uuid:
      return to.append(superblock.raw + UUID_AT, UUID_SIZE);
    case Text.Features:
      return appendFeatures(to, superblock.compatible, superblock.incompatible, superblock.readOnly);
  }
  const verity = image.verity;
  if (!verity) return;
  switch (what) {
    case Text.VerityAlgorithm:
      return to.append(verity.algorithm, verity.algorithmLength);
    case Text.VeritySalt:
      return to.append(verity.salt, verity.saltLength);
    case Text.VerityUuid:
      return to.append(verity.uuid, UUID_SIZE);
  }
  fail(ErrorCode.InvalidArgument, `reader: no text ${what}`);
}

/** Without the zeros at its end. */
function appendPadded(to: ByteBuffer, from: usize, size: u32): void {
  let length: u32 = 0;
  while (length < size && load<u8>(from + length) != 0) length++;
  to.append(from, length);
}
