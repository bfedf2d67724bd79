/** How a browser hashes: SHA-256 by our own WASM. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Digester, HashAlgorithm, Hashing } from "../hashing.ts";
import { hexOf } from "../hex.ts";
import { Sha256 } from "./sha256.ts";
import { ThreadedHash } from "./threaded-hash.ts";

/** @param module  `hash.wasm`, which is provided */
export function browserHashing(module: WebAssembly.Module): Hashing {
  return {
    startHash(algorithm) {
      if (algorithm === "sha256") return new ThreadedHash(module);
      throw new ImageError(ErrorCode.Unsupported, `digest: ${algorithm} is not computed in a browser, only sha256`);
    },
    hashOf,
    digester,
  };
}

/** By the browser's own code, which knows more. */
async function hashOf(algorithm: HashAlgorithm, bytes: Uint8Array): Promise<string> {
  const name = { sha256: "SHA-256", sha512: "SHA-512" }[algorithm];
  return hexOf(new Uint8Array(await crypto.subtle.digest(name, bytes as Uint8Array<ArrayBuffer>)));
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
