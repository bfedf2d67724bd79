/** A file of the origin's own (OPFS) that is written anywhere, read back and cut short, at once, as only a worker can. */
import { WriteGatherer } from "../write-gatherer.ts";

/** Writes are gathered up to that, for each call takes its time. */
const GATHERED = 256 * 1024;

// Of workers alone, and so not among the types of a page. Source: WHATWG, "File System", FileSystemSyncAccessHandle.
interface SyncAccessHandle {
  read(into: Uint8Array, place: { at: number }): number;
  write(bytes: Uint8Array, place: { at: number }): number;
  truncate(size: number): void;
  close(): void;
}
interface OwnFile {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
}

/** Every method throws what the browser says. */
export class ScratchFile {
  readonly #handle: SyncAccessHandle;
  readonly #gatherer = new WriteGatherer(GATHERED, (at, bytes) => this.#write(at, bytes));

  private constructor(handle: SyncAccessHandle) {
    this.#handle = handle;
  }

  static async create(directory: FileSystemDirectoryHandle, name: string): Promise<ScratchFile> {
    const file = await directory.getFileHandle(name, { create: true });
    return new ScratchFile(await (file as unknown as OwnFile).createSyncAccessHandle());
  }

  write(at: number, bytes: Uint8Array): void {
    this.#gatherer.write(at, bytes);
  }

  /** Where the file ends before, and where nothing was written, are zeros. */
  read(at: number, into: Uint8Array): void {
    this.#gatherer.flush();
    let done = 0;
    for (let length = 1; done < into.length && length > 0; done += length) {
      length = this.#handle.read(into.subarray(done), { at: at + done });
    }
    into.fill(0, done);
  }

  truncate(size: number): void {
    this.#gatherer.flush();
    this.#handle.truncate(size);
  }

  close(): void {
    this.#handle.close();
  }

  #write(at: number, bytes: Uint8Array): void {
    const written = this.#handle.write(bytes, { at });
    if (written < bytes.length) throw new DOMException("nothing more can be written", "QuotaExceededError");
  }
}
