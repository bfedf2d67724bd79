/** What the object-ID file of a region says of it: for who adds to the image; who reads it never asks. */
import { CimProblem } from "../../abi";
import { allocate } from "../../bytes/memory";
import { Source } from "../../source";
import { FileType, MAGIC, ObjectIdEntry, ObjectIdHeader, REGION_INDEX_SHIFT } from "../format";
import { CheckState } from "./check-state";
import { ObjectIdDetail } from "./details";

const ENTRIES_AT_ONCE: u32 = 1024;
const MAX_VERSION: u32 = 3;

const header = changetype<ObjectIdHeader>(allocate(offsetof<ObjectIdHeader>()));

export class ObjectIdsCheck {
  private entries: usize = 0;

  constructor(private state: CheckState) {}

  check(region: u32, source: Source): void {
    const size = source.size;
    if (size < offsetof<ObjectIdHeader>()) return this.refuse(region, ObjectIdDetail.Size, size, offsetof<ObjectIdHeader>());
    source.read(0, changetype<usize>(header), offsetof<ObjectIdHeader>());
    if (header.magic != MAGIC) return this.refuse(region, ObjectIdDetail.Magic, 0, 0);
    if (header.fileType != <u8>FileType.ObjectIds)
      return this.refuse(region, ObjectIdDetail.Type, header.fileType, FileType.ObjectIds);
    if (header.majorVersion == 0 || header.majorVersion > MAX_VERSION)
      return this.refuse(region, ObjectIdDetail.Version, header.majorVersion, MAX_VERSION);
    const table = header.tableOffset;
    const count = header.count;
    if (<u64>table + <u64>count * offsetof<ObjectIdEntry>() > size)
      return this.refuse(region, ObjectIdDetail.Table, count, size);
    if (count > 0) this.checkEntries(region, source, table, count);
  }

  private checkEntries(region: u32, source: Source, table: u64, count: u32): void {
    if (this.entries == 0) this.entries = allocate(<usize>ENTRIES_AT_ONCE * offsetof<ObjectIdEntry>());
    const room = this.state.regions.sizeOf(region);
    for (let first: u32 = 0; first < count; ) {
      const some = min(count - first, ENTRIES_AT_ONCE);
      source.read(table + <u64>first * offsetof<ObjectIdEntry>(), this.entries, some * offsetof<ObjectIdEntry>());
      for (let i: u32 = 0; i < some; i++) {
        const entry = changetype<ObjectIdEntry>(this.entries + <usize>i * offsetof<ObjectIdEntry>());
        if (entry.offset != 0 && entry.offset < room && entry.length <= room - entry.offset) continue;
        return this.refuse(region, ObjectIdDetail.Offset, entry.offset, room); // the first says it all
      }
      first += some;
    }
  }

  private refuse(region: u32, detail: ObjectIdDetail, found: u64, expected: u64): void {
    // The header of a region stands there: so that the finding has a region's number.
    this.state.findings.add(CimProblem.ObjectIds, 0, <u64>region << REGION_INDEX_SHIFT, detail, found, expected);
  }
}
