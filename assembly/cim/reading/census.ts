/** What there is in an image, and what it takes: of what files share, once. */
import { CimCount } from "../../abi";
import { allocate } from "../../bytes/memory";
import { IdTable } from "../../tree/id-table";
import {
  FILES_PER_TABLE, FileRecord, LinkTableHeader, PeImage, PeMapping, STREAM_SPARSE, StreamType, UPCASE_TABLE_SIZE,
} from "../format";
import { lengthOf, typeOf } from "./content";
import { FileTables } from "./file-tables";
import { Regions } from "./regions";

const COUNTED: u32 = 1;

export class Census {
  /** A CimCount each. */
  readonly counts: StaticArray<f64> = new StaticArray<f64>(CimCount.Count);
  private seen: IdTable = new IdTable();
  private empty: FileRecord = changetype<FileRecord>(allocate(offsetof<FileRecord>()));

  constructor(private regions: Regions, private tables: FileTables) {}

  /** Looks at all records that are in use. Damaged parts count as they say, or not at all. */
  take(): void {
    const tables = this.tables;
    for (let i = 0; i < CimCount.Count; i++) this.counts[i] = 0;
    this.seen = new IdTable();
    for (let table: u32 = 0; table < tables.tableCount; table++) {
      const count = tables.countOf(table);
      for (let slot: u32 = 1; slot <= count; slot++) {
        tables.read(table * FILES_PER_TABLE + slot);
        this.addFile(tables.record);
      }
    }
    this.add(CimCount.FileTableBytes, <f64>tables.size);
    this.add(CimCount.UpcaseBytes, UPCASE_TABLE_SIZE);
  }

  private addFile(record: FileRecord): void {
    const isUsed = memory.compare(changetype<usize>(record), changetype<usize>(this.empty), offsetof<FileRecord>()) != 0;
    if (!isUsed) return;
    const isDirectory = typeOf(record.dataLengthAndType) == StreamType.LinkTable;
    this.add(isDirectory ? CimCount.Directories : CimCount.Files, 1);
    if (record.reparseOffset != 0) this.add(CimCount.ReparsePoints, 1);
    if (isDirectory) this.addOnce(CimCount.DirectoryBytes, record.dataOffset, lengthOf(record.dataLengthAndType));
    else this.addStream(CimCount.ContentBytes, record.dataOffset, record.dataLengthAndType);
    this.addBlob(CimCount.DescriptorBytes, record.sdOffset);
    this.addBlob(CimCount.ReparseBytes, record.reparseOffset);
    if (record.eaLength > 0) this.addOnce(CimCount.ExtendedAttributeBytes, record.eaOffset, record.eaLength);
    if (record.streamTableOffset != 0) this.addStreams(record.streamTableOffset);
  }

  private addStream(what: CimCount, offset: u64, lengthAndType: u64): void {
    if (lengthAndType & STREAM_SPARSE) return;
    if (typeOf(lengthAndType) != StreamType.PeImage) return this.addOnce(what, offset, lengthOf(lengthAndType));
    const regions = this.regions;
    const mappings = regions.u16At(offset + offsetof<PeImage>("mappingCount"));
    if (!this.isNew(offset)) return;
    this.add(CimCount.PeImageBytes, offsetof<PeImage>() + <f64>mappings * offsetof<PeMapping>());
    this.addOnce(what, regions.u64At(offset), regions.u32At(offset + offsetof<PeImage>("imageLength")));
  }

  /** Of a table that files share, the streams are counted once for each. */
  private addStreams(offset: u64): void {
    const regions = this.regions;
    const length = regions.u32At(offset);
    const count = regions.u32At(offset + offsetof<LinkTableHeader>("count"));
    if (!regions.holds(offset, length)) return;
    const most = length / 20;
    this.add(CimCount.AlternateStreams, min(count, most));
    if (!this.isNew(offset)) return;
    this.add(CimCount.StreamTableBytes, length);
    for (let i: u32 = 0; i < min(count, most); i++) {
      const at = offset + offsetof<LinkTableHeader>() + 16 * <u64>i;
      this.addStream(CimCount.StreamBytes, regions.u64At(at), regions.u64At(at + 8));
    }
  }

  private addBlob(what: CimCount, offset: u64): void {
    if (offset != 0) this.addOnce(what, offset, 2 + this.regions.u16At(offset));
  }

  private addOnce(what: CimCount, offset: u64, length: u64): void {
    if (length > 0 && this.regions.holds(offset, length) && this.isNew(offset)) this.add(what, <f64>length);
  }

  private isNew(offset: u64): bool {
    if (offset == 0 || this.seen.get(offset) != 0) return false;
    this.seen.set(offset, COUNTED);
    return true;
  }

  private add(what: CimCount, value: f64): void {
    this.counts[what] += value;
  }
}
