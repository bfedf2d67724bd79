/**
 * CIMs by Windows's own writer.
 *
 * Source: Microsoft Learn, "Composite Image File System" (cimfs.h); hcsshim, pkg/cimfs. Where the two differ, the former: to close
 * a stream says nothing, and a stream's path ends in its name, without its type.
 */
import { resolve } from "node:path";
import type { CimFileMetadata, CimImage, CimWriter } from "../../host/windows.ts";
import { type CimWriteCalls, cimfs } from "./cimfs-dll.ts";
import { cimWriteCalls, cimwriter } from "./cimwriter-dll.ts";
import { assertHresult } from "./windows-error.ts";

type Handle = unknown;

/** As much as one call takes at once: its length is 32 bits. */
const MOST_BYTES = 2 ** 30;

/** @returns undefined where there is neither DLL */
export function cimWriter(): CimWriter | undefined {
  if (!cimwriter.isThere() && !cimfs.isThere()) return undefined;
  const calls = cimWriteCalls();
  return {
    async create(directory, name, parent) {
      const image: Handle[] = [null];
      // A name that is null is none; "" would be one.
      assertHresult(
        `create ${name}`,
        await calls.CimCreateImage.onThread(resolve(directory), parent ?? null, name, image),
      );
      return new WindowsCimImage(calls, image[0], name);
    },
  };
}

class WindowsCimImage implements CimImage {
  constructor(
    private readonly calls: CimWriteCalls,
    private readonly image: Handle,
    private readonly name: string,
  ) {}

  async addFile(path: string, file: CimFileMetadata, content: Iterable<Uint8Array>): Promise<void> {
    const stream: Handle[] = [null];
    const result = this.calls.CimCreateFile(this.image, path, metadataOf(file), stream);
    assertHresult(`${this.name}: ${path}`, result);
    await this.#write(stream[0], path, content);
  }

  async addStream(path: string, name: string, size: number, content: Iterable<Uint8Array>): Promise<void> {
    const stream: Handle[] = [null];
    const result = this.calls.CimCreateAlternateStream(this.image, `${path}:${name}`, size, stream);
    assertHresult(`${this.name}: ${path}:${name}`, result);
    await this.#write(stream[0], `${path}:${name}`, content);
  }

  async addLink(path: string, to: string): Promise<void> {
    assertHresult(`${this.name}: link ${path} to ${to}`, this.calls.CimCreateHardLink(this.image, path, to));
  }

  async delete(path: string): Promise<void> {
    assertHresult(`${this.name}: delete ${path}`, this.calls.CimDeletePath(this.image, path));
  }

  async commit(): Promise<void> {
    assertHresult(`commit ${this.name}`, await this.calls.CimCommitImage.onThread(this.image));
  }

  close(): void {
    this.calls.CimCloseImage(this.image);
  }

  /** Every stream must be closed, also one that nothing was written to, before anything else is asked of the image. */
  async #write(stream: Handle, path: string, content: Iterable<Uint8Array>): Promise<void> {
    try {
      for (const bytes of content) {
        for (let at = 0; at < bytes.length; at += MOST_BYTES) {
          const piece = bytes.subarray(at, at + MOST_BYTES);
          const result = await this.calls.CimWriteStream.onThread(stream, piece, piece.length);
          assertHresult(`${this.name}: write ${path}`, result);
        }
      }
    } finally {
      this.calls.CimCloseStream(stream);
    }
  }
}

/** A CIMFS_FILE_METADATA. */
function metadataOf(file: CimFileMetadata): Record<string, unknown> {
  const { securityDescriptor, reparse, extendedAttributes } = file;
  return {
    Attributes: file.attributes,
    FileSize: file.size,
    CreationTime: file.creationTime,
    LastWriteTime: file.lastWriteTime,
    ChangeTime: file.changeTime,
    LastAccessTime: file.lastAccessTime,
    SecurityDescriptorBuffer: pointerTo(securityDescriptor),
    SecurityDescriptorSize: securityDescriptor.length,
    ReparseDataBuffer: pointerTo(reparse),
    ReparseDataSize: reparse.length,
    EaBuffer: pointerTo(extendedAttributes),
    EaBufferSize: extendedAttributes.length,
  };
}

const pointerTo = (bytes: Uint8Array): Uint8Array | null => (bytes.length > 0 ? bytes : null);
