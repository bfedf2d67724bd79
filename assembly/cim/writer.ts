/**
 * The files of a CIM: contents are in the data region already, as they came; then all that describes them.
 *
 *     writer.number(); writer.finish();
 */
import { CimFile, ErrorCode } from "../abi";
import { allocate } from "../bytes/memory";
import { fail } from "../host";
import { FileSink, Sink } from "../sink";
import { NULL_DACL, NULL_DACL_SIZE } from "../tree/windows/security-descriptor";
import { WindowsTree } from "../tree/windows/tree";
import { writeBlobs } from "./blobs";
import { DataRegion } from "./data-region";
import { FileTableWriter } from "./file-table";
import { FileWalk } from "./file-walk";
import { MAX_REGIONS, ObjectIdHeader, RegionHeader, RegionSet, UPCASE_TABLE_SIZE } from "./format";
import { computeGuid, FingerprintedSink } from "./guid";
import { encodeImageHeader, encodeObjectIdHeader, encodeRegionHeader, HEADER_SIZE } from "./headers";
import { countFileTables } from "./layout";
import { LinkTableWriter } from "./link-table";
import { MetadataRegion } from "./metadata-region";
import { numberFiles, ROOT_ID } from "./numbering";
import { RegionFile } from "./region-file";
import { CimSettings } from "./settings";
import { StreamEncoder } from "./stream";

/** Regions that an image has of its own: metadata, and behind it data. */
export const OWN_REGIONS: u32 = 2;

const header = memory.data(72, 8);

/** Where the files go. */
export class CimSinks {
  constructor(
    readonly header: FileSink,
    readonly metadata: FileSink,
    readonly data: RegionFile,
    readonly metadataObjectIds: FileSink,
    readonly dataObjectIds: FileSink,
  ) {}

  /** Bytes of a file, once closed. @fails InvalidArgument  it is none of these */
  sizeOf(file: CimFile): u64 {
    switch (file) {
      case CimFile.Header:
        return this.header.size;
      case CimFile.MetadataRegion:
        return this.metadata.size;
      case CimFile.DataRegion:
        return this.data.size;
      case CimFile.MetadataObjectIds:
        return this.metadataObjectIds.size;
      case CimFile.DataObjectIds:
        return this.dataObjectIds.size;
    }
    fail(ErrorCode.InvalidArgument, `cim: file ${file} is none that is written`);
    return 0;
  }
}

export class CimWriter {
  /** Of the image, once it is written: 16 bytes. */
  readonly guid: usize = allocate(16);
  private files: u32 = 0;
  private metadataSink: FingerprintedSink;
  private metadata: MetadataRegion;
  private streams: StreamEncoder;

  /**
   * @param contents  of the tree: whatever it holds stands there, or in regions of the settings' lineage
   * @fails OutOfRange  the parents leave no region for the image
   */
  constructor(private tree: WindowsTree, private contents: DataRegion, private sinks: CimSinks, private settings: CimSettings) {
    const region = contents.region - 1;
    if (contents.region >= MAX_REGIONS) {
      fail(ErrorCode.OutOfRange, `cim: the parents have ${region} regions, where ${MAX_REGIONS} are the most`);
    }
    const metadataSink = new FingerprintedSink(sinks.metadata);
    this.metadataSink = metadataSink;
    this.metadata = new MetadataRegion(metadataSink, region);
    this.streams = new StreamEncoder(contents.region, settings.profile.emptyStreamAt);
  }

  /** Gives the files their IDs. From here on the tree stays as it is, but for where its contents stand. @returns files there are */
  number(): u32 {
    this.files = numberFiles(this.tree, this.settings.profile);
    return this.files;
  }

  /** Writes all but the contents, and closes the sinks. */
  finish(): void {
    const files = this.files;
    this.writeRegionHeader();
    const upcase = this.writeUpcase();
    this.writeObjects();
    const directory = this.writeFileTables(files);
    const filesystem = this.writeFilesystem(upcase, directory, files);
    this.metadata.close();
    this.closeDataRegion();
    this.writeObjectIds(this.sinks.metadataObjectIds, 0, this.settings.profile.metadataRegionType);
    this.writeObjectIds(this.sinks.dataObjectIds, 1, this.settings.profile.dataRegionType);
    this.writeHeader(filesystem);
  }

  private writeRegionHeader(): void {
    memory.fill(header, 0, HEADER_SIZE);
    encodeRegionHeader(header, this.regionIndex(0), this.settings.profile.metadataRegionType, this.settings.profile);
    this.metadata.append(header, offsetof<RegionHeader>());
  }

  /** @returns region offset of the table: a fork has its parent's, by which names there are sorted */
  private writeUpcase(): u64 {
    const lineage = this.settings.lineage;
    if (lineage) return lineage.upcasePlace;
    const place = this.metadata.startObject();
    this.metadata.append(this.tree.upcase, UPCASE_TABLE_SIZE);
    return place;
  }

  /** What records point to, file by file. */
  private writeObjects(): void {
    const tables = new LinkTableWriter(this.metadata, this.streams, this.settings.profile);
    const descriptor = this.tree.descriptor(NULL_DACL, NULL_DACL_SIZE);
    const walk = new FileWalk();
    for (walk.start(this.tree); walk.hasFile; walk.next()) {
      const file = walk.file;
      if (!file.securityDescriptor) file.securityDescriptor = descriptor;
      if (file.isDirectory) tables.writeDirectory(file);
      const firstStream = file.firstStream;
      if (firstStream) firstStream.place = tables.writeStreams(file); // for the record; its own is in the table now
      writeBlobs(file, this.metadata);
    }
  }

  /** @returns region offset of the directory of tables */
  private writeFileTables(files: u32): u64 {
    const walk = new FileWalk();
    walk.start(this.tree);
    return new FileTableWriter(this.metadata, this.streams, this.settings.profile).write(walk, files);
  }

  /** @returns region offset of the object that leads to all others */
  private writeFilesystem(upcase: u64, directory: u64, files: u32): u64 {
    const place = this.metadata.startObject();
    this.metadata.append64(upcase);
    this.metadata.append64(directory);
    this.metadata.append32(countFileTables(files));
    this.metadata.append32(ROOT_ID);
    return place;
  }

  private closeDataRegion(): void {
    memory.fill(header, 0, HEADER_SIZE);
    encodeRegionHeader(header, this.regionIndex(1), this.settings.profile.dataRegionType, this.settings.profile);
    this.sinks.data.write(0, header, offsetof<RegionHeader>());
    this.contents.close();
  }

  private writeObjectIds(sink: Sink, region: u32, type: u8): void {
    memory.fill(header, 0, HEADER_SIZE);
    encodeObjectIdHeader(header, this.regionIndex(region), type, this.settings.profile);
    sink.write(0, header, offsetof<ObjectIdHeader>());
    sink.close(offsetof<ObjectIdHeader>());
  }

  private writeHeader(filesystem: u64): void {
    const settings = this.settings;
    const lineage = settings.lineage;
    const setsSize: u32 = lineage ? lineage.setCount * offsetof<RegionSet>() : 0;
    if (settings.guid != 0) memory.copy(this.guid, settings.guid, 16);
    else computeGuid(this.guid, this.metadataSink.fingerprint, this.contents.fingerprint, settings.name, settings.nameLength);
    memory.fill(header, 0, HEADER_SIZE);
    encodeImageHeader(header, this.guid, <u16>OWN_REGIONS, filesystem, lineage ? <u16>lineage.setCount : 0, settings.profile);
    this.sinks.header.write(0, header, HEADER_SIZE);
    if (lineage) this.sinks.header.write(HEADER_SIZE, lineage.sets, setsSize);
    this.sinks.header.close(HEADER_SIZE + setsSize);
  }

  /** As a region's header has it, of the image's own from 0 on. */
  private regionIndex(region: u32): u32 {
    return this.settings.profile.regionIndexIsGlobal ? this.contents.region - 1 + region : region;
  }
}
