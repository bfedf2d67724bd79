/** `layerkiln cat`: what it does. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { CatFlags } from "./cat.ts";
import type { Context } from "./context.ts";
import { withImage } from "./image-argument.ts";
import { stdout } from "./output.ts";

const CHUNK = 512 * 1024;

export async function runCat(this: Context, flags: CatFlags, path: string, place: string): Promise<void> {
  await withImage(path, flags, (image) => {
    const file = image.stat(place, { follow: true });
    if (file.type === "directory") throw new ImageError(ErrorCode.InvalidArgument, `${place}: is a directory`);
    const chunk = new Uint8Array(CHUNK);
    for (let at = 0; at < file.size; ) {
      const length = image.readInto(file, at, chunk);
      if (!stdout.write(chunk.subarray(0, length))) return; // nobody reads on
      at += length;
    }
  });
}
