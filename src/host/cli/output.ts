/** Standard output and standard error, written at once. Node's own streams take 10 ms to load, a third of its start. */
import { fstatSync, writeSync } from "node:fs";

export interface Output {
  /**
   * Writes all of `text`. A reader that has gone, as `head` goes, is none of our business; other failures set the exit code.
   *
   * @returns whether there is any use in writing more
   */
  write(text: string | Uint8Array): boolean;

  readonly isTerminal: boolean;
}

class Descriptor implements Output {
  constructor(
    private readonly fd: number,
    private readonly name: string,
  ) {}

  write(text: string | Uint8Array): boolean {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    try {
      for (let done = 0; done < bytes.length; ) done += writeSome(this.fd, bytes.subarray(done));
      return true;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return false;
      process.exitCode = 1;
      if (this.fd !== stderr.fd) stderr.write(`layerkiln: ${this.name}: ${message}\n`);
      return false;
    }
  }

  get isTerminal(): boolean {
    if (!fstatSync(this.fd).isCharacterDevice()) return false; // without loading what can tell for certain
    return process.getBuiltinModule("node:tty").isatty(this.fd);
  }
}

const stdout = new Descriptor(1, "standard output");
const stderr = new Descriptor(2, "standard error");

export { stderr, stdout };

/** A pipe whose other end reads slowly may be full for a moment, if someone made it non-blocking. */
function writeSome(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return 0;
  }
}
