/**
 * DLLs of Windows, and how their functions are called.
 *
 *     const cimfs = new Dll("cimfs.dll");
 *     export const CimCommitImage = cimfs.declare("int32_t CimCommitImage(void *cimImageHandle)");
 *
 * Nothing is loaded before the first call: a Windows that lacks a DLL, or one function of it, can do all that needs neither.
 */
import koffi from "koffi";
import { ErrorCode, ImageError } from "../../host/errors.ts";

/** Bytes. What a thread of Windows has unless it asks for other: its functions count on that, and koffi's threads have an eighth. */
const STACK_SIZE = 2 ** 20;

try {
  koffi.config({ async_stack_size: STACK_SIZE });
} catch {
  // The process has called a library already: its settings hold, which may be ours by another copy of this file.
}

type Library = ReturnType<typeof koffi.load>;
type Bound = ReturnType<Library["func"]>;

/** A function of a DLL. Handles are `bigint` or what koffi gives for `void *`; 64-bit numbers may come as `bigint`. */
export interface Call {
  /** @throws ImageError  Unavailable: there is no such DLL here, or it has no such function */
  // biome-ignore lint/suspicious/noExplicitAny: as its declaration says, which only koffi reads
  (...words: any[]): any;

  /**
   * On a thread of Node's pool, so that the event loop goes on. GetLastError is that thread's: only for functions that return
   * their error.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onThread(...words: any[]): Promise<any>;

  /** Whether it can be called. */
  isThere(): boolean;
}

export class Dll {
  #library: Library | undefined;

  /**
   * @param name    such as "cimfs.dll"
   * @param folder  where it must lie; default: Windows's own, and nowhere else, so that nobody plants another
   */
  constructor(
    readonly name: string,
    private readonly folder: () => string = systemDirectory,
  ) {}

  isThere(): boolean {
    return tried(() => this.#load());
  }

  /**
   * @param declaration  as C has it, in koffi's words. x64 has one calling convention, so none is named
   */
  declare(declaration: string): Call {
    let bound: Bound | undefined;
    const bind = (): Bound => {
      bound ??= this.#bind(declaration);
      return bound;
    };
    return Object.assign((...words: unknown[]) => bind()(...words), {
      onThread: (...words: unknown[]) => onThread(bind(), words),
      isThere: () => tried(bind),
    });
  }

  #bind(declaration: string): Bound {
    const library = this.#load();
    try {
      return library.func(declaration);
    } catch (error) {
      const name = /(\w+)\s*\(/.exec(declaration)?.[1];
      throw new ImageError(ErrorCode.Unavailable, `${this.name}: has no ${name} on this version of Windows`, error);
    }
  }

  #load(): Library {
    if (process.arch === "ia32") {
      // There functions are called in another way than their declarations say, and would end the process.
      throw new ImageError(ErrorCode.Unavailable, `${this.name}: takes a Node of 64 bits, and this one has 32`);
    }
    try {
      this.#library ??= koffi.load(`${this.folder()}\\${this.name}`);
      return this.#library;
    } catch (error) {
      throw new ImageError(ErrorCode.Unavailable, `${this.name}: is not part of this Windows`, error);
    }
  }
}

/** Such as "C:\Windows\System32". kernel32 itself is known to each process: no file of that name is looked for. */
let system: string | undefined;

export function systemDirectory(): string {
  if (system === undefined) {
    const GetSystemDirectoryW = koffi
      .load("kernel32.dll")
      .func("uint32_t GetSystemDirectoryW(_Out_ void *buffer, uint32_t size)");
    const buffer = Buffer.alloc(2 * 261);
    system = buffer.toString("utf16le", 0, 2 * GetSystemDirectoryW(buffer, buffer.length / 2));
  }
  return system;
}

function onThread(bound: Bound, words: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    bound.async(...words, (error: unknown, result: unknown) => {
      words.length = 0; // held until here: koffi does not keep buffers alive
      if (error) reject(error);
      else resolve(result);
    });
  });
}

function tried(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
