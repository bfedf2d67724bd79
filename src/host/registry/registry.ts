/**
 * A repository of a registry: its documents and blobs, whichever of its servers has them.
 *
 * Source: OCI distribution specification 1.1, "Pull".
 */
import { setTimeout } from "node:timers/promises";
import { ErrorCode, ImageError } from "../errors.ts";
import { mayPass } from "./failure.ts";
import type { RegistryServer } from "./registry-server.ts";
import { pauseAfter, type RetryPolicy } from "./retry.ts";

/** Bytes that count as a step ahead: who gets on has not failed so far. */
const STEP = 64 * 1024;

export interface RegistryOptions {
  readonly retry: RetryPolicy;

  /** Is told what goes wrong and is tried again, a sentence at a time. */
  readonly onTrouble: (sentence: string) => void;
}

export class Registry {
  /** @param servers  in the order in which they are asked; the last is the registry's own */
  constructor(
    private readonly servers: readonly RegistryServer[],
    private readonly options: RegistryOptions,
  ) {}

  /**
   * Does `work` with the first server that it succeeds with. All are asked in turn, before there is a pause and they are asked
   * again; a mirror that fails for good is not asked any more.
   *
   * @param position  how far `work` has come, over all tries: bytes
   * @throws ImageError  what the registry's own server says
   */
  async ask<T>(
    work: (server: RegistryServer) => Promise<T>,
    signal: AbortSignal | undefined,
    position: () => number = () => 0,
  ): Promise<T> {
    let furthest = position();
    for (let failures = 1; ; failures++) {
      const found = await this.#askAll(work, signal);
      if ("value" in found) return found.value;
      if (position() >= furthest + STEP) {
        furthest = position();
        failures = 1;
      }
      const pause = pauseAfter(found.error, failures, this.options.retry);
      if (pause === undefined) throw found.error;
      this.options.onTrouble(`${found.error.message}; again in ${pause / 1000} s`);
      await setTimeout(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  /** @returns the error of the last server, where none has it */
  async #askAll<T>(
    work: (server: RegistryServer) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<{ value: T } | { error: ImageError }> {
    const servers = this.servers.filter(({ isDown }) => !isDown);
    const own = servers.pop()!;
    for (const mirror of servers) {
      const found = await attempt(work, mirror, signal);
      if ("value" in found) return found;
      if (found.error.code === ErrorCode.NotFound) continue; // a mirror need not have all
      mirror.isDown = !mayPass(found.error);
      this.options.onTrouble(`${found.error.message}; asking the next`);
    }
    return attempt(work, own, signal);
  }
}

async function attempt<T>(
  work: (server: RegistryServer) => Promise<T>,
  server: RegistryServer,
  signal: AbortSignal | undefined,
): Promise<{ value: T } | { error: ImageError }> {
  try {
    return { value: await work(server) };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ImageError) return { error };
    throw error;
  }
}
