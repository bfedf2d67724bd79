/**
 * The same core as a WASI command: a layer on standard input, plain, gzip, zlib or zstd, becomes an image in the one
 * directory that is open to it.
 *
 *     wasmtime --dir=out layerkiln.wasi.wasm --whiteouts overlay --verity image.ext4 < layer.tar
 *
 * Source: WASI preview 1, wasi_snapshot_preview1.
 */
import { Container, ErrorCode, Format, Option, Profile, Whiteouts } from "./abi";
import { codecOf, startDecompressor } from "./codec/codecs";
import { fail } from "./host";
import { Options } from "./options";
import { Pipeline } from "./pipeline";
import { checksumMatches } from "./tar/field";
import { BLOCK_SIZE } from "./tar/format";
import { DIRECTORY, nameImage, print, setImage } from "./wasi-host";

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "args_sizes_get")
declare function args_sizes_get(count: usize, size: usize): u16;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "args_get")
declare function args_get(pointers: usize, bytes: usize): u16;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "path_open")
declare function path_open(
  directory: u32, lookupFlags: u32, path: usize, length: u32, openFlags: u32, rights: u64, inheriting: u64, flags: u32, fd: usize,
): u16;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(fd: u32, iovs: usize, count: u32, length: usize): u16;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_filestat_set_size")
declare function fd_filestat_set_size(fd: u32, size: u64): u16;

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_sync")
declare function fd_sync(fd: u32): u16;

const STDIN: u32 = 0;
const CREATE_AND_TRUNCATE: u32 = 1 | 8;
const RIGHT_TO_SYNC: u64 = 1 << 4;
const RIGHT_TO_WRITE: u64 = 1 << 6;
const RIGHT_TO_SEEK: u64 = 1 << 2; // fd_pwrite asks for it too
const RIGHT_TO_SET_SIZE: u64 = 1 << 22;
const USAGE = `usage: layerkiln.wasi.wasm [--profile modern|hcsshim] [--whiteouts overlay|keep] [--inline] [--convert-slash]
                           [--max-size BYTES] [--size BYTES] [--free BYTES] [--journal] [--read-only] [--verity]
                           [--vhd|--vhd-dynamic|--vhdx] IMAGE < LAYER
`;

const INPUT_SIZE: u32 = 512 * 1024;
const input = memory.data(512 * 1024, 16);
const words = memory.data(16, 8);

export function _start(): void {
  const options = new Options();
  const image = parse(options);
  if (image.length == 0) fail(ErrorCode.InvalidArgument, "no image is named\n" + USAGE);

  const partial = image + ".partial";
  const fd = openImage(partial);
  setImage(fd, partial);
  const pipeline = new Pipeline(Format.Ext4, options);
  drain(pipeline);
  pipeline.finish();
  let errno = fd_filestat_set_size(fd, pipeline.end.size);
  if (errno == 0) errno = fd_sync(fd);
  if (errno == 0) errno = nameImage(image);
  if (errno != 0) fail(ErrorCode.Internal, `${image}: ${pipeline.end.size} bytes: WASI errno ${errno}`);
  const verity = pipeline.verity;
  if (verity) print(`root hash ${hex(verity.rootHash, 32)}\n`);
}

/** Standard input, to its end. */
function drain(pipeline: Pipeline): void {
  let length = readHead();
  const isTar = length >= BLOCK_SIZE && checksumMatches(input); // also one whose first letters look like a magic number
  const codec = isTar ? 0 : codecOf(input, length);
  if (codec == 0) {
    for (; length > 0; length = read()) pipeline.feed(input, length);
    return;
  }
  const stream = startDecompressor(codec);
  for (; length > 0; length = read()) {
    stream.give(input, length);
    for (let size = stream.next(); size > 0; size = stream.next()) pipeline.feed(stream.piece, size);
  }
  stream.finish();
}

/** @returns the image's path, "" when none is named */
function parse(options: Options): string {
  const args = readArguments();
  let image = "";
  options.set(Option.Profile, Profile.Modern);
  for (let i = 1; i < args.length; i++) {
    const arg = args[i];
    const following = i + 1 < args.length ? args[i + 1] : "";
    if (arg == "--inline") options.set(Option.Inline, 1);
    else if (arg == "--convert-slash") options.set(Option.ConvertSlash, 1);
    else if (arg == "--verity") options.set(Option.Verity, 1);
    else if (arg == "--vhd") options.set(Option.Container, Container.FixedVhd);
    else if (arg == "--vhd-dynamic") options.set(Option.Container, Container.DynamicVhd);
    else if (arg == "--vhdx") options.set(Option.Container, Container.Vhdx);
    else if (arg == "--journal") options.set(Option.Journal, 1);
    else if (arg == "--read-only") options.set(Option.ReadOnly, 1);
    else if (arg == "--profile" && (following == "modern" || following == "hcsshim")) {
      options.set(Option.Profile, following == "modern" ? Profile.Modern : Profile.Hcsshim);
      i++;
    } else if (arg == "--whiteouts" && (following == "overlay" || following == "keep")) {
      options.set(Option.Whiteouts, following == "overlay" ? Whiteouts.Overlay : Whiteouts.Keep);
      i++;
    } else if (sizeOption(arg) != 0 && isNumber(following)) {
      options.set(sizeOption(arg), U64.parseInt(following));
      i++;
    } else if (arg.startsWith("-") || image.length > 0) fail(ErrorCode.InvalidArgument, `what is "${arg}"?\n` + USAGE);
    else image = arg;
  }
  return image;
}

/** @returns 0 if it is none */
function sizeOption(arg: string): i32 {
  if (arg == "--max-size") return Option.MaxSize;
  if (arg == "--size") return Option.Size;
  return arg == "--free" ? Option.Free : 0;
}

function isNumber(text: string): bool {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x30 || text.charCodeAt(i) > 0x39) return false;
  return text.length > 0 && text.length < 19;
}

function readArguments(): string[] {
  args_sizes_get(words, words + 4);
  const count = load<u32>(words);
  const pointers = heap.alloc(count * sizeof<usize>() + load<u32>(words, 4));
  args_get(pointers, pointers + count * sizeof<usize>());
  const args: string[] = [];
  for (let i: u32 = 0; i < count; i++) {
    const from = load<usize>(pointers + i * sizeof<usize>());
    let length: u32 = 0;
    while (load<u8>(from + length) != 0) length++;
    args.push(String.UTF8.decodeUnsafe(from, length));
  }
  return args;
}

function openImage(path: string): u32 {
  const bytes = String.UTF8.encode(path);
  const rights = RIGHT_TO_SYNC | RIGHT_TO_WRITE | RIGHT_TO_SEEK | RIGHT_TO_SET_SIZE;
  const errno = path_open(
    DIRECTORY, 0, changetype<usize>(bytes), bytes.byteLength, CREATE_AND_TRUNCATE, rights, 0, 0, words,
  );
  if (errno != 0) fail(ErrorCode.InvalidArgument, `${path}: cannot be created: WASI errno ${errno}`);
  return load<u32>(words);
}

/** As `read`: enough to tell what it is, however slowly it comes. */
function readHead(): u32 {
  let length = read();
  for (let more = length; more > 0 && length < BLOCK_SIZE; length += more) more = read(length);
  return length;
}

/** @returns bytes read into `input`, behind the first `kept`; 0: there are no more */
function read(kept: u32 = 0): u32 {
  store<u32>(words, <u32>input + kept);
  store<u32>(words + 4, INPUT_SIZE - kept);
  const errno = fd_read(STDIN, words, 1, words + 8);
  if (errno != 0) fail(ErrorCode.Internal, `standard input: WASI errno ${errno}`);
  return load<u32>(words, 8);
}

function hex(from: usize, length: u32): string {
  let text = "";
  for (let i: u32 = 0; i < length; i++) text += load<u8>(from + i).toString(16).padStart(2, "0");
  return text;
}
