/** Where an archive goes: bytes one after another, to a file that is there when it is whole, or to a stream. */
import type { Writable } from "node:stream";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { ImageFile } from "../image-file.ts";
import type { ImageSink } from "../image-sink.ts";
import { pathOf } from "../source.ts";

/** A path or `file:` URL; a sink, whose `write` is called with positions that grow without gaps; or a Node stream. */
export type ArchiveTarget = string | URL | ImageSink | Writable;

/** @throws ImageError  what the system says of a path; InvalidArgument for what is no target */
export async function openTarget(target: ArchiveTarget, signal: AbortSignal | undefined): Promise<ImageSink> {
  if (typeof target === "string") return ImageFile.create(target, signal);
  if (target instanceof URL) return ImageFile.create(pathOf(target), signal);
  if (typeof target === "object" && target !== null) {
    if ("commit" in target) return target;
    if ("writableEnded" in target) return new StreamSink(target);
  }
  throw new ImageError(ErrorCode.InvalidArgument, `archive: ${target} is not a path, a sink or a stream`);
}

class StreamSink implements ImageSink {
  #failure: ImageError | undefined;
  #isFull = false;
  /** What waits for room, or for the end. */
  #wake: () => void = () => {};

  constructor(private readonly stream: Writable) {
    stream.on("error", (error) => this.#fail(error));
    stream.on("drain", () => {
      this.#isFull = false;
      this.#wake();
    });
    stream.on("close", () => this.#wake());
    stream.on("finish", () => this.#wake());
    if (stream.destroyed || stream.writableEnded) this.#fail(new Error("is closed"));
  }

  write(_at: number, bytes: Uint8Array): void {
    if (this.#failure) throw this.#failure;
    this.#isFull = !this.stream.write(Buffer.from(bytes)); // a copy, for the stream may keep it
  }

  ready(): Promise<void> | undefined {
    if (this.#failure) throw this.#failure;
    return this.#isFull ? this.#until(() => !this.#isFull) : undefined;
  }

  async commit(): Promise<void> {
    this.stream.end();
    await this.#until(() => this.stream.writableFinished);
  }

  discard(): void {
    this.stream.destroy();
  }

  async #until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      if (this.#failure) throw this.#failure;
      if (this.stream.destroyed) throw new ImageError(ErrorCode.FailedPrecondition, "archive: the stream was closed");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #fail(error: Error): void {
    this.#failure ??= toImageError("archive", error);
    this.#wake();
  }
}
