/** `layerkiln cat`: what it does. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { Image } from "../image/image.ts";
import type { CatFlags } from "./cat.ts";
import type { Context } from "./context.ts";
import { stdout } from "./output.ts";
import { withImage } from "./with-image.ts";

export async function runCat(this: Context, flags: CatFlags, path: string, named: string): Promise<void> {
  await withImage(path, flags, (image) => {
    const place = image.format === "cim" ? named.replace(/::\$DATA$/i, "") : named; // Windows' word for what is no alternate stream
    if (image.format === "cim" && place.includes(":")) return writeStream(image, place);
    const file = image.stat(place, { follow: true });
    if (file.type === "directory") throw new ImageError(ErrorCode.InvalidArgument, `${place}: is a directory`);
    for (let at = 0; at < file.size; ) {
      const chunk = image.peek(file, at);
      at += chunk.length;
      if (!stdout.write(chunk)) return; // nobody reads on
    }
  });
}

/** `FILE:STREAM`, and Windows' own `FILE:STREAM:$DATA`. */
function writeStream(image: Image, place: string): void {
  const colon = place.indexOf(":");
  const stream = place.slice(colon + 1).replace(/:\$DATA$/i, "");
  for (const chunk of image.readStream(place.slice(0, colon), stream)) {
    if (!stdout.write(chunk)) return; // nobody reads on
  }
}
