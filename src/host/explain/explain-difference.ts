/** Explains why two images of this machine are not the same. */
import { OpenImage } from "../open-image.ts";
import { asOperation } from "../operation.ts";
import type { Platform } from "../platform.ts";
import type { CompareOptions } from "./differing-blocks.ts";
import { explainIn } from "./explain.ts";
import type { Explanation } from "./explanation.ts";

export interface ExplainOptions extends CompareOptions {
  readonly platform?: Platform;
}

/**
 * Compares two images byte by byte, raw, in a VHD or a VHDX, and says of the blocks that differ what they are in the ext4
 * filesystems and hash trees that the images hold. Damaged images are compared too: what cannot be read has no name.
 *
 * Holes are not read. If something stands in another place than before, the files are compared as well, to tell why.
 *
 * @throws ImageError  what the system says of the files; Corrupt, Unsupported: a VHD or VHDX that cannot be read; never what
 *                     is wrong with the filesystems. Or the reason of `options.signal`.
 */
export async function explainDifference(
  a: string | URL,
  b: string | URL,
  { platform, ...options }: ExplainOptions = {},
): Promise<Explanation> {
  return asOperation("explain", options.signal, async () => {
    const fileA = await OpenImage.open(a, platform);
    try {
      const fileB = await OpenImage.open(b, platform);
      try {
        return await explainIn([fileA, fileB], options);
      } finally {
        await fileB.close();
      }
    } finally {
      await fileA.close();
    }
  });
}
