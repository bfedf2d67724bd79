/** Link tables: the names in a directory, and those of a file's alternate streams. Both are sorted already. */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { WindowsFile } from "../tree/windows/file";
import { Stream, StreamType } from "./format";
import { computeLinkTableSize, computeNamesAt } from "./layout";
import { MetadataRegion } from "./metadata-region";
import { Profile } from "./profile";
import { StreamEncoder } from "./stream";

const FILE_ID_SIZE: u32 = 4;
const UNIT_SIZE: u32 = 2;
const stream = changetype<Stream>(memory.data(16, 8));

export class LinkTableWriter {
  constructor(private region: MetadataRegion, private streams: StreamEncoder, private profile: Profile) {}

  /** Writes the names in a directory, and notes where as if it were the content. */
  writeDirectory(directory: WindowsFile): void {
    directory.kind = StreamType.LinkTable;
    directory.place = 0;
    directory.length = 0;
    if (!directory.firstName && !this.profile.emptyDirectoryHasTable) return;
    let count: u32 = 0;
    let units: u64 = 0;
    let name = directory.firstName;
    while (name) {
      count++;
      units += name.units;
      name = name.next;
    }
    directory.length = checkSize(computeLinkTableSize(count, FILE_ID_SIZE, units));
    directory.place = this.region.startObject();
    this.region.append32(<u32>directory.length);
    this.region.append32(count);
    this.writeFileIds(directory);
    this.writeNames(directory, <u32>computeNamesAt(count, FILE_ID_SIZE));
  }

  private writeFileIds(directory: WindowsFile): void {
    let name = directory.firstName;
    while (name) {
      this.region.append32(name.file.number);
      name = name.next;
    }
  }

  /** Where each name stands, then the names, from byte `at` of the table on. */
  private writeNames(directory: WindowsFile, at: u32): void {
    let name = directory.firstName;
    while (name) {
      this.region.append32(at);
      at += UNIT_SIZE * (1 + <u32>name.units);
      name = name.next;
    }
    name = directory.firstName;
    while (name) {
      this.writeName(name.at, name.units);
      name = name.next;
    }
  }

  /** Writes the alternate streams of a file. @returns region offset; 0: there are none */
  writeStreams(file: WindowsFile): u64 {
    if (!file.firstStream) return 0;
    let count: u32 = 0;
    let units: u64 = 0;
    let each = file.firstStream;
    while (each) {
      count++;
      units += each.units;
      each = each.next;
    }
    const size = checkSize(computeLinkTableSize(count, offsetof<Stream>(), units));
    const place = this.region.startObject();
    if (this.profile.streamTableHasPrefix) this.region.append32(size);
    this.region.append32(size);
    this.region.append32(count);
    this.writePlaces(file);
    this.writeStreamNames(file, <u32>computeNamesAt(count, offsetof<Stream>()));
    return place;
  }

  private writePlaces(file: WindowsFile): void {
    let each = file.firstStream;
    while (each) {
      this.streams.encode(stream, each.place, each.length, each.kind);
      this.region.append(changetype<usize>(stream), offsetof<Stream>());
      each = each.next;
    }
  }

  /** As `writeNames`. */
  private writeStreamNames(file: WindowsFile, at: u32): void {
    let each = file.firstStream;
    while (each) {
      this.region.append32(at);
      at += UNIT_SIZE * (1 + <u32>each.units);
      each = each.next;
    }
    each = file.firstStream;
    while (each) {
      this.writeName(each.at, each.units);
      each = each.next;
    }
  }

  private writeName(at: usize, units: u16): void {
    this.region.append16(units);
    this.region.append(at, UNIT_SIZE * <u32>units);
  }
}

function checkSize(size: u64): u32 {
  if (size > u32.MAX_VALUE) fail(ErrorCode.OutOfRange, `cim: the names of a directory need ${size} bytes, past 4 GiB`);
  return <u32>size;
}
