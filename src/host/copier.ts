/** Has the kernel copy what the core offers, from layer to image: one copy instead of two. See docs/decisions/0004. */
import { readSync } from "node:fs";
import type { Copier } from "./drain.ts";
import type { FedCore } from "./fed-core.ts";
import type { SeekableFile } from "./input.ts";
import type { Intake } from "./intake.ts";
import type { CopyRange, Platform } from "./platform.ts";

const BLOCK_SIZE = 4096;
/** One call's worth: the event loop has its turn between two. */
const STEP = 64 * 1024 ** 2;
/** Below this, calls cost more than they save. */
const LEAST = 1024 ** 2;
/** Where it is asked whether zeros begin, and how many bytes are looked at. What may be zeros is read, so that it can stay a hole. */
const PROBE_STRIDE = 256 * 1024;
const PROBE_LENGTH = 64;

class KernelCopier implements Copier {
  readonly #probe = Buffer.alloc(PROBE_LENGTH);
  readonly #zeros = Buffer.alloc(PROBE_LENGTH);
  #copyRange: CopyRange | undefined;
  #useless = false;

  constructor(
    private readonly core: FedCore,
    private readonly layer: SeekableFile,
    private readonly image: { readonly fd: number },
    private readonly platform: Platform,
  ) {}

  /** Copies some of what comes next, if it can. @returns bytes of the layer that need not be read */
  async copy(): Promise<number> {
    const offer = this.#useless ? undefined : this.core.offer();
    if (offer === undefined) return 0;
    this.#copyRange ??= (await this.platform.copyRange()) ?? (() => 0);
    const wanted = this.#lengthBeforeZeros(offer.source, Math.min(offer.length, STEP));
    if (wanted < LEAST) return 0;

    const copied = this.#copyRange(this.layer.fd, offer.source, this.image.fd, offer.target, wanted);
    const whole = copied - (copied % BLOCK_SIZE);
    const passed = offer.source + whole - this.layer.position;
    if (passed <= 0) {
      this.#useless = true; // other file systems, or an old kernel: what is read instead is written over it
      return 0;
    }
    this.core.accept(whole);
    this.layer.position += passed;
    return passed;
  }

  #lengthBeforeZeros(from: number, length: number): number {
    for (let at = 0; at < length; at += PROBE_STRIDE) {
      const read = readSync(this.layer.fd, this.#probe, 0, PROBE_LENGTH, from + at);
      if (read < PROBE_LENGTH || this.#probe.equals(this.#zeros)) return at;
    }
    return length;
  }
}

/** Where the layer is a file that has enough to copy. Only for whom the bytes need not be seen. */
export function copierFor(
  core: FedCore,
  { file, totalBytes }: Intake,
  image: { readonly fd: number },
  platform: Platform | undefined,
): Copier | undefined {
  if (platform === undefined || file === undefined) return undefined;
  if ((totalBytes ?? 0) < (platform.worthCopying ?? 0)) return undefined;
  return new KernelCopier(core, file, image, platform);
}
