/** An image file that is read by position. */
import { type FileHandle, open } from "node:fs/promises";
import { ErrorCode, ImageError, toImageError } from "./errors.ts";
import { readAt } from "./image-file.ts";
import type { DataAfter, Platform } from "./platform.ts";
import type { RandomAccess } from "./random-access.ts";
import { pathOf } from "./source.ts";

/** Bytes in what a file's `blocks` counts. */
const STAT_BLOCK = 512;

export class OpenImage implements RandomAccess {
  private constructor(
    readonly name: string,
    private readonly file: FileHandle,
    readonly size: number,
    private readonly askForData: DataAfter | undefined,
  ) {}

  /** @throws ImageError  InvalidArgument if it is no regular file; what the system says otherwise */
  static async open(image: string | URL, platform?: Platform): Promise<OpenImage> {
    const name = image instanceof URL ? pathOf(image) : image;
    try {
      const file = await open(name);
      try {
        const stats = await file.stat();
        if (!stats.isFile()) {
          throw new ImageError(
            ErrorCode.InvalidArgument,
            `${name}: is not a regular file, and images are read from those`,
          );
        }
        const hasHoles = stats.blocks * STAT_BLOCK < stats.size;
        return new OpenImage(name, file, stats.size, hasHoles ? await platform?.dataAfter?.() : undefined);
      } catch (error) {
        await file.close();
        throw error;
      }
    } catch (error) {
      throw toImageError(name, error);
    }
  }

  /** Fills `into` with what stands at `at`. @throws ImageError  Corrupt if the file ends before */
  read(at: number, into: Uint8Array): void {
    let length: number;
    try {
      length = readAt(this.file.fd, at, into);
    } catch (error) {
      throw toImageError(this.name, error);
    }
    if (length < into.length)
      throw new ImageError(ErrorCode.Corrupt, `${this.name}: ends at ${at + length}, and had ${this.size} bytes`);
  }

  /** Where, from `at` on, the file has something that may be other than zeros. */
  dataAfter(at: number): number {
    if (this.askForData === undefined) return at;
    return this.askForData(this.file.fd, at) ?? this.size;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
