/** A file that something is appended to. It gets all of it, or is as long as it was. */
import { type FileHandle, open } from "node:fs/promises";
import { toImageError } from "./errors.ts";
import { writeAt } from "./image-file.ts";
import type { ImageSink } from "./image-sink.ts";

export class AppendedFile implements ImageSink {
  private constructor(
    private readonly name: string,
    private readonly file: FileHandle,
    private readonly sizeBefore: number,
  ) {}

  /** @throws ImageError  what the system says */
  static async open(name: string): Promise<AppendedFile> {
    try {
      const file = await open(name, "r+");
      return new AppendedFile(name, file, (await file.stat()).size);
    } catch (error) {
      throw toImageError(name, error);
    }
  }

  write(at: number, bytes: Uint8Array): void {
    try {
      writeAt(this.file.fd, at, bytes);
    } catch (error) {
      throw toImageError(this.name, error);
    }
  }

  async commit(size: number): Promise<void> {
    try {
      await this.file.truncate(size);
      await this.file.sync();
    } catch (error) {
      throw toImageError(this.name, error);
    }
    await this.file.close();
  }

  async discard(): Promise<void> {
    try {
      await this.file.truncate(this.sizeBefore);
      await this.file.sync();
    } finally {
      await this.file.close();
    }
  }
}
