/** Wires reader, tree, writer and sinks for one image. The one file that knows all formats. */
import { Container, ErrorCode, Format, Option, Whiteouts } from "./abi";
import { Ext4Layer } from "./ext4/ext4-layer";
import { HcsshimLayer } from "./ext4/hcsshim";
import { computeMaxSize } from "./ext4/layout";
import { ModernLayer } from "./ext4/modern/layer";
import { LayerStack } from "./ext4/modern/layer-stack";
import { LayerListing } from "./ext4/modern/listing";
import { Settings } from "./ext4/modern/settings";
import { Ext4Writer } from "./ext4/writer";
import { fail } from "./host";
import { Offer } from "./offer";
import { Options } from "./options";
import { RawImage } from "./raw";
import { HostSink, Sink } from "./sink";
import { DEFAULT_BLOCK_SIZE } from "./sparse-disk";
import { TarReader } from "./tar/reader";
import { TarRules } from "./tar/rules";
import { DEFAULT_SALT_SIZE } from "./verity/format";
import { VerityWriter } from "./verity/writer";
import { DynamicVhd, FixedVhd } from "./vhd/writer";
import { VhdxWriter } from "./vhdx/writer";

const DEFAULT_MAX_ENTRIES: u64 = 16 * 1024 * 1024;
/** As much as an extended header can say. */
const DEFAULT_MAX_PATH_LENGTH: u64 = 1024 * 1024;

const UUID_SIZE: u32 = 16;

export class Pipeline {
  readonly end: HostSink = new HostSink();
  verity: VerityWriter | null = null;
  layer: Ext4Layer | null = null;
  reader: TarReader | null = null;
  /** The layer, where several make the image. */
  stack: LayerStack | null = null;
  /** The layer, where it is listed. */
  listing: LayerListing | null = null;
  private raw: RawImage | null = null;
  readonly offered: Offer = new Offer();

  constructor(format: Format, options: Options) {
    let sink = openContainer(this.end, options);
    if (options.isSet(Option.Verity)) {
      const verity = openVerity(sink, options);
      this.verity = verity;
      sink = verity;
    }
    if (format == Format.Raw) this.raw = new RawImage(sink);
    else if (format == Format.Ext4) this.openLayer(sink, options);
    else if (format == Format.Rootfs) this.openStack(sink, options);
    else if (format == Format.Listing) this.openListing(sink, options);
    else if (format == Format.EmptyExt4) this.layer = new ModernLayer(sink, modernSettings(options));
    else fail(ErrorCode.InvalidArgument, `options: no format ${format}`);
  }

  private openLayer(sink: Sink, options: Options): void {
    const isModern = options.isSet(Option.Profile);
    const layer: Ext4Layer = isModern ? new ModernLayer(sink, modernSettings(options)) : openHcsshim(sink, options);
    this.layer = layer;
    this.reader = new TarReader(layer, maxPathLength(options), isModern ? TarRules.Posix : TarRules.Go);
  }

  private openListing(sink: Sink, options: Options): void {
    const listing = new LayerListing(sink, layerSettings(options));
    this.listing = listing;
    this.layer = listing;
    this.reader = new TarReader(listing, maxPathLength(options), TarRules.Posix);
  }

  private openStack(sink: Sink, options: Options): void {
    const stack = new LayerStack(sink, layerSettings(options));
    this.stack = stack;
    this.layer = stack;
    this.reader = new TarReader(stack, maxPathLength(options), TarRules.Posix);
  }

  /** What is fed next is the layer below those that were. @see LayerStack.begin */
  beginLayer(number: u32, isAddition: bool): void {
    this.stacked().begin(number, isAddition);
    (this.reader as TarReader).restart();
  }

  /** The layer was fed. @returns whether it is to be fed once more, and ended again */
  endLayer(): bool {
    const reader = this.reader as TarReader;
    const stack = this.stacked();
    reader.finish();
    reader.restart();
    return stack.wantsAgain;
  }

  private stacked(): LayerStack {
    if (!this.stack) fail(ErrorCode.InvalidArgument, "core: the image is not made of several layers");
    return this.stack as LayerStack;
  }

  feed(from: usize, length: u32): void {
    const reader = this.reader;
    if (reader) reader.feed(from, length);
    else (this.raw as RawImage).feed(from, length);
  }

  /** Zeros come, which need not be fed. @fails InvalidArgument  not of an image */
  skip(length: u64): void {
    const raw = this.raw;
    if (!raw) fail(ErrorCode.InvalidArgument, "core: only an image can have zeros skipped");
    (raw as RawImage).skip(length);
  }

  /** Bytes that come next and that the host need not feed: contents of a layer that is listed. */
  get unwanted(): u64 {
    return this.listing ? (this.reader as TarReader).unwanted : 0;
  }

  /** The host goes on behind the first `length` of them. @fails InvalidArgument  there are not so many */
  passOver(length: u64): void {
    if (length > this.unwanted) fail(ErrorCode.InvalidArgument, `core: ${length} bytes passed over that are wanted`);
    (this.reader as TarReader).passOver(length);
  }

  /** What the host may copy itself before it feeds more. */
  offer(): Offer {
    const offer = this.offered;
    const reader = this.reader;
    const layer = this.layer;
    if (reader && layer && layer.takesCopies && layer.stream.isBlind) offer.make(reader, layer.stream);
    else offer.clear();
    return offer;
  }

  /** The host has copied the first `length` bytes of the offer, whole blocks. */
  accept(length: u64): void {
    this.offer().take(length, this.reader as TarReader, (this.layer as Ext4Layer).stream);
  }

  finish(): void {
    const reader = this.reader;
    const layer = this.layer;
    const stack = this.stack;
    if (stack) stack.finish();
    else if (reader) reader.finish();
    else if (layer) layer.end();
    else (this.raw as RawImage).finish();
  }
}

/** The file that the disk lies in, around `next`. */
function openContainer(next: Sink, options: Options): Sink {
  const container = <Container>options.valueOf(Option.Container, Container.Raw);
  const blockSize = <u32>min<u64>(options.valueOf(Option.ContainerBlockSize, DEFAULT_BLOCK_SIZE), u32.MAX_VALUE);
  switch (container) {
    case Container.Raw:
      return next;
    case Container.FixedVhd:
      return new FixedVhd(next);
    case Container.DynamicVhd:
      return new DynamicVhd(next, blockSize);
    case Container.Vhdx:
      return new VhdxWriter(next, blockSize);
  }
  fail(ErrorCode.InvalidArgument, `options: no container ${container}`);
  return next;
}

const defaultSalt = memory.data(32, 8);

function openVerity(next: Sink, options: Options): VerityWriter {
  const salted = options.isSet(Option.VeritySalt);
  const salt = salted ? <usize>options.valueOf(Option.VeritySalt, 0) : defaultSalt;
  const saltSize = salted ? options.lengthOf(Option.VeritySalt) : DEFAULT_SALT_SIZE;
  const uuidSize = options.lengthOf(Option.VerityUuid);
  if (uuidSize != 0 && uuidSize != UUID_SIZE) fail(ErrorCode.InvalidArgument, `verity: a UUID of ${uuidSize} bytes`);
  const uuid = <usize>options.valueOf(Option.VerityUuid, 0);
  return new VerityWriter(next, salt, saltSize, uuid, !options.isSet(Option.BareVerity));
}

function openHcsshim(sink: Sink, options: Options): HcsshimLayer {
  const inline = options.isSet(Option.Inline);
  return new HcsshimLayer(
    new Ext4Writer(sink, computeMaxSize(options.valueOf(Option.MaxSize, 0)), inline),
    options.isSet(Option.Whiteouts) ? Whiteouts.Overlay : Whiteouts.Keep,
    inline,
    options.isSet(Option.ConvertSlash),
    maxEntries(options),
  );
}

function modernSettings(options: Options): Settings {
  const settings = new Settings();
  settings.blockSize = options.valueOf(Option.BlockSize, 0);
  settings.maxSize = options.valueOf(Option.MaxSize, 0);
  settings.size = options.valueOf(Option.Size, 0);
  settings.free = options.valueOf(Option.Free, 0);
  settings.journal = options.valueOf(Option.Journal, 0);
  settings.labelLow = options.valueOf(Option.LabelLow, 0);
  settings.labelHigh = options.valueOf(Option.LabelHigh, 0);
  settings.uuidHigh = options.valueOf(Option.UuidHigh, 0);
  settings.uuidLow = options.valueOf(Option.UuidLow, 0);
  settings.readOnly = options.isSet(Option.ReadOnly);
  settings.inline = options.isSet(Option.Inline);
  settings.overlay = options.isSet(Option.Whiteouts);
  settings.convertSlash = options.isSet(Option.ConvertSlash);
  settings.maxEntries = maxEntries(options);
  settings.hasOwner = options.isSet(Option.OwnerUser) && options.isSet(Option.OwnerGroup);
  if (settings.hasOwner) {
    settings.uid = <u32>(options.valueOf(Option.OwnerUser, 0) - 1);
    settings.gid = <u32>(options.valueOf(Option.OwnerGroup, 0) - 1);
  }
  return settings;
}

/** Of a layer among others: its whiteouts say what it does to those below. */
function layerSettings(options: Options): Settings {
  const settings = modernSettings(options);
  settings.isStacked = true;
  settings.overlay = true;
  return settings;
}

function maxPathLength(options: Options): u32 {
  return <u32>min<u64>(options.valueOf(Option.MaxPathLength, DEFAULT_MAX_PATH_LENGTH), u32.MAX_VALUE);
}

function maxEntries(options: Options): u32 {
  return <u32>min<u64>(options.valueOf(Option.MaxEntries, DEFAULT_MAX_ENTRIES), u32.MAX_VALUE);
}
