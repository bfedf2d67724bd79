/** A registry hive, open for reading. */
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { type ImageSource, openRandomAccess } from "../image/image-source.ts";
import { guard } from "../wasm.ts";
import { type HiveCore, startHiveCore } from "./hive-core.ts";

/** What a key of a delta does to the key of its name below: format.ts of the core has them in this order. */
const LAYERS = ["merge", "tombstone", "supersede-local", "supersede-tree"] as const;
export type Layer = (typeof LAYERS)[number];
const LAYER_MASK = 0x03;
const INHERIT_CLASS = 0x80;

/** A value of a key. */
export interface HiveValue {
  /** "" is the default value. Lone surrogates stay as they are. */
  readonly name: string;
  /** REG_NONE is 0, REG_SZ 1, …, REG_QWORD 11; others are legal. */
  readonly type: number;
  readonly data: Uint8Array;
  /** Of a delta: the value of this name is deleted. */
  readonly isTombstone: boolean;
}

/**
 * Opens a registry hive and looks at all of it, so that what is asked of it afterwards is there. It is kept in memory.
 *
 *     const hive = openHive("Files/Windows/System32/config/SOFTWARE");
 *     const key = hive.find("Microsoft\\Windows NT\\CurrentVersion");
 *     for (const { name, type, data } of key?.values() ?? []) …
 *
 * @throws ImageError  Corrupt where it breaks the format; Unsupported where it is dirty, or of another version; what the system
 *                     says of a path
 */
export function openHive(source: ImageSource): Hive {
  const file = openRandomAccess(source);
  try {
    const core = startHiveCore([file]);
    guard(() => core.exports.open(BigInt(file.size)));
    return new Hive(core);
  } catch (error) {
    throw toImageError("hive", error);
  } finally {
    file.close?.();
  }
}

export class Hive {
  readonly #core: HiveCore;
  /** FILETIME of the last change: ticks of 100 ns since 1601. */
  readonly lastWritten: bigint;
  readonly root: HiveKey;

  /** @see openHive */
  constructor(core: HiveCore) {
    this.#core = core;
    this.lastWritten = BigInt.asUintN(64, core.exports.lastWritten());
    this.root = new HiveKey(core, core.exports.root());
  }

  /** @param path  of a key, from the root, with `\` between names, of whatever case; "" is the root itself */
  find(path: string): HiveKey | undefined {
    const names = path.split("\\").filter((name) => name !== "");
    const bytes = Buffer.from(names.join("\\"), "utf16le");
    return guard(() => {
      const { exports, window } = this.#core;
      window(exports.buffer(bytes.length), bytes.length).set(bytes);
      const key = exports.findKey(bytes.length / 2);
      return key === 0 ? undefined : new HiveKey(this.#core, key);
    });
  }

  /** As `find`. @throws ImageError  NotFound */
  key(path: string): HiveKey {
    const key = this.find(path);
    if (key === undefined) throw new ImageError(ErrorCode.NotFound, `hive: no key ${path}`);
    return key;
  }
}

/** A key. All of it is asked of the core when it is wanted. */
export class HiveKey {
  readonly #core: HiveCore;
  readonly #key: number;

  constructor(core: HiveCore, key: number) {
    this.#core = core;
    this.#key = key;
  }

  /** Lone surrogates stay as they are. */
  get name(): string {
    return this.#text(this.#exports.keyName(this.#key));
  }

  /** "" is none. */
  get className(): string {
    return this.#text(this.#exports.keyClass(this.#key) >> 1);
  }

  /** A self-relative security descriptor; empty only of a tombstone. */
  get security(): Uint8Array {
    return this.#bytes(this.#exports.keySecurity(this.#key));
  }

  /** FILETIME of the last change: ticks of 100 ns since 1601. */
  get lastWritten(): bigint {
    return BigInt.asUintN(64, this.#exports.keyTime(this.#key));
  }

  /** As on disk: 0x04 the root, 0x08 not to be deleted, 0x10 a symbolic link, 0x20 a name of bytes, 0x40 a predefined handle. */
  get flags(): number {
    return this.#exports.keyFlags(this.#key);
  }

  /** Flags of virtualisation (the lowest four bits) and of Wow64 (four more). */
  get userFlags(): number {
    return this.#exports.userFlags(this.#key);
  }

  /** Of a predefined handle, which has no values; else 0. */
  get handle(): number {
    return this.#exports.keyHandle(this.#key) >>> 0;
  }

  /** Of a delta: what it does to the key below. */
  get layer(): Layer {
    return LAYERS[this.#exports.keyLayer(this.#key) & LAYER_MASK]!;
  }

  /** Of a delta: its class is that of the key below. */
  get inheritsClass(): boolean {
    return (this.#exports.keyLayer(this.#key) & INHERIT_CLASS) !== 0;
  }

  /** In the order of their list, which is that of their names in upper case. */
  subkeys(): HiveKey[] {
    return this.#list(this.#exports.subkeys(this.#key)).map((key) => new HiveKey(this.#core, key));
  }

  /** In the order of their list, which means nothing. */
  values(): HiveValue[] {
    return this.#list(this.#exports.values(this.#key)).map((value) => this.#value(value));
  }

  #value(value: number): HiveValue {
    const exports = this.#exports;
    return {
      name: this.#text(exports.valueName(value)),
      type: exports.valueType(value) >>> 0,
      data: this.#bytes(exports.valueData(value)),
      isTombstone: Boolean(exports.isTombstone(value)),
    };
  }

  get #exports() {
    return this.#core.exports;
  }

  /** Addresses. */
  #list(count: number): number[] {
    const { buffer, byteOffset } = this.#core.window(this.#exports.listed(), count * 4);
    return Array.from(new Uint32Array(buffer, byteOffset, count));
  }

  #bytes(length: number): Uint8Array {
    return this.#core.window(this.#exports.buffer(length), length).slice();
  }

  #text(units: number): string {
    return Buffer.from(this.#bytes(units * 2)).toString("utf16le");
  }
}
