/**
 * An empty journal: its superblock; the blocks behind it may hold anything.
 *
 * Source: Linux, "ext4 Data Structures", Journal (jbd2).
 */
import { be } from "../../bytes/endian";
import { JOURNAL_MAGIC, JournalSuperblock } from "./format";

const SUPERBLOCK_V2: u32 = 4;

/** Encodes its first block. @param at  a block, zero; @param blocks  of the journal; @param uuid  of the filesystem */
export function encodeJournal(at: usize, blockSize: u32, blocks: u64, uuid: usize): void {
  const journal = changetype<JournalSuperblock>(at);
  journal.magic = be<u32>(JOURNAL_MAGIC);
  journal.blockType = be<u32>(SUPERBLOCK_V2);
  journal.blockSize = be<u32>(blockSize);
  journal.blocksCount = be<u32>(<u32>blocks);
  journal.firstBlock = be<u32>(1);
  journal.sequence = be<u32>(1);
  journal.uuid0 = load<u64>(uuid); // bytes in their order
  journal.uuid1 = load<u64>(uuid, 8);
  journal.usersCount = be<u32>(1);
}
