/** One file: what its record says, and all that it leads to. */
import { CimProblem } from "../../abi";
import { allocate } from "../../bytes/memory";
import { FileRecord, StreamType } from "../format";
import { isKnown, typeOf } from "../reading/content";
import { BlobsCheck } from "./blobs-check";
import { CheckState } from "./check-state";
import { FlagsDetail } from "./details";
import { StreamsCheck } from "./streams-check";

const KNOWN_FLAGS: u16 = 0x1f;

const empty = allocate(offsetof<FileRecord>());

export class FilesCheck {
  private blobs: BlobsCheck;
  private streams: StreamsCheck;

  constructor(private state: CheckState) {
    this.blobs = new BlobsCheck(state);
    this.streams = new StreamsCheck(state);
  }

  /** Its record was read. */
  check(id: u32): void {
    const state = this.state;
    const record = state.record;
    const findings = state.findings;
    if (memory.compare(changetype<usize>(record), empty, offsetof<FileRecord>()) == 0) {
      findings.add(CimProblem.FileUnused, id, state.recordPlace(id), 0, 0, 0);
      return;
    }
    const flags = record.flags;
    if (flags & ~KNOWN_FLAGS)
      findings.add(CimProblem.FileFlags, id, state.recordPlace(id), FlagsDetail.Flags, flags, KNOWN_FLAGS);
    if (record.reserved != 0)
      findings.add(CimProblem.FileFlags, id, state.recordPlace(id) + 0x5e, FlagsDetail.Reserved, record.reserved, 0);
    // What it means in an image with parents is not public.
    if (record.baseRegionIndex != 0 && state.header.setCount == 1)
      findings.add(CimProblem.BaseRegion, id, state.recordPlace(id) + 0x5c, 0, record.baseRegionIndex, 0);
    this.blobs.check(id);
    const isDirectory = typeOf(record.dataLengthAndType) == StreamType.LinkTable && isKnown(record.dataLengthAndType);
    if (!isDirectory) this.streams.checkContent(id, record.dataOffset, record.dataLengthAndType);
    if (record.streamTableOffset != 0) this.streams.checkTable(id, record.streamTableOffset);
  }
}
