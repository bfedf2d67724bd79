/** Starts the WASM core that reads CIMs, and asks it what only they have. One core reads one image. */
import { CimCount, CimFact, WindowsField } from "../../../assembly/abi.ts";
import { utf8Of } from "../bytes.ts";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { decodeName, printable } from "../image/name.ts";
import type { OpenedImage } from "../image/opened-image.ts";
import type { ReaderCore } from "../image/reader-core.ts";
import { guard, startWasm, type Window } from "../wasm.ts";
import { CimFiles } from "./cim-files.ts";
import { CIM_PATHS } from "./cim-paths.ts";
import type { CimBytes, CimInspection, NamedStream, RegionSet, WindowsStats } from "./windows-stats.ts";
import { encodeWtf8 } from "./wtf8.ts";

/** The core's exports, typed by asc from their AssemblyScript signatures. */
export type CimExports = Awaited<ReturnType<typeof import("../../../cim-reader.js").instantiate>>;

const CHUNK = 512 * 1024;

/**
 * @param cim  closed with the core's files, or by the caller where this fails
 * @throws ImageError  NotFound if a region is missing; Corrupt; Unsupported
 */
export function startCimReader(cim: OpenedImage): CimCore {
  const files = new CimFiles(cim);
  const { exports, window } = startCimCore(files);
  try {
    files.openRegions(exports, window);
    guard(() => exports.open());
    return new CimCore(exports, window, files);
  } catch (error) {
    files.closeRegions();
    throw error;
  }
}

/** The core alone, which reads from `files`. */
export function startCimCore(files: CimFiles): { exports: CimExports; window: Window } {
  return startWasm<CimExports>("cim-reader.wasm", (window) => ({
    read(file: number, at: bigint, to: number, length: number) {
      try {
        files.read(file, Number(at), window(to, length));
      } catch (error) {
        throw toImageError("image", error);
      }
    },
  }));
}

export class CimCore implements ReaderCore<CimExports> {
  readonly format = "cim";
  readonly paths = CIM_PATHS;
  readonly root: number;
  readonly #buffer: number;

  /** @see startCimReader */
  constructor(
    readonly exports: CimExports,
    readonly window: Window,
    readonly files: CimFiles,
  ) {
    this.root = exports.root();
    this.#buffer = exports.buffer();
  }

  buffer(length: number): Uint8Array {
    return this.window(this.#buffer, length);
  }

  ask<T>(question: (exports: CimExports) => T): T {
    return guard(() => question(this.exports));
  }

  windows(file: number): WindowsStats {
    const record = this.buffer(this.ask(({ readWindows }) => readWindows(file))).slice();
    const view = new DataView(record.buffer);
    const field = (index: WindowsField) => view.getBigUint64(index * 8, true);
    let at = WindowsField.Count * 8;
    const blob = (length: WindowsField) => {
      const from = at;
      at += Number(field(length));
      return record.subarray(from, at);
    };
    return {
      attributes: Number(field(WindowsField.Attributes)),
      creationTime: field(WindowsField.CreationTime),
      lastWriteTime: field(WindowsField.LastWriteTime),
      changeTime: field(WindowsField.ChangeTime),
      lastAccessTime: field(WindowsField.LastAccessTime),
      parent: Number(field(WindowsField.ParentFile)),
      securityDescriptor: blob(WindowsField.DescriptorLength),
      extendedAttributes: blob(WindowsField.ExtendedAttributesLength),
      reparseTag: Number(field(WindowsField.ReparseTag)),
      reparse: blob(WindowsField.ReparseLength),
    };
  }

  streams(file: number): NamedStream[] {
    this.ask(({ startStreams }) => startStreams(file));
    const streams: NamedStream[] = [];
    for (;;) {
      const length = this.ask(({ nextStream }) => nextStream());
      if (length === 0) return streams;
      const nameBytes = this.buffer(length).slice();
      streams.push({ name: decodeName(nameBytes), nameBytes, size: this.ask(({ streamSize }) => streamSize()) });
    }
  }

  /** @param place  the file as a message has it */
  *readStream(file: number, name: string | Uint8Array, place: string): Generator<Uint8Array, void, undefined> {
    const open = (): boolean => {
      const bytes = typeof name === "string" ? encodeWtf8(name) : name;
      if (bytes.length > CHUNK) return false;
      this.buffer(bytes.length).set(bytes);
      return this.ask(({ openStream }) => openStream(file, bytes.length));
    };
    for (let at = 0; ; ) {
      // Anew for each piece: between two, others may have been asked for.
      if (!open())
        throw new ImageError(
          ErrorCode.NotFound,
          `${place}: has no stream ${printable(typeof name === "string" ? utf8Of(name) : name)} in the image`,
        );
      const piece = this.buffer(this.ask(({ readStream }) => readStream(BigInt(at), CHUNK))).slice();
      if (piece.length === 0) return;
      at += piece.length;
      yield piece;
    }
  }

  inspect(): CimInspection {
    const fact = (what: CimFact) => this.ask(({ fact }) => fact(what));
    this.ask(({ counts }) => counts());
    const numbers = this.buffer(CimCount.Count * 8).slice();
    const count = (what: CimCount) => new DataView(numbers.buffer).getFloat64(what * 8, true);
    const sets = this.#regionSets(fact(CimFact.RegionSets));
    return {
      version: `${fact(CimFact.MajorVersion)}.${fact(CimFact.MinorVersion)}`,
      size: this.files.size,
      regionSet: sets.at(-1)!,
      parents: sets.slice(0, -1),
      fileTables: fact(CimFact.FileTables),
      files: count(CimCount.Files),
      directories: count(CimCount.Directories),
      reparsePoints: count(CimCount.ReparsePoints),
      alternateStreams: count(CimCount.AlternateStreams),
      bytes: bytesOf(count),
    };
  }

  /** Those of the parents first. */
  #regionSets(count: number): RegionSet[] {
    let file = 1;
    return Array.from({ length: count }, (_, index) => {
      const guid = decodeName(this.buffer(this.ask(({ regionSet }) => regionSet(index))));
      const regions = this.ask(({ regionsOf }) => regionsOf(index));
      const size = this.files.sizeOf(file, regions);
      file += regions;
      return { guid, regions, size };
    });
  }
}

function bytesOf(count: (what: CimCount) => number): CimBytes {
  return {
    content: count(CimCount.ContentBytes),
    streams: count(CimCount.StreamBytes),
    directories: count(CimCount.DirectoryBytes),
    securityDescriptors: count(CimCount.DescriptorBytes),
    extendedAttributes: count(CimCount.ExtendedAttributeBytes),
    reparse: count(CimCount.ReparseBytes),
    streamTables: count(CimCount.StreamTableBytes),
    peImages: count(CimCount.PeImageBytes),
    fileTables: count(CimCount.FileTableBytes),
    upcase: count(CimCount.UpcaseBytes),
  };
}
