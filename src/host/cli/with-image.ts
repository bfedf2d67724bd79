/** An image, open while a command looks into it. */
import type { Image } from "../image/image.ts";
import { openImage } from "../image/open-image.ts";

/** Opens the image for as long as `work` takes. */
export async function withImage<T>(
  path: string,
  { noVerify }: { readonly noVerify?: boolean },
  work: (image: Image) => T,
): Promise<T> {
  const image = await openImage(path, { verify: !noVerify });
  try {
    return work(image);
  } finally {
    image.close();
  }
}
