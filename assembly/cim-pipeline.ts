/** Wires reader, rules, parent and writer for one CIM. */
import { CimFile, CimOption, ErrorCode } from "./abi";
import { upcaseTable } from "./bytes/upcase";
import { DataRegion } from "./cim/data-region";
import { Flattener } from "./cim/flatten";
import { Parent } from "./cim/parent";
import { Profile, profileOfVersion1 } from "./cim/profile";
import { CimReader } from "./cim/reader";
import { RegionFile } from "./cim/region-file";
import { CimSettings } from "./cim/settings";
import { CimSinks, CimWriter, OWN_REGIONS } from "./cim/writer";
import { fail } from "./host";
import { Offer } from "./offer";
import { Options } from "./options";
import { FileSink } from "./sink";
import { TarReader } from "./tar/reader";
import { TarRules } from "./tar/rules";
import { WindowsTree } from "./tree/windows/tree";
import { WindowsLayer } from "./wcow/layer";

const DEFAULT_MAX_ENTRIES: u64 = 16 * 1024 * 1024;
/** As much as an extended header can say. */
const DEFAULT_MAX_PATH_LENGTH: u64 = 1024 * 1024;
const GUID_SIZE: u32 = 16;

export class CimPipeline {
  readonly layer: WindowsLayer;
  readonly reader: TarReader;
  readonly contents: DataRegion;
  readonly writer: CimWriter;
  readonly offered: Offer = new Offer();
  /** Files of the image, once it is made. */
  fileCount: u32 = 0;
  private tree: WindowsTree;
  private parent: Parent | null = null;
  private flattener: Flattener | null = null;
  private settings: CimSettings;
  private sinks: CimSinks;

  /** @param reader  of the parent's image; null: there is none */
  constructor(reader: CimReader | null, options: Options) {
    const settings = settingsOf(options);
    const isFork = options.isSet(CimOption.Fork);
    if (isFork && !reader) fail(ErrorCode.InvalidArgument, "cim: a fork needs a parent");
    // A fork's regions stand behind those of its parents; else the parent's are behind our own, and no one will know.
    const parentRegions = reader ? reader.header.regionCount : 0;
    const parent = reader ? new Parent(reader, isFork ? 0 : OWN_REGIONS, isFork) : null;
    const maxEntries = <u32>min<u64>(options.valueOf(CimOption.MaxEntries, DEFAULT_MAX_ENTRIES), u32.MAX_VALUE);
    const maxPathLength = <u32>min<u64>(options.valueOf(CimOption.MaxPathLength, DEFAULT_MAX_PATH_LENGTH), u32.MAX_VALUE);
    const tree = new WindowsTree(parent ? parent.upcase : upcaseTable(), maxEntries);
    const sinks = openSinks();
    const contents = new DataRegion(sinks.data, (isFork ? parentRegions : 0) + 1);
    if (parent) {
      contents.others = parent;
      parent.load(tree);
      if (isFork) settings.lineage = parent.describeLineage();
    }
    const layer = new WindowsLayer(tree, contents, parent != null, options.isSet(CimOption.RequireHives));
    this.settings = settings;
    this.sinks = sinks;
    this.tree = tree;
    this.parent = parent;
    this.contents = contents;
    this.layer = layer;
    this.reader = new TarReader(layer, maxPathLength, TarRules.Posix);
    this.writer = new CimWriter(tree, contents, sinks, settings);
  }

  feed(from: usize, length: u32): void {
    this.reader.feed(from, length);
  }

  /** What the host may copy itself, into the data region, before it feeds more. */
  offer(): Offer {
    const offer = this.offered;
    if (this.contents.isSampled) offer.make(this.reader, this.contents.stream);
    else offer.clear();
    return offer;
  }

  /** The host has copied the first `length` bytes of the offer, whole blocks. */
  accept(length: u64): void {
    const offer = this.offer();
    this.contents.reach(offer.target + length);
    offer.take(length, this.reader, this.contents.stream);
  }

  /** There is no more of the layer. */
  finish(): void {
    this.reader.finish();
    this.fileCount = this.writer.number();
    const parent = this.parent;
    if (!parent || this.settings.lineage) return;
    this.flattener = new Flattener(this.tree, parent, this.contents, this.settings.profile.keepsSparseStreams);
  }

  /** Goes on with what is to be written at the end. @returns whether there is more */
  step(): bool {
    const flattener = this.flattener;
    if (flattener && flattener.step()) return true;
    this.writer.finish();
    return false;
  }

  /** Bytes of one of the files that were written. @fails InvalidArgument  it is none of these */
  sizeOf(file: CimFile): u64 {
    return this.sinks.sizeOf(file);
  }
}

function openSinks(): CimSinks {
  return new CimSinks(
    new FileSink(CimFile.Header),
    new FileSink(CimFile.MetadataRegion),
    new RegionFile(CimFile.DataRegion),
    new FileSink(CimFile.MetadataObjectIds),
    new FileSink(CimFile.DataObjectIds),
  );
}

function settingsOf(options: Options): CimSettings {
  const settings = new CimSettings();
  const guidSize = options.lengthOf(CimOption.Guid);
  if (guidSize != 0 && guidSize != GUID_SIZE) fail(ErrorCode.InvalidArgument, `cim: a GUID of ${guidSize} bytes`);
  settings.profile = profileOf(options.valueOf(CimOption.Version, 2));
  settings.guid = <usize>options.valueOf(CimOption.Guid, 0);
  settings.name = <usize>options.valueOf(CimOption.Name, 0);
  settings.nameLength = options.lengthOf(CimOption.Name);
  return settings;
}

/** @fails InvalidArgument  no such version */
function profileOf(version: u64): Profile {
  if (version != 1 && version != 2) fail(ErrorCode.InvalidArgument, `cim: version ${version} is not written, but 1 and 2 are`);
  return version == 1 ? profileOfVersion1() : new Profile();
}
