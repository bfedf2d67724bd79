/** How a browser hashes: SHA-256 by our own WASM. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Digester, Hashing } from "../hashing.ts";
import { Sha256 } from "./sha256.ts";
import { ThreadedHash } from "./threaded-hash.ts";

/** @param module  `hash.wasm`, which is provided */
export function browserHashing(module: WebAssembly.Module): Hashing {
  return {
    startHash(algorithm) {
      if (algorithm === "sha256") return new ThreadedHash(module);
      throw new ImageError(ErrorCode.Unsupported, `digest: ${algorithm} is not computed in a browser, only sha256`);
    },
    digester,
  };
}

function digester(memory: () => ArrayBuffer): Digester {
  let sha256: Sha256 | undefined;
  return (from, length, to) => {
    sha256 ??= new Sha256();
    const bytes = new Uint8Array(memory());
    sha256.start();
    sha256.update(bytes.subarray(from, from + length));
    bytes.set(sha256.digest(), to);
  };
}
