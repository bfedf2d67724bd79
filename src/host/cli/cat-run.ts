/** `layerkiln cat`: what it does. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { CatFlags } from "./cat.ts";
import type { Context } from "./context.ts";
import { withImage } from "./image-argument.ts";
import { stdout } from "./output.ts";

export async function runCat(this: Context, flags: CatFlags, path: string, place: string): Promise<void> {
  await withImage(path, flags, (image) => {
    const file = image.stat(place, { follow: true });
    if (file.type === "directory") throw new ImageError(ErrorCode.InvalidArgument, `${place}: is a directory`);
    for (let at = 0; at < file.size; ) {
      const chunk = image.peek(file, at);
      at += chunk.length;
      if (!stdout.write(chunk)) return; // nobody reads on
    }
  });
}
