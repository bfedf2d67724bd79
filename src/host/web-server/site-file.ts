/** A file of the page, as browsers are given it. */
import { createHash } from "node:crypto";
import { extname } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** As HTTP names them, the smallest first. */
export const ENCODINGS = ["br", "gzip"] as const;
export type Encoding = (typeof ENCODINGS)[number];

interface ContentType {
  type: string;
  /** Whether it becomes smaller. */
  shrinks: boolean;
}

const TYPES: Record<string, ContentType> = {
  ".html": { type: "text/html; charset=utf-8", shrinks: true },
  ".js": { type: "text/javascript; charset=utf-8", shrinks: true },
  ".css": { type: "text/css; charset=utf-8", shrinks: true },
  ".json": { type: "application/json", shrinks: true },
  ".webmanifest": { type: "application/manifest+json", shrinks: true },
  ".svg": { type: "image/svg+xml", shrinks: true },
  ".wasm": { type: "application/wasm", shrinks: true },
  ".txt": { type: "text/plain; charset=utf-8", shrinks: true },
  ".png": { type: "image/png", shrinks: false },
};
const ANY_TYPE: ContentType = { type: "application/octet-stream", shrinks: false };

/** Vite puts a hash of the content into the names of what it puts here. */
const HASHED = /^\/assets\//;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

const COMPRESS: Record<Encoding, (bytes: Uint8Array) => Promise<Uint8Array>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
};

export class SiteFile {
  readonly type: string;
  readonly cacheControl: string;
  private readonly shrinks: boolean;
  private readonly digest: string;
  private readonly encoded = new Map<Encoding, Promise<Uint8Array>>();

  constructor(
    path: string,
    private readonly bytes: Uint8Array,
  ) {
    const { type, shrinks } = TYPES[extname(path)] ?? ANY_TYPE;
    this.type = type;
    this.shrinks = shrinks;
    this.cacheControl = HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : "no-cache";
    this.digest = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
  }

  /** What to send to who takes `accepted`: nothing if the file is not worth an encoding, or none is taken. */
  encodingFor(accepted: ReadonlySet<Encoding>): Encoding | undefined {
    return this.shrinks ? ENCODINGS.find((encoding) => accepted.has(encoding)) : undefined;
  }

  /** Of the bytes as they are sent: caches tell encodings apart by it. */
  tagOf(encoding: Encoding | undefined): string {
    return encoding === undefined ? `"${this.digest}"` : `"${this.digest}-${encoding}"`;
  }

  /** Compressed when first asked for, and then kept. */
  bytesIn(encoding: Encoding | undefined): Promise<Uint8Array> {
    if (encoding === undefined) return Promise.resolve(this.bytes);
    let bytes = this.encoded.get(encoding);
    if (bytes === undefined) {
      bytes = COMPRESS[encoding](this.bytes);
      this.encoded.set(encoding, bytes);
    }
    return bytes;
  }
}
